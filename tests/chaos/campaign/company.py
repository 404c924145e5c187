"""A small company and its list of people, as the campaign edits them."""

from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from typing import Any

import yaml

from core.errors import InputError
from core.mail_list import parse_mail_list

_DAYS = 30
Entry = dict[str, Any]


@dataclass
class Person:
    """One person: the keys of her line besides the name, and when she may be removed once she has left."""

    keys: Entry = field(default_factory=dict[str, Any])
    left: str = ""
    """``past`` or ``future``: where the date lies until which her mail is kept."""
    leaving: Entry = field(default_factory=dict[str, Any])
    """Keys of the line of somebody who has left: ``mail``, ``auto_reply``."""


@dataclass
class MailDomain:
    """One domain of the list."""

    people: dict[str, Person] = field(default_factory=dict[str, Person])
    keys: Entry = field(default_factory=dict[str, Any])
    """Keys besides name and people: ``postmaster``, ``aliases``, ``lists``, ``catch_all``."""

    @property
    def active(self) -> list[str]:
        """Names of those who are here."""
        return [name for name, person in self.people.items() if not person.left]


@dataclass
class Company:
    """The list as a value; ``text`` writes it."""

    domains: dict[str, MailDomain] = field(default_factory=dict[str, MailDomain])

    def addresses(self) -> set[str]:
        """All addresses of people, those who left too."""
        return {f"{name}@{domain}" for domain, of in self.domains.items() for name in of.people}

    def text(self, today: date, *, turned: bool = False) -> str:
        """Write mail_list.yml; ``turned`` writes everything in the opposite order, which must mean nothing."""
        domains = [self._domain(name, of, today, turned=turned) for name, of in self.domains.items()]
        return yaml.safe_dump({"domains": domains[::-1] if turned else domains}, sort_keys=False, allow_unicode=True)

    def _domain(self, name: str, of: MailDomain, today: date, *, turned: bool) -> Entry:
        users = [_user(who, person) for who, person in of.people.items() if not person.left]
        left = [
            {"name": who, "until": _until(person, today), **person.leaving}
            for who, person in of.people.items()
            if person.left
        ]
        entry: Entry = {"name": name, **of.keys}
        if users:
            entry["users"] = users[::-1] if turned else users
        if left:
            entry["offboarded"] = left[::-1] if turned else left
        return entry


@cache
def knows(what: str) -> bool:
    """Say whether the product's list has a word, such as ``aliases``."""
    samples = {
        "aliases": "aliases: [{name: info, to: alice}]",
        "lists": "lists: [{name: team, to: [alice]}]",
        "catch_all": "catch_all: alice",
        "mail": "offboarded: [{name: bob, until: 2027-01-01, mail: keep}]",
    }
    words = {"full_name": "Al", "quota_mib": "100", "protocols": "[imap]", "sending_limit": "10/h", "tags": "[x]"}
    words |= {"reuse_address": "true", "change_password": "true", "forward": "x@other.example"}
    users = f"[{{name: alice, {what}: {words[what]}}}]" if what in words else "[alice]"
    try:
        parse_mail_list(f"domains:\n  - name: a.example\n    users: {users}\n    {samples.get(what, '')}\n", "list")
    except InputError:
        return False
    return True


def _user(name: str, person: Person) -> Any:
    return {"name": name, **person.keys} if person.keys else name


def _until(person: Person, today: date) -> date:
    return today + timedelta(days=-_DAYS if person.left == "past" else _DAYS)
