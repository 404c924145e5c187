"""How a zone is found: who serves it, and which of those servers really do."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import dns.message
import dns.name
import dns.rcode
import dns.rdatatype

from core.dns_seen import Reply, Silence, Zone
from probes.at_once import Once
from probes.dns_wire import Endpoint, exchange, reply_of, silence_of, text_of, values_of
from probes.resolvers import Resolvers

_ADDRESS_TYPES: Final = ("A", "AAAA")


@dataclass(frozen=True, kw_only=True)
class Server:
    """One of a zone's name servers."""

    name: str
    endpoint: Endpoint | None
    """None when its name leads to no address."""
    silence: Silence = ""
    """Why it is not asked any more: it did not answer for the zone itself."""


class Delegations:
    """Finds zones through resolvers, and past them where they fail."""

    def __init__(self, resolvers: Resolvers, *, port: int, timeout_s: float) -> None:
        self._resolvers = resolvers
        self._port = port
        self._timeout_s = timeout_s
        self._addresses: Once[str, str] = Once()

    def find(self, domain: str) -> tuple[Zone, tuple[Server, ...]]:
        """Find the zone that a domain is in, and ask each of its servers whether it serves it."""
        name = dns.name.from_text(domain)
        message = self._resolvers.message(name, "SOA")
        if isinstance(message, str) or silence_of(message, authoritative=False):
            return self._past_the_resolver(domain, name, message)
        apex = _apex(message)
        if message.rcode() == dns.rcode.NXDOMAIN:
            return Zone(domain=domain, apex="", servers=(), trouble="nxdomain"), ()
        if apex is None:
            return Zone(domain=domain, apex="", servers=(), trouble="no servers"), ()
        return self._served(domain, apex, self._names(apex))

    def _past_the_resolver(
        self, domain: str, name: dns.name.Name, failed: dns.message.Message | Silence
    ) -> tuple[Zone, tuple[Server, ...]]:
        """Ask the servers of the zone above whom they name for it, to say which of those fails and how."""
        if len(name.labels) > 2:
            above = self._resolvers.message(name.parent(), "SOA")
            apex = None if isinstance(above, str) else _apex(above)
            if apex is not None:
                named = self._referred(apex, name)
                return self._served(domain, name, named) if named else _trouble(domain, failed, heard=True)
            heard = not isinstance(above, str)
            return _trouble(domain, failed, heard=heard)
        return _trouble(domain, failed, heard=False)

    def _referred(self, above: dns.name.Name, name: dns.name.Name) -> list[Server]:
        for server in self._names(above):
            if server.endpoint is None:
                continue
            message = exchange(server.endpoint, name, "NS", recursive=False, timeout_s=self._timeout_s)
            if isinstance(message, str):
                continue
            sections = [*message.answer, *message.authority]
            records = [one for one in sections if one.rdtype == dns.rdatatype.NS and one.name == name]
            if records:
                return [self._server(host, message) for host in values_of(records[0])]
        return []

    def _names(self, apex: dns.name.Name) -> list[Server]:
        reply = self._resolvers.reply(apex, "NS")
        return [self._server(host) for host in reply.values]

    def _server(self, host: str, message: dns.message.Message | None = None) -> Server:
        glue = list(_glue(message, host)) if message is not None else []
        address = glue[0] if glue else self._addresses.get(host, lambda: self._address(host))
        return Server(name=host, endpoint=Endpoint(address=address, port=self._port) if address else None)

    def _address(self, host: str) -> str:
        """Look a name server up; most domains share theirs with the others."""
        found = (self._resolvers.reply(dns.name.from_text(host), kind).values for kind in _ADDRESS_TYPES)
        return next((values[0] for values in found if values), "")

    def _served(self, domain: str, apex: dns.name.Name, servers: list[Server]) -> tuple[Zone, tuple[Server, ...]]:
        asked = tuple(self._asked(server, apex) for server in servers)
        replies = tuple(Reply(server=server.name, silence=server.silence) for server in asked)
        trouble = "" if asked else "no servers"
        return Zone(domain=domain, apex=text_of(apex), servers=replies, trouble=trouble), asked

    def _asked(self, server: Server, apex: dns.name.Name) -> Server:
        if server.endpoint is None:
            return Server(name=server.name, endpoint=None, silence="nameless")
        message = exchange(server.endpoint, apex, "SOA", recursive=False, timeout_s=self._timeout_s)
        if isinstance(message, str):
            return Server(name=server.name, endpoint=server.endpoint, silence=message)
        silence = reply_of(server.name, message, "SOA", authoritative=True).silence
        return Server(name=server.name, endpoint=server.endpoint, silence=silence)


def _apex(message: dns.message.Message) -> dns.name.Name | None:
    """Read a zone's own name off the answer to a question for SOA: the answer's owner, or the authority's."""
    for section in (message.answer, message.authority):
        for records in section:
            if records.rdtype == dns.rdatatype.SOA:
                return records.name
    return None


def _glue(message: dns.message.Message, host: str) -> Iterator[str]:
    for records in message.additional:
        if text_of(records.name) == host and dns.rdatatype.to_text(records.rdtype) in _ADDRESS_TYPES:
            yield from values_of(records)


def _trouble(domain: str, failed: dns.message.Message | Silence, *, heard: bool) -> tuple[Zone, tuple[Server, ...]]:
    """Blame the resolver only when it answers for nothing."""
    silent = isinstance(failed, str) and not heard
    return Zone(domain=domain, apex="", servers=(), trouble="timeout" if silent else "servfail"), ()
