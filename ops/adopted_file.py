"""The file that a list goes to which was made from a server: one that says something else is never lost."""

import contextlib
from dataclasses import dataclass
from pathlib import Path

from core.errors import InputError, RefusedError
from core.mail_list import parse_mail_list
from core.people import MailList
from ops.adopted_list import AdoptedList
from ops.list_file import write_file


@dataclass(frozen=True, kw_only=True)
class Put:
    """What became of the file."""

    name: str
    """The file that says the list now, or would."""
    written: bool
    """False when it says the same already, or nothing is written at all."""
    beside: str = ""
    """The file that was left as it is, because it says something else; else empty."""


@dataclass(frozen=True)
class ListFile:
    """A file in the project's folder."""

    folder: Path
    name: str

    def read(self) -> MailList | None:
        """Read what it says; None when it is not there or not right."""
        with contextlib.suppress(OSError, UnicodeError, InputError):
            return parse_mail_list((self.folder / self.name).read_text(encoding="utf-8"), self.name)
        return None

    def put(self, people: AdoptedList, hostname: str, *, force: bool, dry_run: bool) -> Put:
        """Write a list; beside the file, when that one says something else and may not be overwritten.

        Args:
            people: The list.
            hostname: Where it comes from.
            force: Whether a file that says something else may be overwritten.
            dry_run: Whether nothing is written.

        Raises:
            RefusedError: The file cannot be written.
        """
        text = people.text(hostname)
        if parse_mail_list(text, self.name) != people.mail_list:
            raise RefusedError("the list that was made does not read back as it was meant; nothing was written")
        if self.read() == people.mail_list:
            return Put(name=self.name, written=False)
        beside = self.name if (self.folder / self.name).exists() and not force else ""
        put = Put(name=f"{self.name}.new" if beside else self.name, written=not dry_run, beside=beside)
        if put.written:
            try:
                write_file(self.folder / put.name, text)
            except OSError as error:
                raise RefusedError(f"{put.name} cannot be written: {error.strerror or error}") from None
        return put
