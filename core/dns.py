"""The DNS records of a stack, worked out from the table of ``core.dns_table`` for each of its hosts and domains."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from core import names
from core.desired import DesiredDomain, DesiredState, Host
from core.dkim import record_name
from core.dns_table import DOMAIN_ROWS, HOST_ROWS, NEXT_KEY_ROWS, RETIRED_KEY_ROWS, Row, When, filled
from core.dns_text import joined
from core.endpoints import ip_version
from core.host_choice import OCI
from core.mta_sts import policy_of
from core.outbound import RELAYED
from core.settings import Settings

HOST_NAME_REASON: Final = "a host of yours, as the list of people says"
_ADDRESS_RECORDS: Final[Mapping[int | None, str]] = {4: "A", 6: "AAAA"}


@dataclass(frozen=True, kw_only=True)
class DnsRecord:
    """One record to enter."""

    name: str
    """Whole name without the final dot; for a PTR, the IP address."""
    type: str
    value: str
    """Record data, names in it whole and without the final dot; TXT as one text, unquoted and unsplit."""
    reason: str
    required: bool
    """False when mail works without it, only less well."""
    domain: str
    """Hosted domain in whose zone it stands; empty for a PTR, and for a host outside of every hosted domain."""


@dataclass(frozen=True, kw_only=True)
class Offer:
    """What the mail hosts offer, as far as records speak of it."""

    sieve: bool | None
    """Whether mail programs edit filters; None where nobody here knows, and nothing is announced then."""
    lets_encrypt: bool
    """Whether certificates are known to come from Let's Encrypt and from nobody else."""

    @staticmethod
    def of(settings: Settings) -> "Offer":
        """Read it from a stack's configuration; a server that is there already has its own ways."""
        ours = settings.host == OCI
        lets_encrypt = ours and settings.lets_encrypt and not settings.acme_directory_url
        return Offer(sieve=settings.sieve_open if ours else None, lets_encrypt=lets_encrypt)


def dns_records(
    state: DesiredState, *, offer: Offer, addresses: Mapping[int, str], dkim: Mapping[str, str]
) -> list[DnsRecord]:
    """Work out the records of a stack: those of the hosts first, then domain by domain.

    Args:
        state: Hosts and domains.
        offer: What the hosts offer.
        addresses: Public IP address by host number; of every host. For a server that is there already it may be a
            name, whose own records are somebody else's.
        dkim: DKIM record text by domain, as mailcow gives it, and of keys beside the one that signs by the record's
            name; what is missing gets no such record.
    """
    on_host = {host.number: [one for one in state.domains if one.server == host.number] for host in state.hosts}
    hosts = {host.number: host for host in state.hosts}
    found: list[DnsRecord] = []
    for host in state.hosts:
        words, holds = _host_words(host, addresses[host.number]), _host_holds(offer, on_host[host.number])
        words["relay_spf"] = _relay_spf(on_host[host.number])
        found += _standing(HOST_ROWS, words, holds | _known(addresses[host.number]))
    for domain in state.domains:
        address = addresses[domain.server]
        host_words = _host_words(hosts[domain.server], address)
        words = {**host_words, **_domain_words(domain, host_words, dkim.get(domain.name, ""))}
        found += _standing(DOMAIN_ROWS, words, _domain_holds(offer, words))
        found += _other_keys(domain, dkim)
        found += _host_names(domain)
    hosted = {domain.name for domain in state.domains}
    return [replace(record, domain=_zone_of(record, hosted)) for record in found]


def zone_records(records: Iterable[DnsRecord], domain: str) -> list[DnsRecord]:
    """Pick what stands in a domain's zone."""
    return [record for record in records if record.domain == domain]


def outside_records(records: Iterable[DnsRecord]) -> list[DnsRecord]:
    """Pick what stands in nobody's zone here: PTR records, and hosts outside of every hosted domain."""
    return zone_records(records, "")


def _standing(rows: Sequence[Row], words: Mapping[str, str], holds: Collection[When]) -> Iterator[DnsRecord]:
    for row in rows:
        if all(condition in holds for condition in row.when):
            yield DnsRecord(**filled(row, words), required=row.required, domain="")


def _host_words(host: Host, address: str) -> dict[str, str]:
    return {
        "host": host.hostname,
        "address": address,
        "address_type": _ADDRESS_RECORDS.get(ip_version(address), ""),
    }


def _domain_words(domain: DesiredDomain, host: Mapping[str, str], dkim: str) -> dict[str, str]:
    version = ip_version(host["address"])
    # Without an address, nothing but the host's own name leads to it: an MX may not lead to a CNAME.
    mail = names.mail_name(domain.name) if version else host["host"]
    policy = policy_of(domain.mta_sts, domain.name, host["host"])
    return {
        "domain": domain.name,
        "mail": mail,
        "selector": domain.dkim_selector,
        "dkim": _one_text(dkim),
        "sender": f" ip{version}:{host['address']}" if version else "",
        "relay_spf": _relay_spf([domain]),
        "mta_sts_id": policy.id if policy else "",
        "spf_reason": f"only this server{' and its relay send' if _relayed(domain) else ' sends'} for the domain",
    }


def _relay_spf(domains: Iterable[DesiredDomain]) -> str:
    """Join the SPF terms of the domains' relays, each once; with a blank before each."""
    relays = (domain.outbound.relay for domain in domains)
    terms = dict.fromkeys(term for relay in relays if relay for term in relay.spf.split())
    return "".join(f" {term}" for term in terms)


def _relayed(domain: DesiredDomain) -> bool:
    return domain.outbound.kind == RELAYED


def _known(address: str) -> set[When]:
    return {"address known"} if ip_version(address) else set()


def _host_holds(offer: Offer, domains: Sequence[DesiredDomain]) -> set[When]:
    holds: set[When] = {"let's encrypt"} if offer.lets_encrypt else set()
    every_one_relayed = bool(domains) and all(map(_relayed, domains))
    holds.add("relayed" if every_one_relayed else "direct")
    return holds


def _domain_holds(offer: Offer, words: Mapping[str, str]) -> set[When]:
    holds: set[When] = {"let's encrypt"} if offer.lets_encrypt else set()
    if offer.sieve is not None:
        holds.add("sieve open" if offer.sieve else "sieve closed")
    if words["dkim"]:
        holds.add("key known")
    if words["mail"] != words["host"]:
        holds.add("own mail name")
    if words["mta_sts_id"]:
        holds.add("mta-sts")
    return holds


def _other_keys(domain: DesiredDomain, dkim: Mapping[str, str]) -> Iterator[DnsRecord]:
    """Give the keys beside the one that signs, while one follows another."""
    for rows, selector in ((NEXT_KEY_ROWS, domain.dkim_next), (RETIRED_KEY_ROWS, domain.dkim_retired)):
        text = dkim.get(record_name(selector, domain.name), "") if selector else ""
        if text:
            words = {"domain": domain.name, "selector": selector, "dkim": _one_text(text)}
            yield from _standing(rows, words, ())


def _host_names(domain: DesiredDomain) -> Iterator[DnsRecord]:
    for subdomain in domain.subdomains:
        yield DnsRecord(
            name=f"{subdomain.name}.{domain.name}",
            type="CNAME" if subdomain.cname else "AAAA" if ":" in subdomain.address else "A",
            value=subdomain.cname or subdomain.address,
            reason=HOST_NAME_REASON,
            required=False,
            domain="",
        )


def _zone_of(record: DnsRecord, hosted: Collection[str]) -> str:
    """Find the nearest hosted domain at or above a record's name."""
    labels = record.name.split(".") if record.type != "PTR" else []
    return next((name for at in range(len(labels)) if (name := ".".join(labels[at:])) in hosted), "")


def _one_text(value: str) -> str:
    """Join a TXT value that mailcow may give quoted and split, as ``"v=DKIM1;…" "…"``."""
    return joined(value) if value.lstrip().startswith('"') else value.strip()
