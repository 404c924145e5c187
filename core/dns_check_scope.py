"""Which records a domain's mail rests on: those in its zone, and those of the hosts that they lead to."""

from collections.abc import Sequence

from core.dns import DnsRecord
from core.spf_terms import Term, is_spf, read_spf


def of_domain(records: Sequence[DnsRecord], domain: str) -> list[DnsRecord]:
    """Pick the records of one domain, in their order.

    The host's address and its PTR are among them wherever they stand: without these no mail of the domain arrives.
    """
    own = [one for one in records if one.domain == domain]
    targets = {one.value.partition(" ")[2] for one in own if one.type == "MX"}
    addresses = {one.value for one in records if one.type in {"A", "AAAA"} and one.name in targets}
    senders = {str(term.network.network_address) for one in own for term in _terms(one) if term.network is not None}
    pointers = [one for one in records if one.type == "PTR" and one.name in addresses | senders]
    hosts = targets | {one.value for one in pointers}
    return [
        one
        for one in records
        if one.domain == domain or one in pointers or (one.type in {"A", "AAAA"} and one.name in hosts)
    ]


def required_of(records: Sequence[DnsRecord], domain: str) -> list[DnsRecord]:
    """Pick what a domain's mail does not work without."""
    return [one for one in of_domain(records, domain) if one.required]


def _terms(record: DnsRecord) -> tuple[Term, ...]:
    return read_spf(record.value).terms if record.type == "TXT" and is_spf(record.value) else ()


def domains_of(records: Sequence[DnsRecord]) -> list[str]:
    """List the hosted domains that have records, in their order."""
    return list(dict.fromkeys(one.domain for one in records if one.domain))
