"""Answers of the zones' own servers, which no cache can make old, for `mailstead dns check` and the gates.

Only what is ours is asked there; names of others, such as those that an SPF record includes, are asked of a resolver.
Each question is asked once, whoever needs it, and each zone's servers are looked for once.
"""

from collections.abc import Iterable

import dns.exception
import dns.name
import dns.reversename

from core.dns_seen import Answer, Reply, Zone
from probes.at_once import Once, side_by_side
from probes.delegation import Delegations, Server
from probes.dns_wire import exchange, referral_of, reply_of
from probes.resolvers import Resolvers


class NameServers:
    """Asks about a few hosted domains; for one check, as answers are kept."""

    def __init__(self, domains: Iterable[str], *, resolvers: Resolvers, port: int = 53, timeout_s: float = 2.0) -> None:
        """Prepare; nothing is asked yet.

        Args:
            domains: Names whose zones' own servers are asked, for whatever lies below them.
            resolvers: Whom to ask for the rest.
            port: Where authoritative servers listen.
            timeout_s: How long one try waits.
        """
        self._domains = tuple(dict.fromkeys(domains))
        self._resolvers = resolvers
        self._timeout_s = timeout_s
        self._delegations = Delegations(resolvers, port=port, timeout_s=timeout_s)
        self._answers: Once[tuple[str, str], Answer] = Once()
        self._zones: Once[str, tuple[Zone, tuple[Server, ...]]] = Once()

    def zones(self, domains: Iterable[str]) -> dict[str, Zone]:
        """Find the zones of domains, side by side."""
        wanted = list(dict.fromkeys(domains))
        return dict(zip(wanted, side_by_side(lambda domain: self._zone(domain)[0], wanted), strict=True))

    def prepare(self, questions: Iterable[tuple[str, str]]) -> None:
        """Ask side by side what will be asked for sure."""
        side_by_side(lambda question: self.ask(*question), questions)

    def ask(self, name: str, kind: str) -> Answer:
        """Ask for a name and type; never raises, what does not answer is part of what is found."""
        return self._answers.get((name, kind), lambda: self._asked(name, kind))

    def _asked(self, name: str, kind: str) -> Answer:
        whole = _whole(name, kind)
        if whole is None:
            return Answer(name=name, type=kind, replies=(Reply(server="nobody"),))
        domain = self._domain_of(name) if kind != "PTR" else ""
        if not domain:
            return Answer(name=name, type=kind, replies=(self._resolvers.reply(whole, kind),))
        return Answer(name=name, type=kind, replies=self._by_servers_of(domain, whole, kind))

    def _domain_of(self, name: str) -> str:
        above = [domain for domain in self._domains if f".{name}".endswith(f".{domain}")]
        return max(above, key=len, default="")

    def _zone(self, domain: str) -> tuple[Zone, tuple[Server, ...]]:
        return self._zones.get(domain, lambda: self._delegations.find(domain))

    def _by_servers_of(self, domain: str, name: dns.name.Name, kind: str, *, deep: int = 3) -> tuple[Reply, ...]:
        zone, servers = self._zone(domain)
        if zone.trouble == "nxdomain":
            return (Reply(server="resolver"),)
        if zone.trouble:
            return (Reply(server="resolver", silence="timeout" if zone.trouble == "timeout" else "servfail"),)
        replies: list[Reply] = []
        for server in servers:
            if server.endpoint is None or server.silence:
                replies.append(Reply(server=server.name, silence=server.silence or "nameless"))
                continue
            message = exchange(server.endpoint, name, kind, recursive=False, timeout_s=self._timeout_s)
            if isinstance(message, str):
                replies.append(Reply(server=server.name, silence=message))
                continue
            below = referral_of(message)
            if below and below not in {domain, zone.apex} and deep:
                return self._by_servers_of(below, name, kind, deep=deep - 1)
            replies.append(self._to_the_end(reply_of(server.name, message, kind, authoritative=True), kind))
        return tuple(replies)

    def _to_the_end(self, reply: Reply, kind: str) -> Reply:
        """Follow an alias that leads out of the zone; by the resolver, which notices when it leads in a circle."""
        if not reply.alias or reply.values:
            return reply
        target = _whole(reply.alias, kind)
        values = self._resolvers.reply(target, kind).values if target is not None else ()
        return Reply(server=reply.server, alias=reply.alias, values=values)


def _whole(name: str, kind: str) -> dns.name.Name | None:
    """Read a name; None for what can be none, such as one with a label that is too long."""
    try:
        return dns.reversename.from_address(name) if kind == "PTR" else dns.name.from_text(name)
    except (dns.exception.DNSException, ValueError):
        return None
