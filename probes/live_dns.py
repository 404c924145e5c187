"""A stack's expected records against what the zones' own servers say now."""

from collections.abc import Sequence

from core.dns import DnsRecord
from core.dns_check import check, questions
from core.dns_check_scope import domains_of
from core.dns_finding import Finding
from probes.dns_wire import PORT
from probes.name_servers import NameServers
from probes.resolvers import Resolvers


def check_dns(
    records: Sequence[DnsRecord],
    *,
    resolvers: Resolvers,
    among: Sequence[DnsRecord] = (),
    port: int = PORT,
    timeout_s: float = 2.0,
) -> list[Finding]:
    """Ask, and say record by record what was found; takes seconds, also where servers are dead.

    Args:
        records: What is expected.
        resolvers: Whom to ask where the zones are, and for names of others.
        among: All records of the stack, where only some are checked; they say where our hosts are.
        port: Where authoritative servers listen.
        timeout_s: How long one try waits.
    """
    domains = domains_of(records)
    outside = [one.name for one in records if not one.domain and one.type != "PTR"]
    servers = NameServers([*domains, *outside], resolvers=resolvers, port=port, timeout_s=timeout_s)
    zones = servers.zones(domains)
    servers.prepare(questions(records))
    return check(records, servers.ask, zones=zones, among=among)
