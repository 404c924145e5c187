"""A domain's DNS records as a checklist in Markdown, for a person with a provider's web form; and its template."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from core import names
from core.desired import DesiredDomain, DesiredState, Host
from core.dns import HOST_NAME_REASON, DnsRecord, Offer, dns_records, outside_records, zone_records
from core.mta_sts import policy_of
from core.people import Subdomain

_AT_PROVIDERS: Final = (
    "Most forms want the name without the domain, and `@` for the domain itself; both are given below.",
    "A record with several numbers (`MX`, `SRV`) has a field for each: priority, weight, port, target, in this order.",
    "Cloudflare: switch the proxy off (grey cloud) for `mail`, `autoconfig` and `autodiscover`; mail passes it by.",
    "Amazon Route 53: a text goes in double quotes, and one of more than 255 signs in several, as in the zone file.",
    "Most others take a text as it is, without quotes; a form that refuses the long `DKIM` text wants quotes, too.",
    "A provider that imports files takes `mailstead dns zone`; one that has an API, `mailstead dns octodns`.",
)
_MEANT_TO_STAY: Final = (
    "Leave every record alone that is not named here, those of your web site above all. Two kinds are replaced: the"
    " `MX` records of an earlier mail provider, and its text that begins with `v=spf1`, because there may be only one."
)
_AFTERWARDS: Final = (
    "- [ ] `mailstead dns check {domain}` asks the name servers themselves and finds every record right.\n"
    "- [ ] Somebody looks after `postmaster@{domain}`: once a day each large receiver of your mail sends a DMARC report"
    " there, an XML file in an archive, and others report TLS that failed. Reports of failing mail from addresses that"
    " are not yours are forgeries that were caught; from your own address, mail is missing its signature or SPF record."
    "\n"
)


def checklist(records: Iterable[DnsRecord], domain: str) -> str:
    """Write the checklist of one domain.

    Args:
        records: Those of the whole stack.
        domain: Whose.
    """
    everything = list(records)
    ours = zone_records(everything, domain)
    own = [record for record in ours if record.reason == HOST_NAME_REASON]
    needed = [record for record in ours if record.required]
    better = [record for record in ours if not record.required and record not in own]
    parts = [
        f"# DNS records of `{domain}`\n",
        _MEANT_TO_STAY + "\n",
        *_section("Required: without these no mail arrives, or nobody takes yours", needed, domain),
        *_section("Better to have: mail programs find their settings, others trust the host more", better, domain),
        *_section("Your own host names, from the list of people", own, domain),
        *_asked_for(outside_records(everything)),
        "## How providers want it\n",
        "".join(f"- {line}\n" for line in _AT_PROVIDERS),
        "## Afterwards\n",
        _AFTERWARDS.format(domain=domain),
    ]
    return "\n".join(parts)


def _section(title: str, records: Sequence[DnsRecord], domain: str) -> Iterator[str]:
    if records:
        yield f"## {title}\n"
        yield "\n".join(_item(record, domain) for record in records)


def _item(record: DnsRecord, domain: str) -> str:
    short = record.name.removesuffix(domain).removesuffix(".") or "@"
    return f"- [ ] `{record.type}` `{short}` (`{record.name}`): {record.reason}\n\n  ```text\n  {record.value}\n  ```\n"


def _asked_for(records: Sequence[DnsRecord]) -> Iterator[str]:
    """Say what others enter: the PTR, in words to be sent as they are, and hosts in zones of others."""
    pointers = [record for record in records if record.type == "PTR"]
    elsewhere = [record for record in records if record.type != "PTR"]
    if pointers:
        yield "## Asked from whoever gives you the address\n"
    for record in pointers:
        yield (
            f"- [ ] `PTR` of `{record.name}`: {record.reason}. The `A` record has to be there first. At Oracle:"
            " Support, service request; accounts with nothing but free resources cannot file one. Send this:\n\n"
            "  ```text\n"
            f"  Please set the reverse DNS record (PTR) of our reserved public IP address {record.name}\n"
            f"  to {record.value}. The forward record of that name leads to the address and is published.\n"
            f"  The address sends our company's mail, and {record.value} is the name it greets with.\n"
            "  ```\n"
        )
    if elsewhere:
        yield "## In zones that are not in the list of people\n"
        yield "\n".join(_item(record, "") for record in elsewhere)


# --- the template -----------------------------------------------------------------------------------------

_DOMAIN, _ADDRESS, _KEY = "domain.stands.here", "192.0.2.1", "KEY-STANDS-HERE"
_MODE: Final = "testing"
_NAME, _NAME_TO = "name-stands-here", "target.stands.here"
_NAME_ADDRESS: Final = "192.0.2.2"
_PLACEHOLDERS: Final = {
    # The longer text first, where one holds the other.
    _NAME_TO: "<SUBDOMAIN_TARGET>",
    _DOMAIN: "<DOMAIN>",
    _ADDRESS: "<STATIC_PUBLIC_IP>",
    _NAME_ADDRESS: "<SUBDOMAIN_IP>",
    _KEY: "<PUBLIC_DKIM_KEY>",
    f"{_NAME}-a": "<SUBDOMAIN>",
    f"{_NAME}-c": "<SUBDOMAIN>",
}


def template() -> str:
    """Write the checklist with placeholders, from the very table that real ones are written from."""
    host = Host(number=1, name=names.host_name(1), hostname=names.default_hostname(1, _DOMAIN))
    domain = DesiredDomain(
        name=_DOMAIN,
        server=1,
        dkim_selector=names.DKIM_SELECTOR,
        max_quota_mib=0,
        quota_mib=0,
        max_mailboxes=0,
        max_aliases=0,
        default_quota_mib=0,
        mta_sts=_MODE,
        subdomains=(
            Subdomain(name=f"{_NAME}-a", address=_NAME_ADDRESS),
            Subdomain(name=f"{_NAME}-c", cname=_NAME_TO),
        ),
    )
    records = dns_records(
        DesiredState(stack="", hosts=(host,), domains=(domain,), mailboxes=(), aliases=(), notices=()),
        offer=Offer(sieve=False, lets_encrypt=True),
        addresses={1: _ADDRESS},
        dkim={_DOMAIN: f"v=DKIM1;k=rsa;t=s;s=email;p={_KEY}"},
    )
    policy = policy_of(_MODE, _DOMAIN, host.hostname)
    text = checklist(records, _DOMAIN)
    made_up = {policy.id: "<MTA_STS_ID>"} if policy else {}
    for stand_in, placeholder in {**_PLACEHOLDERS, **made_up}.items():
        text = text.replace(stand_in, placeholder)
    return text
