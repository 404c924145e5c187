"""example.com as it should be in DNS, in a world of name servers that faults can be planted in."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final

from core.desired import DesiredDomain, DesiredState, Host
from core.dns import DnsRecord, Offer, dns_records
from core.dns_check import check, questions
from core.dns_finding import Finding
from core.dns_rdata import rdata_of
from probes.dns_wire import Endpoint
from probes.name_servers import NameServers
from probes.resolvers import Resolvers
from tests.probes.dns_world import RESOLVER, DnsWorld, NameServer

DOMAIN: Final = "example.com"
ADDRESS: Final = "192.0.2.10"
KEY: Final = (
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA" + "b3BlbiB0aGUgZG9vciBhbmQgbGV0IHRoZW0gaW4h" * 8 + "8wIDAQAB"
)
DKIM: Final = f"v=DKIM1;k=rsa;t=s;s=email;p={KEY}"
NS1, NS2, ROOT, PTR = "127.0.0.2", "127.0.0.3", "127.0.0.10", "127.0.0.11"

COM: Final = """\
@ IN NS a.root.
example.com. IN NS ns1.dns.test.
example.com. IN NS ns2.dns.test.
"""
NAMES: Final = """\
@ IN NS a.root.
com. IN NS a.root.
a.root. IN A 127.0.0.10
ns1.dns.test. IN A 127.0.0.2
ns2.dns.test. IN A 127.0.0.3
"""


def expected(*, domain: str = DOMAIN, mta_sts: str = "off") -> list[DnsRecord]:
    """The records of a stack with one domain, beside it and in it."""
    wanted = DesiredDomain(
        name=domain,
        server=1,
        dkim_selector="s1",
        max_quota_mib=1,
        quota_mib=1,
        max_mailboxes=1,
        max_aliases=1,
        default_quota_mib=1,
        mta_sts=mta_sts,
    )
    state = DesiredState(
        stack="dev",
        hosts=(Host(number=1, name="mail-host-1", hostname=f"mail.{DOMAIN}"),),
        domains=(wanted,),
        mailboxes=(),
        aliases=(),
        notices=(),
    )
    offer = Offer(sieve=True, lets_encrypt=True)
    return dns_records(state, offer=offer, addresses={1: ADDRESS}, dkim={domain: DKIM})


@dataclass(frozen=True, kw_only=True)
class Lines:
    """The zone as master-file lines, by name and type."""

    lines: tuple[tuple[str, str, str], ...]

    @classmethod
    def right(cls, *, mta_sts: str = "off") -> "Lines":
        """As it should be."""
        rows = [(one.name, one.type, rdata_of(one)) for one in expected(mta_sts=mta_sts) if one.type != "PTR"]
        return cls(lines=tuple(rows))

    def without(self, name: str, kind: str = "") -> "Lines":
        """Take what stands at a name out."""
        return Lines(lines=tuple(one for one in self.lines if not (one[0] == name and kind in {"", one[1]})))

    def with_(self, name: str, kind: str, *data: str) -> "Lines":
        """Put something in."""
        return Lines(lines=(*self.lines, *((name, kind, one) for one in data)))

    def instead(self, name: str, kind: str, *data: str) -> "Lines":
        """Put something in the place of what stands there."""
        return self.without(name, kind).with_(name, kind, *data)

    @property
    def text(self) -> str:
        """As a zone file."""
        servers = "@ IN NS ns1.dns.test.\n@ IN NS ns2.dns.test.\n"
        return servers + "".join(f"{name}. IN {kind} {data}\n" for name, kind, data in self.lines)


@dataclass(frozen=True, kw_only=True)
class Hosted:
    """The world, with example.com in it as it should be."""

    world: DnsWorld

    @property
    def ns1(self) -> NameServer:
        return self.world.server(NS1)

    @property
    def ns2(self) -> NameServer:
        return self.world.server(NS2)

    def zone(self, lines: Lines, *servers: NameServer) -> None:
        """Let servers, both by default, serve the zone with these lines."""
        for server in servers or (self.ns1, self.ns2):
            server.serve(DOMAIN, lines.text)

    def elsewhere(self, name: str, text: str) -> None:
        """Serve a zone of somebody else."""
        self.world.server(ROOT).serve(name, text)

    def reverse(self, *names: str) -> None:
        """Let the address name these."""
        lines = "".join(f"10 IN PTR {name}.\n" for name in names)
        self.world.server(PTR).serve("2.0.192.in-addr.arpa", lines or "11 IN PTR other.example.\n")

    def servers(self, *domains: str, timeout_s: float = 0.3) -> NameServers:
        """What asks, with short waits."""
        resolvers = Resolvers([Endpoint(address=RESOLVER, port=self.world.port)], timeout_s=timeout_s)
        return NameServers(domains or (DOMAIN,), resolvers=resolvers, port=self.world.port, timeout_s=timeout_s)

    def findings(self, records: Sequence[DnsRecord] = ()) -> list[Finding]:
        """Check everything."""
        wanted = records or expected()
        domains = sorted({one.domain for one in wanted if one.domain})
        servers = self.servers(*domains)
        zones = servers.zones(domains)
        servers.prepare(questions(wanted))
        return check(wanted, servers.ask, zones=zones)


def flawed(findings: Iterable[Finding]) -> Iterator[tuple[str, str, str]]:
    """Name, type and fault of all that is not as it should be."""
    for one in findings:
        for flaw in one.flaws:
            yield one.name, one.type, flaw.fault


@contextmanager
def hosted_world() -> Iterator[Hosted]:
    """Start the world."""
    world = DnsWorld()
    world.start()
    try:
        hosted = Hosted(world=world)
        world.server(ROOT).serve(".", NAMES)
        world.server(ROOT).serve("com", COM)
        hosted.zone(Lines.right())
        hosted.reverse(f"mail.{DOMAIN}")
        yield hosted
    finally:
        world.end()
