"""Kinds of values in the list of people that are names: of addresses, domains and hosts."""

import ipaddress
from dataclasses import dataclass

import yaml

from core import names
from core.addresses import address_in_dns, address_problem, domain_in_dns, local_part_problem
from core.list_kinds import Schema, Whose
from core.suggestions import shown
from core.yaml_text import NodeReader, line_of


@dataclass(frozen=True, kw_only=True)
class Written:
    """A name or an address, and where the list says it."""

    text: str
    line: int


class LocalPart:
    """What stands before the @ of an address of this domain."""

    words = "name before the @"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> Written | None:
        value = reader.judged(node, what, whose.of, lambda value: self._judge(value, whose.domain))
        return None if value is None else Written(text=value, line=line_of(node))

    def _judge(self, value: str, domain: str | None) -> str | None:
        if "@" not in value:
            return local_part_problem(value)
        local_part, _, behind = value.rpartition("@")
        try:
            other = domain_in_dns(behind.lower()) != domain
        except ValueError:
            other = False
        if other and local_part and domain:
            return f"is an address of another domain; write {shown(local_part.lower())} under domain {shown(behind)}"
        return f"is a whole address; write only {shown(local_part.lower()) if local_part else 'the part before the @'}"

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[a-z0-9]([a-z0-9._+-]*[a-z0-9])?$"}


@dataclass(frozen=True)
class DomainName:
    """A domain or host name, as people or DNS write it; read as DNS carries it."""

    words: str

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        value = reader.judged(node, what, whose.of, self._judge)
        return None if value is None else domain_in_dns(value)

    def _judge(self, value: str) -> str | None:
        try:
            domain_in_dns(value)
        except ValueError as wrong:
            return str(wrong)
        return None

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 3, "maxLength": 253, "pattern": "^[^\\s@:/]+$"}


class IpAddress:
    """An IPv4 or IPv6 address; read in its shortest form."""

    words = "IPv4 or IPv6 address"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        value = reader.judged(node, what, whose.of, self._judge)
        return None if value is None else str(ipaddress.ip_address(value))

    def _judge(self, value: str) -> str | None:
        try:
            found = ipaddress.ip_address(value)
        except ValueError:
            return "is no IP address; write one such as 203.0.113.9, or a host name as cname"
        return "has a zone, which DNS does not carry; write it without" if "%" in str(found) else None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": "^[0-9A-Fa-f:.]+$"}


class Address:
    """A name of this domain or a whole address; read as a whole address, its domain as DNS carries it."""

    words = "name of this domain, or whole address"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> Written | None:
        value = reader.judged(node, what, whose.of, self._judge)
        if value is None:
            return None
        # A domain that cannot be read is refused already; what its people lead to is not looked at then.
        address = address_in_dns(value) if "@" in value else names.address_of(value, whose.domain or "")
        return Written(text=address, line=line_of(node))

    def _judge(self, value: str) -> str | None:
        return address_problem(value) if "@" in value else local_part_problem(value)

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1, "pattern": "^[^@\\sA-Z]+(@[^@\\s]+)?$"}
