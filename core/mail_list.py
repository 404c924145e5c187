"""Text of mail_list.yml → checked people; all problems at once, each with its line and what to write instead."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

import yaml

from core import names
from core.addresses import domain_problem, is_whole_address, local_part_problem
from core.errors import InputError, Problem
from core.people import Leaver, MailDomain, MailList, User
from core.suggestions import did_you_mean, shown
from core.yaml_text import NodeReader, compose, described, is_nothing, line_of

_EXAMPLE: Final = "domains: [{name: example.com, users: [alice, bob]}]"
_DOMAIN_KEYS: Final = ("name", "users", "offboarded", "postmaster", "server")
_LEAVER_KEYS: Final = ("name", "until")
_LEAVER_EXAMPLE: Final = "{name: bob, until: YYYY-MM-DD}"
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
# Their addresses have to lead to somebody who reads them, as long as the domain is served.
_NEVER_OFFBOARDED: Final = ("abuse", "postmaster")


def parse_mail_list(text: str, file: str) -> MailList:
    """Read and check the list.

    Args:
        text: The file's content.
        file: Its name, for problems.

    Raises:
        InputError: Every problem of the file, first line first.
    """
    root = compose(text, file)
    if root is None or is_nothing(root):
        raise InputError([Problem(file, None, f"the list is empty; write {_EXAMPLE}")])
    reader = _ListReader(file)
    domains = reader.domains(root)
    if reader.problems:
        raise InputError(reader.problems)
    return MailList(domains=domains)


class _ListReader(NodeReader):
    """Reads the list's own words; goes on after each problem, so that all of them are found."""

    def domains(self, root: yaml.Node) -> tuple[MailDomain, ...]:
        top = self.mapping(root, "the list", ("domains",), _EXAMPLE)
        nodes = self.items(top.get("domains"), "domains", _EXAMPLE)
        if not nodes and not self.problems:
            self.note(root, f"the list is empty; write {_EXAMPLE}")
        first_lines: dict[str, int] = {}
        found = [self._domain(node, first_lines) for node in nodes]
        domains = tuple(domain for domain in found if domain is not None)
        if not self.problems:  # only a list that is right so far says who is there
            self._check_postmasters(domains)
        return domains

    def _domain(self, node: yaml.Node, first_lines: dict[str, int]) -> MailDomain | None:
        keys = self.mapping(node, "a domain", _DOMAIN_KEYS, "{name: example.com, users: [alice]}")
        name = self._domain_name(node, keys, first_lines)
        where = name or _as_written(keys.get("name"))
        seen: dict[str, str] = {}
        users = self._users(keys.get("users"), where, seen)
        leavers = self._leavers(keys.get("offboarded"), where, seen)
        postmaster = self._postmaster(keys.get("postmaster"), name)
        number = keys.get("server")
        server = 1 if number is None else self.whole_number(number, "server", f"of {where}", least=1)
        if keys and not users and "postmaster" not in keys:
            self._note_nobody(node, keys, where, seen)
        if name is None or server is None:
            return None
        return MailDomain(
            name=name, users=users, offboarded=leavers, postmaster=postmaster, server=server, line=line_of(node)
        )

    def _note_nobody(self, node: yaml.Node, keys: Mapping[str, yaml.Node], where: str, seen: Mapping[str, str]) -> None:
        """Say that nobody is there to read a domain's postmaster@, unless somebody was meant to be."""
        written = keys.get("users")
        if "users" in seen.values() or not (written is None or is_nothing(written) or written.value == []):
            return
        which = "only offboarded users" if seen else "no users"
        self.note(node, f"{where} has {which}; add users: [alice], or say who reads postmaster@: postmaster: ADDRESS")

    def _domain_name(self, node: yaml.Node, keys: Mapping[str, yaml.Node], first_lines: dict[str, int]) -> str | None:
        if "name" not in keys:
            if isinstance(node, yaml.MappingNode):
                self.note(node, "a domain has no name; write name: example.com")
            return None
        name = self.text(keys["name"], "domain")
        if name is None:
            return None
        if wrong := domain_problem(name):
            self.note(keys["name"], f"domain {shown(name)} {wrong}")
            return None
        if name in first_lines:
            self.note(
                keys["name"],
                f"domain {name} is there twice, first in line {first_lines[name]}; put its users under one of them",
            )
        first_lines.setdefault(name, line_of(keys["name"]))
        return name

    def _users(self, node: yaml.Node | None, where: str, seen: dict[str, str]) -> tuple[User, ...]:
        found: list[User] = []
        for item in self.items(node, f"users of {where}", "users: [alice, bob]"):
            if isinstance(item, yaml.ScalarNode):
                name = self._local_part(item, "user", where, seen)
                found += [] if name is None else [User(name=name)]
            else:
                self.note(item, f"a user of {where} {described(item)} and not a name; write for example alice")
                seen.setdefault("", "users")  # somebody was meant: the domain is not without users
        return tuple(found)

    def _leavers(self, node: yaml.Node | None, where: str, seen: dict[str, str]) -> tuple[Leaver, ...]:
        found: list[Leaver] = []
        for item in self.items(node, f"offboarded of {where}", f"offboarded: [{_LEAVER_EXAMPLE}]"):
            keys = self.mapping(item, f"offboarded of {where}", _LEAVER_KEYS, _LEAVER_EXAMPLE)
            if not keys:
                continue
            name = self._leaver_name(item, keys, where, seen)
            until = self._until(item, keys, name or "somebody")
            if name is not None and until is not None:
                found.append(Leaver(name=name, until=until))
        return tuple(found)

    def _leaver_name(
        self, item: yaml.Node, keys: Mapping[str, yaml.Node], where: str, seen: dict[str, str]
    ) -> str | None:
        if "name" not in keys:
            self.note(item, f"offboarded of {where} says no name; write {_LEAVER_EXAMPLE}")
            return None
        name = self._local_part(keys["name"], "offboarded", where, seen)
        if name in _NEVER_OFFBOARDED:
            self.note(
                keys["name"],
                f"offboarded {name} of {where} is an address that every domain needs; leave {name} among users",
            )
        return name

    def _until(self, item: yaml.Node, keys: Mapping[str, yaml.Node], who: str) -> date | None:
        node = keys.get("until")
        if node is None:
            self.note(item, f"offboarded {who} has no date to keep the mail until; write {_LEAVER_EXAMPLE}")
            return None
        # With or without quotes: YAML calls one a text and the other a date.
        if not isinstance(node, yaml.ScalarNode):
            self.note(node, f"until of {who} {described(node)} and not a date; write YYYY-MM-DD")
            return None
        value: str = node.value
        if not _DAY.fullmatch(value):
            self.note(node, f"until {shown(value)} of {who} is not a date; write YYYY-MM-DD, such as 2027-01-31")
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            self.note(node, f"until {value} of {who} is a day that no calendar has; write a real one")
            return None

    def _local_part(self, node: yaml.Node, what: str, where: str, seen: dict[str, str]) -> str | None:
        """Read one name and keep it in ``seen``, which maps each to the key it stands under."""
        key = "users" if what == "user" else "offboarded"
        name = self.text(node, what, f"of {where}")
        if name is None:
            seen.setdefault("", key)
            return None
        wrong = _whole_address_problem(name, where) if "@" in name else local_part_problem(name)
        if wrong is not None:
            self.note(node, f"{what} {shown(name)} of {where} {wrong}")
        elif name in seen and seen[name] == key:
            self.note(node, f"{what} {name} of {where} is there twice; take one out")
        elif name in seen:
            self.note(node, f"{name} of {where} is under users and under offboarded; take {name} out of one of the two")
        seen.setdefault(name.lower(), key)
        return name if wrong is None else None

    def _postmaster(self, node: yaml.Node | None, domain: str | None) -> str | None:
        """Read who reads postmaster@: a name of this domain or a whole address."""
        if node is None:
            return None
        name = self.text(node, "postmaster", f"of {domain or 'this domain'}")
        if name is None or domain is None:
            return None
        address = name if "@" in name else names.address_of(name, domain)
        if not is_whole_address(address):
            wrong = "is no address" if "@" in name else local_part_problem(name) or "is no name"
            self.note(
                node,
                f"postmaster {shown(name)} of {domain} {wrong.partition(';')[0]};"
                " write a user's name, or a whole address",
            )
            return None
        return address

    def _check_postmasters(self, domains: Sequence[MailDomain]) -> None:
        listed = {domain.name for domain in domains}
        people = {names.address_of(user.name, domain.name) for domain in domains for user in domain.users}
        for domain in domains:
            address = domain.postmaster
            if address is None or address in people or address.rpartition("@")[2] not in listed:
                continue
            meant = did_you_mean(address, people)
            advice = f"did you mean {meant}?" if meant else "write the address of somebody under users"
            message = f"postmaster {address} of {domain.name} is no user of the list; {advice}"
            self.problems.append(Problem(self.file, domain.line, message))


def _as_written(node: yaml.Node | None) -> str:
    return shown(node.value) if isinstance(node, yaml.ScalarNode) and node.value else "this domain"


def _whole_address_problem(address: str, where: str) -> str:
    local_part, _, domain = address.rpartition("@")
    if domain.lower() == where.lower() or domain_problem(domain) is not None:
        return f"is a whole address; write only {shown(local_part.lower()) if local_part else 'the part before the @'}"
    return f"is an address of another domain; write {shown(local_part.lower())} under domain {domain}"
