"""One domain of the list of people while it is read: whose names are taken, and what has been noted."""

from collections.abc import Iterable

from core import names
from core.errors import Problem
from core.list_book import AddressBook, Kind
from core.list_name_kinds import Written
from core.list_shapes import Values
from core.yaml_text import NodeReader


class Entry:
    """A domain that is being read."""

    def __init__(self, reader: NodeReader, book: AddressBook, domain: str | None, written: str) -> None:
        """Begin with no name taken.

        Args:
            reader: Keeps the problems.
            book: Keeps addresses and references of the whole list.
            domain: Its name in DNS; None when it cannot be read.
            written: Its name as the list has it, for sentences.
        """
        self.reader = reader
        self.domain = domain
        self.written = written
        self.unclear = False
        """Whether some of its names could not be read."""
        self._book = book
        self._taken: dict[str, str] = {}

    def address(self, local_part: str) -> str:
        """Give the whole address of a name of this domain."""
        return names.address_of(local_part, self.domain or "")

    def take(self, name: Written, what: str, place: str, kind: Kind) -> None:
        """Give a name to somebody; one that is taken is a problem.

        Args:
            name: What stands before the @.
            what: What it is: ``user``.
            place: The key that it stands under: ``users``.
            kind: What the whole list should know of it.
        """
        first = self._taken.setdefault(name.text, "")
        if not first:
            self._taken[name.text] = place
        elif first == place:
            self.note(name.line, f"{what} {name.text} of {self.written} is there twice; take one out")
        else:
            self.note(
                name.line,
                f"{name.text} of {self.written} is under {first} and under {place};"
                f" take {name.text} out of one of the two",
            )
        self._book.add(self.address(name.text), kind)

    def lead(self, local_part: str, what: str, targets: Iterable[Written]) -> tuple[str, ...]:
        """Take down where mail for a name goes on to, and give these addresses.

        Args:
            local_part: The name.
            what: Subject of a sentence about a target: ``alias info leads to``.
            targets: Whole addresses; one that is there twice is a problem.
        """
        found: list[str] = []
        for target in targets:
            if target.text in found:
                self.note(target.line, f"{what} {target.text} twice; write it once")
                continue
            found.append(target.text)
            self.refer(what, target)
            self.goes_to(local_part, target)
        return tuple(found)

    def goes_to(self, local_part: str, target: Written) -> None:
        """Take down that mail for a name goes on to an address that is there for certain."""
        if self.domain:
            self._book.lead(self.address(local_part), target)

    def add_role(self, local_part: str, target: Written) -> None:
        """Take down an address that the domain gets unasked, and who gets its mail."""
        self._book.add(self.address(local_part), "role")
        self.goes_to(local_part, target)

    def refer(self, what: str, target: Written, *, only_users: bool = False) -> None:
        """Take down that an address is named."""
        self._book.refer(what, target, only_users=only_users)

    def note(self, line: int, message: str) -> None:
        """Keep a problem."""
        self.reader.problems.append(Problem(self.reader.file, line, message))

    def close(self, values: Values) -> None:
        """Say that all of it is read."""
        if self.domain:
            self._book.add_domain(self.domain, unclear=self.unclear or values.unknown_keys)
