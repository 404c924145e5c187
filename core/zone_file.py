"""A domain's records as a BIND zone file: to be imported at a provider, included in a zone, or served as it is."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from core.dns import DnsRecord, outside_records, zone_records
from core.dns_rdata import owner_of, rdata_of

TTL_S: Final = 3600
"""How long others may keep a record. An hour: a mistake is gone soon, and name servers are not asked all the time."""


@dataclass(frozen=True, kw_only=True)
class Authority:
    """What makes records a zone of their own: who serves it, and which edition it is."""

    nameservers: Sequence[str]
    """Whole names; the first is the primary."""
    serial: int
    """Unsigned, 32 bits, growing with each edition (RFC 1982); seconds since 1970 do."""


def zone_file(
    records: Iterable[DnsRecord],
    domain: str,
    *,
    relative: bool = False,
    ttl_s: int = TTL_S,
    authority: Authority | None = None,
) -> str:
    """Write a zone file, the required records first, each under its reason.

    Args:
        records: Those of the whole stack.
        domain: Whose zone.
        relative: Write names without the domain, and ``@`` for itself.
        ttl_s: Life of a record in seconds.
        authority: Add SOA and NS; left out, they are the provider's, who has them already.
    """
    everything = list(records)
    origin = domain if relative else None
    lines = [
        f"; Mail records of {domain}. Made by: mailstead dns zone {domain}",
        f"$ORIGIN {domain}.",
        f"$TTL {ttl_s}",
        *(_authority(domain, authority, relative=relative) if authority else ()),
        *_body(zone_records(everything, domain), origin),
    ]
    outside = outside_records(everything)
    if outside:
        lines += ["", "; Not in this zone:"]
        lines += [f";   {record.name} {record.type} {record.value}: {record.reason}" for record in outside]
    return "\n".join(lines) + "\n"


def _authority(domain: str, authority: Authority, *, relative: bool) -> Iterator[str]:
    owner = "@" if relative else f"{domain}."
    primary = authority.nameservers[0]
    # Refresh, retry, expire and negative life as RIPE-203 advises for small zones, the last an hour (RFC 2308).
    timing = f"{authority.serial} 86400 7200 3600000 3600"
    yield f"{owner} IN SOA {primary}. postmaster.{domain}. {timing}"
    yield from (f"{owner} IN NS {nameserver}." for nameserver in authority.nameservers)


def _body(records: Sequence[DnsRecord], origin: str | None) -> Iterator[str]:
    for title, required in (("Required", True), ("Better to have", False)):
        chosen = [record for record in records if record.required is required]
        if chosen:
            yield from ("", f"; {title}")
        for record in chosen:
            yield f"; {record.reason}"
            yield f"{owner_of(record, relative_to=origin)} IN {record.type} {rdata_of(record, relative_to=origin)}"
