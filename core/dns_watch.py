"""What a mail host watches from day to day: its own DNS records, those of its domains, and lists that may name it."""

from collections.abc import Collection, Iterable

from core.blocklists import BLOCKLISTS
from core.desired import DesiredState, Host
from core.dns import DnsRecord
from core.outbound import RELAYED

Watched = dict[str, list[dict[str, str]]]
"""Records as name, type and value, by the domain whose mail does not work without them; a host's by its name."""


def watched_records(records: Iterable[DnsRecord], state: DesiredState, host: Host) -> Watched:
    """Pick the required records of a host and of the domains on it.

    What the host itself needs stands under its name alone, so that one wrong PTR is not told for each domain.

    Args:
        records: All records of the stack.
        state: Hosts and domains.
        host: The one that is to watch.
    """
    hostnames = {one.hostname for one in state.hosts}
    found: Watched = {host.hostname: [], **{one.name: [] for one in state.domains if one.server == host.number}}
    for record in records:
        whose = _host_of(record, hostnames) or record.domain
        if record.required and whose in found:
            found[whose].append({"name": record.name, "type": record.type, "value": record.value})
    return {whose: rows for whose, rows in found.items() if rows}


def watched_blocklists(state: DesiredState, host: Host) -> list[str]:
    """Give the zones of the lists that matter to a host: none where other servers meet its relays only."""
    ways = [domain.outbound.kind for domain in state.domains if domain.server == host.number]
    if ways and all(way == RELAYED for way in ways):
        return []
    return [listing.zone for listing in BLOCKLISTS]


def _host_of(record: DnsRecord, hostnames: Collection[str]) -> str:
    """Name the host that a record is about; empty for one of a domain's own, such as an MX."""
    name = record.value if record.type == "PTR" else record.name
    return name if name in hostnames and record.type in {"A", "AAAA", "PTR"} else ""
