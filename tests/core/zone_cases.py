"""Stacks whose zone files stand in `tests/data/zones/`: `python -m tests.core.zone_cases` writes them anew."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from core.dns import DnsRecord, Offer, dns_records
from core.people import MailDomain, Relay, Subdomain
from core.zone_file import Authority, zone_file
from tests.core import samples

FOLDER = Path(__file__).parents[1] / "data" / "zones"
IP = "192.0.2.1"
AUTHORITY = Authority(nameservers=("ns1.dns.example", "ns2.dns.example"), serial=2026112301)
# As long as mailcow's of 2048 and 4096 bits: 420 and 764 signs, and no key of anybody.
DKIM = "v=DKIM1;k=rsa;t=s;s=email;p=MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8A" + "k" * 354 + "IDAQAB"
LONG_DKIM = "v=DKIM1;k=rsa;t=s;s=email;p=MIICIjANBgkqhkiG9w0BAQEFAAOCAg8A" + "k" * 698 + "IDAQAB"
OFFER = Offer(sieve=False, lets_encrypt=True)
RELAY_SPF = "include:eu.rp.oracleemaildelivery.com"


@dataclass(frozen=True, kw_only=True)
class Case:
    """A stack and what it is known by."""

    domains: tuple[MailDomain, ...]
    address: str = IP
    offer: Offer = OFFER
    dkim: str = DKIM
    changes: Mapping[str, Any] = field(default_factory=dict[str, Any])
    relative: bool = False

    @property
    def records(self) -> list[DnsRecord]:
        """Its records."""
        state = samples.state(*self.domains, **self.changes)
        keys = dict.fromkeys((domain.name for domain in self.domains), self.dkim)
        return dns_records(state, offer=self.offer, addresses={1: self.address}, dkim=keys)

    @property
    def zones(self) -> Mapping[str, str]:
        """Its zone files, by domain."""
        return {
            domain.name: zone_file(self.records, domain.name, relative=self.relative, authority=AUTHORITY)
            for domain in self.domains
        }


_HOSTS = (
    Subdomain(name="shop", cname="shops.example.net"),
    Subdomain(name="vpn", address="203.0.113.9"),
    Subdomain(name="a.b", address="2001:db8::9"),
)
CASES: Mapping[str, Case] = {
    "one_domain": Case(domains=(samples.domain(subdomains=_HOSTS),)),
    # The host's own name lies in the first.
    "two_domains": Case(domains=(samples.domain(), samples.domain("startup.io"))),
    "host_outside": Case(domains=(samples.domain(),), changes={"mail_hostname": "mx.corp.net"}),
    "filters_open": Case(
        domains=(samples.domain(),), offer=Offer(sieve=True, lets_encrypt=False), changes={"sieve_open": True}
    ),
    "ipv6_address": Case(domains=(samples.domain(),), address="2001:db8::25"),
    "host_by_name": Case(
        domains=(samples.domain(), samples.domain("startup.io")),
        address="vps7.provider.example",
        offer=Offer(sieve=None, lets_encrypt=False),
    ),
    "internationalised": Case(domains=(samples.domain("xn--mller-kva.example"),), relative=True),
    # One by a relay of its own, one by the stack's, and one straight.
    "relayed": Case(
        domains=(
            samples.domain(relay=Relay(host="smtp.other.example", spf="include:spf.other.example")),
            samples.domain("startup.io"),
            samples.domain("direct.example", outbound="direct"),
        ),
        changes={"outbound": "relay", "relay_host": "smtp.relay.example", "relay_spf": RELAY_SPF},
    ),
    "mta_sts": Case(domains=(samples.domain(mta_sts="enforce"), samples.domain("startup.io", mta_sts="testing"))),
    "long_key": Case(domains=(samples.domain(),), dkim=LONG_DKIM, relative=True),
}


def files() -> Iterator[tuple[Path, str, str]]:
    """Give each file with its domain and what it should say."""
    for name, case in CASES.items():
        for domain, text in case.zones.items():
            yield FOLDER / f"{name}.{domain}.zone", domain, text


if __name__ == "__main__":
    for path, _, written in files():
        path.write_text(written, encoding="utf-8")
