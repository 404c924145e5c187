"""A world of its own for what concerns other people's servers: ours, a foreign one, a relay, and their zones."""

from collections.abc import Generator
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest

from core.dns import DnsRecord
from core.zone_file import zone_file
from lab import stack, takedown, topology
from lab.mail_user import MailUser
from lab.outside import foreign as foreign_server
from lab.outside import relay as relay_server
from lab.outside.foreign import Foreign
from lab.outside.relay import Relay
from lab.services import acme, dns
from lab.stack import LabStack, Run
from lab.world import World
from tests.lab.conftest import KEEP, WORLD, brought_up
from tests.lab.service import SAMPLE, Service

DOMAINS = ("example.com", "startup.io")
_OVERRIDE = "/srv/mail/mailcow-dockerized/docker-compose.override.yml"


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Generator[World]:
    """A world beside that of the stories, whose service comes and goes."""
    name = f"{WORLD}-outside"
    if not KEEP:
        takedown.down(name, say=lambda _: None)
    yield brought_up(name, pytestconfig)
    if not KEEP:
        takedown.down(name, say=lambda _: None)
        stack.forget(topology.CLONE, name)


@dataclass(frozen=True, kw_only=True)
class AddressFirst:
    """What the first run of all, `mailstead up --address-first`, said and left behind.

    Attributes:
        run: How it ended, and what it said.
        types: Type of each resource that the state held afterwards.
    """

    run: Run
    types: tuple[str, ...]


@pytest.fixture(scope="session")
def empty(world: World, project: Path) -> LabStack:
    """A stack with its files, of which nothing has been made."""
    made = LabStack(world=world, project=project, name=world.name)
    made.write_list(SAMPLE)
    made.write_config()
    made.initialise()
    made.prepare_vault()
    return made


@pytest.fixture(scope="session")
def address_first(empty: LabStack) -> AddressFirst:
    """The address alone, before anything else: as who prepares DNS begins."""
    run = empty.mailstead("up", "--address-first", "--yes", "--stack", empty.name)
    resources = empty.export()["deployment"]["resources"]
    return AddressFirst(run=run, types=tuple(str(one["type"]) for one in resources))


@pytest.fixture(scope="session")
def service(empty: LabStack, address_first: AddressFirst) -> Service:
    """The mail service, with people in two domains."""
    service = Service(stack=empty)
    service.up()
    return service


@pytest.fixture(scope="session")
def foreign(world: World) -> Generator[Foreign]:
    """The foreign mail server, in DNS with all that a good one has."""
    started = foreign_server.start(world)
    yield started
    if not KEEP:
        started.stop()


@pytest.fixture(scope="session")
def relay(world: World) -> Generator[Relay]:
    """The relay, in DNS likewise."""
    started = relay_server.start(world)
    yield started
    if not KEEP:
        started.stop()


@dataclass(frozen=True, kw_only=True)
class Ours:
    """The mail service as others see it, with what its stack says, read once.

    Attributes:
        service: The service itself.
        address: Its public address.
        hostname: Its name.
        records: What it asks to be entered in DNS.
    """

    service: Service
    address: str
    hostname: str
    records: tuple[DnsRecord, ...]

    @property
    def world(self) -> World:
        """Where it is."""
        return self.service.stack.world

    def user(self, address: str) -> MailUser:
        """A person with the first password that Vault holds."""
        return MailUser(address=address, password=self.service.stack.first_password(address), host=self.address)

    def zone(self, domain: str) -> str:
        """The zone of a domain exactly as the product generates it."""
        return zone_file(self.records, domain)

    @classmethod
    def read(cls, service: Service) -> Self:
        """Read what the stack says now."""
        outputs = service.stack.outputs()
        records = tuple(DnsRecord(**record) for record in outputs["dns_records"])
        return cls(
            service=service,
            address=str(outputs["public_ips"][0]),
            hostname=str(outputs["mail_hostnames"][0]),
            records=records,
        )


@pytest.fixture(scope="session")
def ours(service: Service) -> Ours:
    """The service as others see it, in no DNS yet."""
    return Ours.read(service)


@pytest.fixture(scope="session")
def in_dns(ours: Ours) -> Ours:
    """The service whose generated zones are served, and whose address has been given its name by the provider."""
    for domain in DOMAINS:
        dns.put_zone(ours.world, domain, ours.zone(domain))
    dns.point(ours.world, {ours.address: ours.hostname})
    return ours


@pytest.fixture(scope="module")
def certified(in_dns: Ours) -> Generator[Ours]:
    """The service whose records are in DNS, after an `up` that asks for certificates of 29 days."""
    world, service = in_dns.world, in_dns.service
    acme.start(world, days=29)
    service.on_host(
        f"cat >/srv/mail/world-ca.pem <<'PEM'\n{acme.ca_file(world).read_text(encoding='ascii')}PEM\n"
        f"cat >{_OVERRIDE} <<'YAML'\n"
        "services:\n"
        "  acme-mailcow:\n"
        "    environment: [SSL_CERT_FILE=/etc/ssl/world-ca.pem]\n"
        "    volumes: ['/srv/mail/world-ca.pem:/etc/ssl/world-ca.pem:ro']\n"
        "YAML\n"
    )
    service.stack.write_config(lets_encrypt=True, acme_directory_url=acme.directory_url(world))
    service.up()
    yield in_dns
    acme.stop(world)
    service.on_host(f"rm -f {_OVERRIDE}")
    service.stack.write_list(SAMPLE)
    service.stack.write_config()
    service.up()
