"""The DNS records that mail needs: each with its value, its reason, and whether mail works without it."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from core import names, ports
from core.desired import DesiredDomain, DesiredState, Host
from core.endpoints import ip_version

# Services that mail programs look up: label → port, and what finds it.
_SERVICES: Final = (
    ("_autodiscover", ports.HTTPS, "Outlook finds its settings"),
    ("_imaps", ports.IMAPS, "mail programs find IMAP"),
    ("_pop3s", ports.POP3S, "mail programs find POP3"),
    ("_submissions", ports.SUBMISSIONS, "mail programs find where to send, over TLS"),
    ("_submission", ports.SUBMISSION, "mail programs find where to send, with STARTTLS"),
    ("_caldavs", ports.HTTPS, "calendar programs find the server"),
    ("_carddavs", ports.HTTPS, "address books find the server"),
)
_ADDRESS_RECORDS: Final[Mapping[int | None, str]] = {4: "A", 6: "AAAA"}
_DAV_SERVICES: Final = ("_caldavs", "_carddavs")
_DAV_PATH: Final = "path=/SOGo/dav/"


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


def dns_records(state: DesiredState, *, addresses: Mapping[int, str], dkim: Mapping[str, str]) -> list[DnsRecord]:
    """Work out the records of a stack: those of the hosts first, then domain by domain.

    Args:
        state: Hosts and domains.
        addresses: Public IP address by host number; of every host. For a server that is there already it may be a
            name, whose own records are somebody else's.
        dkim: DKIM record text by domain, as mailcow gives it; a domain that is missing gets no such record.
    """
    hosts = {host.number: host for host in state.hosts}
    records = [record for host in state.hosts for record in _of_host(host, addresses[host.number])]
    for domain in state.domains:
        records += _of_domain(domain, hosts[domain.server], addresses[domain.server], dkim.get(domain.name))
    return records


def _of_host(host: Host, address: str) -> Iterator[DnsRecord]:
    name = host.hostname
    if kind := _ADDRESS_RECORDS.get(ip_version(address)):
        yield _needed(name, kind, address, "where the mail host is")
        yield _needed(
            address,
            "PTR",
            name,
            "other servers refuse mail from an address that names nobody;"
            " not in your zone: asked from the cloud provider, at Oracle by a support request",
        )
    yield _better(name, "TXT", "v=spf1 a -all", "bounces carry the host's name as sender and have no other SPF")
    yield _better(
        f"_dmarc.{name}",
        "TXT",
        "v=DMARC1; p=none",
        "the host's own notices are not signed and would fall under the domain's policy",
    )


def _of_domain(domain: DesiredDomain, host: Host, address: str, dkim: str | None) -> Iterator[DnsRecord]:
    version = ip_version(address)
    # Without an address, nothing but the host's own name leads to it: an MX may not lead to a CNAME.
    name, mail = domain.name, names.mail_name(domain.name) if version else host.hostname
    if mail != host.hostname:
        yield _needed(mail, _ADDRESS_RECORDS[version], address, f"where mail for {name} is delivered")
    yield _needed(name, "MX", f"10 {mail}", "other servers find where to deliver")
    sender = f" ip{version}:{address}" if version else ""
    yield _needed(name, "TXT", f"v=spf1 mx{sender} -all", "SPF: only this server sends for the domain")
    if dkim:
        selector = f"{domain.dkim_selector}._domainkey.{name}"
        yield _needed(selector, "TXT", _one_text(dkim), "DKIM: receivers check the signature with this key")
    yield _needed(
        f"_dmarc.{name}",
        "TXT",
        f"v=DMARC1; p=quarantine; rua=mailto:postmaster@{name}",
        "DMARC: what receivers do with mail that fails, and where they report",
    )
    for prefix, whose in (("autodiscover", "Outlook"), ("autoconfig", "Thunderbird")):
        yield _better(f"{prefix}.{name}", "CNAME", host.hostname, f"{whose} finds its settings")
    for label, port, reason in _SERVICES:
        yield _better(f"{label}._tcp.{name}", "SRV", f"0 1 {port} {host.hostname}", reason)
    for label in _DAV_SERVICES:
        yield _better(f"{label}._tcp.{name}", "TXT", _DAV_PATH, "where on the server it lies")
    for subdomain in domain.subdomains:
        kind = "CNAME" if subdomain.cname else "AAAA" if ":" in subdomain.address else "A"
        value = subdomain.cname or subdomain.address
        yield _better(f"{subdomain.name}.{name}", kind, value, "a host of yours, as the list of people says")


def _one_text(value: str) -> str:
    """Join a TXT value that mailcow may give quoted and split, as ``"v=DKIM1;…" "…"``."""
    if not value.lstrip().startswith('"'):
        return value.strip()
    return "".join(value.split('"')[1::2])


def _needed(name: str, kind: str, value: str, reason: str) -> DnsRecord:
    return DnsRecord(name=name, type=kind, value=value, reason=reason, required=True)


def _better(name: str, kind: str, value: str, reason: str) -> DnsRecord:
    return DnsRecord(name=name, type=kind, value=value, reason=reason, required=False)
