"""From a seed to a plan: rounds of edits, hand edits and faults, each ending in an update without any fault."""

import copy
import random
from dataclasses import dataclass, field
from datetime import date

from tests.chaos.campaign import faults
from tests.chaos.campaign.company import Person
from tests.chaos.campaign.edits import FIRST, Drawing
from tests.chaos.campaign.faults import Fault

ROUNDS = 3


@dataclass(frozen=True)
class Hand:
    """Something that somebody does on the server by hand."""

    what: str
    address: str


@dataclass(kw_only=True)
class Attempt:
    """One command, and what comes before it."""

    text: str
    """mail_list.yml as it is then."""
    edits: tuple[str, ...] = ()
    hand: tuple[Hand, ...] = ()
    faults: list[Fault] = field(default_factory=list[Fault])
    refresh: bool = False
    checkpoints: bool = True
    preview: bool = True
    """Whether the update is previewed first, as ``mailstead up`` does."""
    refused: str = ""
    """The address or domain that must make it refused before anything is done."""

    @property
    def clean(self) -> bool:
        """Whether it must end in the desired state."""
        return not self.faults and not self.refused


@dataclass(kw_only=True)
class Plan:
    """All of one seed."""

    seed: int
    rounds: list[list[Attempt]]


def plan_of(seed: int, today: date) -> Plan:
    """Draw the plan of a seed; the same seed and day give the same plan."""
    return _Planning(random.Random(seed), today).plan(seed)  # noqa: S311 — to be had again


class _Planning:
    def __init__(self, dice: random.Random, today: date) -> None:
        self._dice = dice
        self._today = today
        self._drawing = Drawing(dice)
        self._foreign = 0

    def plan(self, seed: int) -> Plan:
        drawing = self._drawing
        drawing.begin()
        rounds = [self._round(("begin",), (Hand("foreign_domain", "foreign.example"),))]
        while len(rounds) < ROUNDS:
            drawing.settle()
            refused = self._refused()
            edits = drawing.removals() if self._dice.random() < 0.7 else []
            edits += [drawing.some() for _ in range(self._dice.randint(0 if edits else 1, 3))]
            rounds.append([*refused, *self._round(tuple(edits), self._hands())])
        return Plan(seed=seed, rounds=rounds)

    def _round(self, edits: tuple[str, ...], hand: tuple[Hand, ...]) -> list[Attempt]:
        """Edit, run into faults while editing goes on, and run once more without."""
        attempts: list[Attempt] = []
        stranger = self._stranger()
        refresh = any(one.what != "foreign_domain" for one in hand)
        if stranger:
            hand = (*hand, Hand("foreign_mailbox", stranger))
        for number in range(self._dice.choice((0, 1, 1, 2))):
            if number:
                edits = (self._drawing.some(),)
            attempts.append(self._attempt(edits, hand, refresh=refresh and self._dice.random() < 0.5))
            attempts[-1].faults = faults.draw(self._dice)
            if "remove_person" in edits and self._dice.random() < 0.5:
                attempts[-1].faults.append(Fault("deadlock", self._dice.randint(0, 1)))
            edits, hand = (), ()
        if stranger and not attempts:
            attempts.append(self._attempt(edits, hand, refresh=refresh))
            attempts[-1].faults = [Fault("slow", 0)]
            edits, hand = (), ()
        if stranger:
            hand = (*hand, Hand("remove_foreign_mailbox", stranger))
        attempts.append(self._attempt(edits, hand, refresh=refresh or self._dice.random() < 0.2))
        return attempts

    def _attempt(self, edits: tuple[str, ...], hand: tuple[Hand, ...], *, refresh: bool) -> Attempt:
        return Attempt(
            text=self._text(),
            edits=edits,
            hand=hand,
            refresh=refresh,
            checkpoints=self._dice.random() < 0.6,
            preview=self._dice.random() < 0.8,
        )

    def _text(self) -> str:
        return self._drawing.company.text(self._today, turned=self._dice.random() < 0.2)

    def _stranger(self) -> str:
        """Let the list name somebody whose address a stranger's mailbox has."""
        if self._dice.random() > 0.12:
            return ""
        self._foreign += 1
        name = f"stranger{self._foreign}"
        self._drawing.company.domains[FIRST].people[name] = Person()
        self._drawing.taken.add(f"{name}@{FIRST}")
        return f"{name}@{FIRST}"

    def _refused(self) -> list[Attempt]:
        """Write something into the list that must be refused, and take it out again."""
        if self._dice.random() > 0.35:
            return []
        drawing, dice = self._drawing, self._dice
        kept = drawing.company
        drawing.company = copy.deepcopy(kept)
        kinds = [kind for kind in (self._vanish, self._reuse, self._drop_domain, self._rename) if (kind())]
        drawing.company = copy.deepcopy(kept)
        if not kinds:
            drawing.company = kept
            return []
        kind = dice.choice(kinds)
        refused = kind()
        attempt = self._attempt((kind.__name__.strip("_"),), (), refresh=False)
        attempt.refused, drawing.company = refused, kept
        return [attempt]

    def _vanish(self) -> str:
        """Take somebody out who is here, or whose date has not come."""
        people = [
            (domain, name)
            for domain, of in sorted(self._drawing.company.domains.items())
            for name, person in sorted(of.people.items())
            if person.left != "past" and f"{name}@{domain}" != self._drawing.anchor and self._may_vanish(domain, name)
        ]
        if not people:
            return ""
        domain, name = self._dice.choice(people)
        del self._drawing.company.domains[domain].people[name]
        return f"{name}@{domain}"

    def _may_vanish(self, domain: str, name: str) -> bool:
        """Whether the list can be read without the person: nothing leads to her."""
        return f"{name}@{domain}" not in str([of.keys for of in self._drawing.company.domains.values()])

    def _rename(self) -> str:
        """Give somebody another name, which is somebody else to a mail server."""
        address = self._vanish()
        if address:
            name, _, domain = address.partition("@")
            self._drawing.company.domains[domain].people[f"{name}.new"] = Person()
        return address

    def _reuse(self) -> str:
        """Give a removed person's address to somebody else, within a year."""
        buried = [a for a in sorted(self._drawing.buried) if a.partition("@")[2] in self._drawing.company.domains]
        if not buried:
            return ""
        name, _, domain = self._dice.choice(buried).partition("@")
        self._drawing.company.domains[domain].people[name] = Person()
        return f"{name}@{domain}"

    def _drop_domain(self) -> str:
        """Take out a domain that has people."""
        domains = [name for name, of in self._drawing.company.domains.items() if name != FIRST and of.people]
        if not domains:
            return ""
        domain = self._dice.choice(sorted(domains))
        del self._drawing.company.domains[domain]
        return domain

    def _hands(self) -> tuple[Hand, ...]:
        """Let somebody work on the server by hand."""
        if self._dice.random() > 0.5:
            return ()
        people = sorted(
            f"{name}@{domain}"
            for domain, of in self._drawing.company.domains.items()
            for name, person in of.people.items()
            if not person.left
        )
        some = [Hand(self._dice.choice(_HANDS), self._dice.choice(people)) for _ in range(self._dice.randint(1, 2))]
        some = [Hand(one.what, f"visitor@{FIRST}") if one.what == "foreign_neighbour" else one for one in some]
        return tuple({hand.address: hand for hand in some}.values())


_HANDS = (
    "quota",
    "name",
    "switch_off",
    "own_password",
    "mail_comes",
    "delete_mailbox",
    "half_delete",
    "delete_alias",
    "foreign_alias",
    "foreign_neighbour",
    "more_tags",
    "app_password",
)
