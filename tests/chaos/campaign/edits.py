"""What may happen to the list between two settled moments."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.campaign.company import Company, MailDomain, Person, knows

ANCHOR = "alice"
"""Of the first domain; she stays, and everything may lead to her."""
_NAMES = ("bob", "carol", "dave", "erin", "frank", "grace", "heidi", "ivan", "judy", "mallory", "niaj", "olivia")
_DOMAINS = ("two.example", "three.example", "four.example")
FIRST = "one.example"


@dataclass
class Drawing:
    """What the edits of one plan share."""

    dice: random.Random
    company: Company = field(default_factory=Company)
    taken: set[str] = field(default_factory=set[str])
    """Every address that ever was somebody's."""
    buried: set[str] = field(default_factory=set[str])
    """Addresses whose people were removed."""
    settled_past: set[str] = field(default_factory=set[str])
    """Addresses that were offboarded, with a date in the past, when all was last settled."""
    emptied: set[str] = field(default_factory=set[str])
    """Domains that had no people when all was last settled."""

    @property
    def anchor(self) -> str:
        """Whole address of the person who stays."""
        return f"{ANCHOR}@{FIRST}"

    def begin(self) -> None:
        """Make the company that the first update brings up."""
        self.company.domains[FIRST] = MailDomain({ANCHOR: Person()}, {"postmaster": self.anchor})
        for _ in range(self.dice.randint(2, 4)):
            self.add_person()
        for _ in range(self.dice.randint(0, 2)):
            self.add_domain()
        if self.dice.random() < 0.4:
            leavers = {name: Person(left="past") for name in self.dice.sample(_NAMES, k=self.dice.randint(1, 2))}
            self.company.domains["old.example"] = MailDomain(leavers, {"postmaster": self.anchor})
            self.taken |= {f"{name}@old.example" for name in leavers}
        for _ in range(self.dice.randint(0, 3)):
            self.dice.choice((self.edit_person, self.edit_groups))()

    def settle(self) -> None:
        """Note what the next removals may rest on."""
        domains = self.company.domains.items()
        self.settled_past = {
            f"{name}@{domain}" for domain, of in domains for name, person in of.people.items() if person.left == "past"
        }
        self.emptied = {domain for domain, of in domains if not of.people}

    def some(self) -> str:
        """Make one edit; gives its name."""
        edits: list[tuple[int, Callable[[], bool]]] = [
            (5, self.add_person),
            (4, self.edit_person),
            (4, self.edit_groups),
            (3, self.offboard),
            (2, self.come_back),
            (1, self.add_domain),
            (1, self.empty_a_domain),
        ]
        for _ in range(10):
            edit = self.dice.choices([edit for _, edit in edits], [weight for weight, _ in edits])[0]
            if edit():
                return edit.__name__
        return ""

    def removals(self) -> list[str]:
        """Take out of the list who may go, and domains that may; only right after all was settled."""
        done: list[str] = []
        for address in sorted(self.settled_past):
            name, _, domain = address.partition("@")
            of = self.company.domains.get(domain)
            person = of.people.get(name) if of else None
            if of and person and person.left == "past" and self.dice.random() < 0.7:
                del of.people[name]
                self.buried.add(address)
                done.append("remove_person")
        for domain in sorted(self.emptied):
            if domain in self.company.domains and self.dice.random() < 0.8:
                del self.company.domains[domain]
                done.append("remove_domain")
        return done

    # Edits that are allowed at any moment

    def add_person(self) -> bool:
        """Somebody joins."""
        domain = self.dice.choice([name for name, of in self.company.domains.items() if of.active])
        free = [name for name in _NAMES if f"{name}@{domain}" not in self.taken]
        if not free:
            return False
        name = self.dice.choice(free)
        self.taken.add(f"{name}@{domain}")
        self.company.domains[domain].people[name] = Person()
        return True

    def edit_person(self) -> bool:
        """A person's line says something else."""
        words = [word for word in _WORDS if knows(word)]
        if not words:
            return False
        domain, name = self._somebody()
        person, word = self.company.domains[domain].people[name], self.dice.choice(words)
        person.keys[word] = _WORDS[word](self.dice)
        if word == "aliases":
            taken = set(person.keys[word])
            others = {
                alias
                for of in self.company.domains.values()
                for one in of.people.values()
                if one is not person
                for alias in one.keys.get("aliases", ())
            }
            person.keys[word] = sorted(taken - others)
        return True

    def edit_groups(self) -> bool:
        """Aliases, lists, catch-all and postmaster lead elsewhere."""
        domain, of = self.dice.choice(sorted((name, of) for name, of in self.company.domains.items() if of.active))
        people = [f"{name}@{domain}" for name in of.active]
        word = self.dice.choice([word for word in ("aliases", "lists", "catch_all") if knows(word)] + ["postmaster"])
        if word == "postmaster":
            of.keys[word] = self.dice.choice([*people, self.anchor])
        elif word == "catch_all":
            of.keys[word] = self.dice.choice(people)
        elif of.keys.get(word) and self.dice.random() < 0.3:
            del of.keys[word]
        elif word == "aliases":
            names = self.dice.sample(("info", "sales", "help"), k=2)
            of.keys[word] = [{"name": name, "to": self.dice.choice([*people, self.anchor])} for name in names]
        else:
            of.keys[word] = [{"name": self.dice.choice(("team", "all")), "to": self._targets(people)}]
        return True

    def offboard(self) -> bool:
        """Somebody leaves; what led to her leads to the one who stays."""
        leavers = [
            (domain, name)
            for domain, of in sorted(self.company.domains.items())
            for name in of.active
            if name != ANCHOR or domain != FIRST
        ]
        if not leavers:
            return False
        self._leave(*self.dice.choice(leavers))
        return True

    def come_back(self) -> bool:
        """Somebody who has left is here again."""
        leavers = [person for of in self.company.domains.values() for person in of.people.values() if person.left]
        if not leavers:
            return False
        person = self.dice.choice(leavers)
        person.left, person.leaving = "", {}
        return True

    def add_domain(self) -> bool:
        """The company has one more domain."""
        free = [name for name in _DOMAINS if name not in self.company.domains and not self._was(name)]
        if not free:
            return False
        domain = self.dice.choice(free)
        names = self.dice.sample(_NAMES, k=self.dice.randint(1, 2))
        self.taken |= {f"{name}@{domain}" for name in names}
        self.company.domains[domain] = MailDomain({name: Person() for name in names}, {"postmaster": self.anchor})
        return True

    def empty_a_domain(self) -> bool:
        """All of a domain's people leave, so that it may go later."""
        domains = [name for name, of in self.company.domains.items() if name != FIRST and of.active]
        if not domains:
            return False
        domain = self.dice.choice(domains)
        for name in self.company.domains[domain].active:
            self._leave(domain, name, when="past")
        return True

    def _was(self, domain: str) -> bool:
        return any(address.endswith(f"@{domain}") for address in self.taken)

    def _somebody(self) -> tuple[str, str]:
        return self.dice.choice(sorted((d, name) for d, of in self.company.domains.items() for name in of.active))

    def _targets(self, people: list[str]) -> list[str]:
        guests: list[str] = ["guest@outside.test"] if self.dice.random() < 0.3 else []
        everybody: list[str] = sorted({*people, self.anchor, *guests})
        chosen = self.dice.sample(everybody, k=self.dice.randint(1, min(3, len(everybody))))
        return sorted(chosen)

    def _leave(self, domain: str, name: str, when: str = "") -> None:
        person = self.company.domains[domain].people[name]
        person.left = when or self.dice.choice(("past", "past", "future"))
        if knows("mail"):
            person.leaving = self.dice.choice(
                ({}, {"mail": "keep"}, {"mail": {"forward": [self.anchor]}, "auto_reply": f"{name} has left"})
            )
        person.keys = {}
        address = f"{name}@{domain}"
        for of in self.company.domains.values():
            _lead_elsewhere(of.keys, address, self.anchor)
            for other in of.people.values():
                _lead_elsewhere(other.keys, address, self.anchor)


def _lead_elsewhere(keys: dict[str, Any], address: str, anchor: str) -> None:
    """Let nothing lead to an address any more; the words are those of a domain or of a person."""
    if keys.get("postmaster") == address:
        keys["postmaster"] = anchor
    if keys.get("catch_all") == address:
        del keys["catch_all"]
    for entry in keys.get("lists", ()):
        entry["to"] = sorted({anchor if target == address else target for target in entry["to"]})
    for entry in keys.get("aliases", ()):
        if isinstance(entry, dict) and entry["to"] == address:
            entry["to"] = anchor


_WORDS: dict[str, Callable[[random.Random], Any]] = {
    "full_name": lambda dice: dice.choice(("Al Ice", "Zoë Müller", "O'Brien & Sons", "Bo 'n' Co")),
    "quota_mib": lambda dice: dice.choice((512, 1024, 4096)),
    "aliases": lambda dice: sorted(dice.sample(("nick", "boss", "desk", "shop"), k=dice.randint(1, 2))),
    "protocols": lambda dice: dice.choice(
        (["imap", "smtp"], ["imap"], ["imap", "pop3", "smtp", "sieve", "eas", "dav"])
    ),
    "sending_limit": lambda dice: dice.choice(("100/h", "5/m", "none")),
    "tags": lambda dice: dice.choice((["sales"], ["sales", "staff"], [])),
    "change_password": lambda dice: dice.choice((True, False)),
    "forward": lambda dice: dice.choice(("kept@outside.test", {"to": ["gone@outside.test"], "keep": False})),
}
