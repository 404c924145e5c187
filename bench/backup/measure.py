"""Measures the daily backup on a pretended host: real rsync, tar, gzip and gpg, nothing of mailcow's."""

import os
import resource
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.backup.host import Host
from tests.restore.snapshot import make_key
from tests.scripts.machine import Machine

_MESSAGE_KIB = 40
"""About what a mail takes; encrypted, so no program makes it smaller."""
_FLOOR = (
    'cd "$1" && for one in */*; do tar --create --file - -- "$one" | gzip -n -1 | gpg --homedir "$3" --batch --no-tty'
    ' --quiet --trust-model always --cipher-algo AES256 --compress-algo none --recipient-file "$2" --encrypt'
    ' >"$4/${one//\\//-}.gpg"; done'
)


@dataclass(frozen=True, kw_only=True)
class Measured:
    """One measurement; times are of the wall."""

    mailboxes: int
    messages: int
    mib: float
    floor_s: float
    first_s: float
    idle_s: float
    memory_mib: float
    """The most that one program of the job held in memory."""

    @property
    def ratio(self) -> float:
        """First backup to floor."""
        return self.first_s / self.floor_s

    @property
    def idle_ratio(self) -> float:
        """A day on which nothing changed, to floor."""
        return self.idle_s / self.floor_s


def measure(folder: Path, *, mailboxes: int, mib_each: int) -> Measured:
    """Measure floor, first backup and idle day, one after the other.

    Args:
        folder: An empty folder on the disk that is measured; needs four times the mail.
        mailboxes: How many.
        mib_each: MiB of mail in each.
    """
    home = folder / "k"
    (folder / "machine").mkdir()
    host = Host(Machine(folder / "machine"), make_key(home, folder, "bench"))
    # Making a key leaves gpg's agent behind, which lives as long as its folder.
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=True)
    messages = max(1, mib_each * 1024 // _MESSAGE_KIB)
    for person in range(mailboxes):
        for number in range(messages):
            host.deliver(f"p{person}@example.com", f"{number}.m:2,S", os.urandom(_MESSAGE_KIB * 1024))
    floor = folder / "floor"
    floor.mkdir()
    command = ["bash", "-euo", "pipefail", "-c", _FLOOR, "floor", str(host.volume("vmail"))]
    floor_s = _timed(lambda: subprocess.run([*command, str(host.key.public), str(home), str(floor)], check=True))
    first_s = _timed(host.backed_up)
    host.now("2026-11-24T02:30:00Z")
    idle_s = _timed(host.backed_up)
    return Measured(
        mailboxes=mailboxes,
        messages=mailboxes * messages,
        mib=mailboxes * messages * _MESSAGE_KIB / 1024,
        floor_s=floor_s,
        first_s=first_s,
        idle_s=idle_s,
        memory_mib=resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024,
    )


def _timed(step: Callable[[], object]) -> float:
    begun = time.monotonic()
    step()
    return time.monotonic() - begun
