"""Starts the backup job of a mail host now, follows it and says how it ended."""

import shlex
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from core.errors import RefusedError
from core.names import BACKUP_UNIT
from ops.backup_hosts import BackupHost

_SERVICE: Final = f"{BACKUP_UNIT}.service"
_SHORT_S: Final = 60.0
_PAUSE_S: Final = 2.0
_ENDED: Final = frozenset({"inactive", "failed"})
_CURSOR: Final = "-- cursor: "


@dataclass(frozen=True, kw_only=True)
class Ran:
    """How a host's job ended."""

    hostname: str
    ok: bool
    took_s: float
    result: str
    """systemd's word: success, exit-code, timeout, signal … (``systemctl show -p Result``)."""


def start(host: BackupHost) -> None:
    """Start the job; one that runs goes on.

    Raises:
        RefusedError: The host has none.
        SshError: The host does not answer or refuses.
    """
    if _property(host, "LoadState") != "loaded":
        raise RefusedError(
            f"{host.hostname} has no backup job; write backup_public_key in the stack's file"
            " (mailstead backup key makes the file it names), then run: mailstead up"
        )
    host.shell.run(f"sudo systemctl start --no-block {_SERVICE}", timeout_s=_SHORT_S)


def run_and_follow(host: BackupHost, tell: Callable[[str], None], *, pause_s: float = _PAUSE_S) -> Ran:
    """Start the job, hand on what it says, and wait for its end.

    Args:
        host: Where.
        tell: Gets each line that the job writes.
        pause_s: Seconds between two looks.

    Raises:
        RefusedError: The host has no job.
        SshError: The host does not answer or refuses; the job goes on there.
    """
    _, cursor = _journal(host, "")
    began = time.monotonic()
    start(host)
    while True:
        # Asked first: what it wrote before it ended is then read once more.
        state = _property(host, "ActiveState")
        lines, cursor = _journal(host, cursor)
        for line in lines:
            tell(line)
        if state in _ENDED:
            break
        time.sleep(pause_s)
    result = _property(host, "Result")
    return Ran(hostname=host.hostname, ok=result == "success", took_s=time.monotonic() - began, result=result)


def _property(host: BackupHost, name: str) -> str:
    command = f"systemctl show --property {name} --value {_SERVICE}"
    return host.shell.run(command, timeout_s=_SHORT_S).stdout.decode().strip()


def _journal(host: BackupHost, cursor: str) -> tuple[list[str], str]:
    """Read the job's own lines since a place in the log, and the place after them; without one, only the log's end."""
    # The job may never have said anything, so the place is one in everybody's log.
    which = ["--unit", _SERVICE, "--after-cursor", cursor] if cursor else ["--lines", "1"]
    command = ["sudo", "journalctl", "--output", "cat", "--no-pager", "--show-cursor", *which]
    said = host.shell.run(shlex.join(command), timeout_s=_SHORT_S).stdout.decode(errors="replace")
    places = list(_cursors(said))
    lines = [line for line in said.splitlines() if not line.startswith((_CURSOR, "-- No entries"))]
    return lines if cursor else [], places[-1] if places else cursor


def _cursors(said: str) -> Iterator[str]:
    return (line.removeprefix(_CURSOR) for line in said.splitlines() if line.startswith(_CURSOR))
