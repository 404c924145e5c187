"""Restores on a mail host, and tries its backups, with session keys that are opened here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from components.host_files import HostFile, folder_files, run_with_files
from core.errors import RefusedError, RemoteCommandError
from core.restore import Head, Wanted
from ops.backup_hosts import BackupHost
from ops.session_keys import session_keys

_PROJECT: Final = Path(__file__).resolve().parent.parent
FROM_AFAR: Final = "backup/restore/from-afar.sh"
_SHORT_S: Final = 3_600.0
"""Heads may have to be fetched from off-site, and small files of many days with them."""
_LONG_S: Final = 24 * 3_600.0
"""A whole host comes back from off-site."""


@dataclass(frozen=True, kw_only=True)
class Drilled:
    """What a drill tried, and how it ended."""

    hostname: str
    seed: int
    day: str
    mailbox: str
    ok: bool
    said: str


@dataclass(frozen=True, kw_only=True)
class Restoring:
    """One host's restore.

    Attributes:
        host: Where.
        key: Gives the private key; asked once, when the host has said which archives are concerned.
    """

    host: BackupHost
    key: Callable[[], bytes]

    def restore(self, wanted: Wanted) -> str:
        """Restore; returns what restore.sh says, a line a mailbox.

        Raises:
            RefusedError: There is nothing to restore, or the key does not open it.
            SshError: The host does not answer, or the restore failed there: what it said last.
        """
        heads = [Head.read(row) for row in self._rows("restore.sh", "heads", *wanted.selection())]
        if not heads:
            raise RefusedError(f"{self.host.hostname} has no archive of what is asked for; look: mailstead backup list")
        return self._run("restore.sh", "restore", *wanted.arguments(), heads=heads)

    def drill(self, *, seed: int | None, day: str) -> Drilled:
        """Try the backups; a drill that fails is an answer and no error.

        Raises:
            RefusedError: The host has no backups, or the key does not open them.
            SshError: The host does not answer.
        """
        words = [] if seed is None else ["--seed", str(seed)]
        plan, *rows = self._rows("drill.sh", "plan", *words, *(["--day", day] if day else []))
        tried = {"hostname": self.host.hostname, "day": str(plan["day"]), "mailbox": str(plan["mailbox"])}
        heads = [Head.read(row) for row in rows]
        words = ["--seed", str(int(plan["seed"])), "--day", str(plan["day"])]
        try:
            said, is_good = self._run("drill.sh", "run", *words, heads=heads), True
        except RemoteCommandError as problem:
            said, is_good = str(problem), False
        return Drilled(seed=int(plan["seed"]), ok=is_good, said=said.strip(), **tried)

    def snapshots(self, place: str) -> str:
        """List the snapshots of a place, as restore.sh writes them."""
        return self._run("restore.sh", "list", *(["--from", place] if place else []))

    def _rows(self, script: str, *arguments: str) -> list[dict[str, Any]]:
        said = self._run(script, *arguments, limit_s=_SHORT_S)
        try:
            return [json.loads(line) for line in said.splitlines()]
        except ValueError:
            raise RefusedError(
                f"{self.host.hostname} sent something else than heads of archives: {said[:200]}"
            ) from None

    def _run(self, script: str, *arguments: str, heads: list[Head] | None = None, limit_s: float = _LONG_S) -> str:
        files = dict(programs())
        if heads:
            files["session-keys"] = HostFile(content=session_keys(self.key(), heads), mode=0o600)
        done = run_with_files(self.host.shell, FROM_AFAR, script, *arguments, files=files, timeout_s=limit_s)
        return done.stdout.decode(errors="replace")


def programs() -> dict[str, HostFile]:
    """Read the scripts that run on the host: always those of this project, whatever is installed there."""
    single = {
        "restore.sh": "backup/restore.sh",
        "drill.sh": "backup/drill.sh",
        "restore/lib.sh": "mailcow/scripts/lib.sh",
    }
    return {
        **folder_files("backup/restore", below="programs/restore"),
        **folder_files("backup/drill", below="programs/drill"),
        **{f"programs/{name}": HostFile(content=(_PROJECT / path).read_bytes()) for name, path in single.items()},
    }
