"""Who has which address and who leads where, as a list of people says it: what is checked once all of it is read."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from core.errors import Problem
from core.list_name_kinds import Written
from core.suggestions import did_you_mean

Kind = Literal["user", "offboarded", "alias", "list", "role"]
_MOST_NAMED: Final = 6


@dataclass(frozen=True, kw_only=True)
class Reference:
    """One place of the list that names an address."""

    what: str
    """Subject of the sentence: ``alias info of example.com leads to``."""
    target: Written
    only_users: bool = False
    """Whether it has to be a person."""


class AddressBook:
    """Takes down addresses and references while a list is read, and says afterwards what does not fit."""

    def __init__(self, file: str) -> None:
        """Begin empty.

        Args:
            file: The list's name, for problems.
        """
        self._file = file
        self._kinds: dict[str, Kind] = {}
        self._leads: dict[str, list[Written]] = {}
        self._references: list[Reference] = []
        self._listed: set[str] = set()
        self._unclear: set[str] = set()

    def add_domain(self, domain: str, *, unclear: bool) -> None:
        """Take down a domain of the list.

        Args:
            domain: Its name.
            unclear: Some of its addresses could not be read, so that a missing one says nothing.
        """
        self._listed.add(domain)
        if unclear:
            self._unclear.add(domain)

    def add(self, address: str, kind: Kind) -> None:
        """Take down who has an address; the first one has it."""
        self._kinds.setdefault(address, kind)

    def lead(self, address: str, target: Written) -> None:
        """Take down that mail for an address goes on to another."""
        self._leads.setdefault(address, []).append(target)

    def refer(self, what: str, target: Written, *, only_users: bool = False) -> None:
        """Take down that an address is named."""
        self._references.append(Reference(what=what, target=target, only_users=only_users))

    def problems(self) -> Iterator[Problem]:
        """Say which references lead to nobody, to somebody who has left, or in a circle."""
        for reference in self._references:
            if wrong := self._wrong_with(reference):
                message = f"{reference.what} {reference.target.text}, {wrong}"
                yield Problem(self._file, reference.target.line, message)
        for circle, line in circles(self._leads):
            shown = " → ".join(circle if len(circle) <= _MOST_NAMED else (*circle[: _MOST_NAMED - 1], "…", circle[0]))
            message = f"mail for {circle[0]} would go round for ever: {shown}; take one of these steps out"
            yield Problem(self._file, line, message)

    def _wrong_with(self, reference: Reference) -> str | None:
        address = reference.target.text
        local_part, _, domain = address.rpartition("@")
        kind = self._kinds.get(address)
        if kind == "offboarded":
            return "who is offboarded; rename first: write who gets this mail from now on"
        if reference.only_users and kind != "user" and domain not in self._unclear:
            return f"which is no user of the list; {self._meant(local_part, domain, ('user',))}"
        if kind is None and domain in self._listed and domain not in self._unclear:
            return f"which is not in the list; {self._meant(local_part, domain, ('user', 'alias', 'list'))}"
        return None

    def _meant(self, local_part: str, domain: str, kinds: tuple[Kind, ...]) -> str:
        """Suggest a like name of the same domain, else the same or a like name of another."""
        here: dict[str, str] = {}
        anywhere: dict[str, str] = {}
        for address, kind in self._kinds.items():
            name = address.rpartition("@")[0]
            if kind in kinds:
                anywhere.setdefault(name, address)
                here.update({name: address} if address.endswith(f"@{domain}") else {})
        if name := did_you_mean(local_part, here):
            return f"did you mean {here[name]}?"
        name = local_part if local_part in anywhere else did_you_mean(local_part, anywhere)
        return f"did you mean {anywhere[name]}?" if name else "write the address of somebody under users"


def circles(leads: Mapping[str, Iterable[Written]]) -> Iterator[tuple[tuple[str, ...], int]]:
    """Find where mail would go round.

    Args:
        leads: Each address with those that its mail goes on to.

    Yields:
        Each circle once, beginning and ending with the same address, and the line of the step that closes it.
    """
    done: set[str] = set()
    for start in leads:
        # By hand and not by recursion: a chain of forwards may be longer than Python's stack.
        path: dict[str, Iterator[Written]] = {}
        here = start
        while True:
            if here not in done and here not in path:
                path[here] = iter(leads.get(here, ()))
            if not path:
                break
            here = next(reversed(path))
            step = next(path[here], None)
            if step is None:
                done.add(here)
                del path[here]
                continue
            if step.text in path:
                way = list(path)
                yield (*way[way.index(step.text) :], step.text), step.line
            elif step.text not in done:
                here = step.text
