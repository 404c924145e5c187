"""What can be restored, and how: the arguments of backup/restore.sh. No input, no output."""

import re
from dataclasses import dataclass
from typing import Any, Final, Literal

from core.errors import RefusedError

What = Literal["mailbox", "domain", "system", "all"]
_DAY: Final = re.compile(r"[0-9]{4}-?[0-9]{2}-?[0-9]{2}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What an operator asks to have restored.

    Attributes:
        what: One mailbox, one domain, the system set, or all of a host.
        name: Address or domain; empty for the others.
        day: ``20261123``; empty for each domain's newest.
        place: Folder on the host or remote of rclone; empty for the host's own backups.
        beside: Mail goes into a folder of its own.
        overwrite: What is there may be replaced; it is kept aside.
        dry_run: Check and say, change nothing.
    """

    what: What
    name: str = ""
    day: str = ""
    place: str = ""
    beside: bool = False
    overwrite: bool = False
    dry_run: bool = False

    def __post_init__(self) -> None:
        if self.beside and self.overwrite:
            raise RefusedError("--beside and --overwrite exclude each other; leave one out")

    @property
    def domain(self) -> str:
        """The domain it is about; empty for the system set and for all."""
        return self.name.rpartition("@")[2]

    def selection(self) -> list[str]:
        """Words that tell restore.sh which archives."""
        words: list[str] = [self.what, *([self.name] if self.name else [])]
        words += ["--day", self.day] if self.day else []
        return [*words, *(["--from", self.place] if self.place else [])]

    def arguments(self) -> list[str]:
        """Words that tell restore.sh which archives and what to do with them, but for the keys."""
        options = {"--beside": self.beside, "--overwrite": self.overwrite, "--dry-run": self.dry_run}
        return [*self.selection(), *(option for option, is_wanted in options.items() if is_wanted)]


@dataclass(frozen=True, kw_only=True)
class Head:
    """The beginning of an archive: it holds the archive's own key, encrypted to ours."""

    sha256: str
    archive: str
    """``example.com/20261123/alice.tar.gz.gpg``."""
    head: str
    """Base64."""

    @classmethod
    def read(cls, row: dict[str, Any]) -> "Head":
        """Read what a host sent.

        Raises:
            RefusedError: It is nothing that restore.sh sends.
        """
        sha256, archive, head = (str(row.get(key, "")) for key in ("sha256", "archive", "head"))
        if not _SHA256.fullmatch(sha256) or not archive or not head:
            raise RefusedError(
                f"the host sent no head of an archive but {archive or 'something else'}; look at its backups"
            )
        return cls(sha256=sha256, archive=archive, head=head)


def day(text: str) -> str:
    """Read a day as people write it.

    Args:
        text: ``2026-11-23`` or ``20261123``; empty for the newest.

    Raises:
        RefusedError: It is no day.
    """
    if text and not _DAY.fullmatch(text):
        raise RefusedError(f"'{text}' is no day; write 2026-11-23")
    return text.replace("-", "")
