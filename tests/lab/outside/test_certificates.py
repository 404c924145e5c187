"""Certificates by a real ACME server: got and renewed over DNS, shown on every port; and what is said when not."""

import re
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

import pytest

from lab.services import acme, dns
from tests.lab.outside.conftest import Ours
from tests.lab.outside.limiting_acme import DETAIL, limiting
from tests.lab.service import SAMPLE

pytestmark = pytest.mark.lab

PORTS = {25: "smtp", 465: "", 587: "smtp", 993: "", 995: "", 443: ""}
FIRST_NAMES = {
    *("mail.example.com", "autodiscover.example.com", "autoconfig.example.com"),
    *("mail.startup.io", "autodiscover.startup.io", "autoconfig.startup.io"),
}
OVERRIDE = "/srv/mail/mailcow-dockerized/docker-compose.override.yml"
TAKEN_UP_S = 60


@dataclass(frozen=True)
class Seen:
    """A certificate as openssl shows it."""

    serial: str
    issuer: str
    names: frozenset[str]


def seen(ours: Ours, port: int) -> Seen:
    """What somebody outside sees on a port."""
    starttls = ["-starttls", PORTS[port]] if PORTS[port] else []
    shown = subprocess.run(
        ["openssl", "s_client", "-connect", f"{ours.address}:{port}", "-servername", "mail.example.com", *starttls],
        input="", capture_output=True, text=True, check=False, timeout=30,
    ).stdout  # fmt: skip
    read = subprocess.run(
        ["openssl", "x509", "-noout", "-serial", "-issuer", "-ext", "subjectAltName"],
        input=shown, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    return Seen(
        serial=re.findall(r"serial=(\w+)", read)[0],
        issuer=re.findall(r"issuer=(.*)", read)[0],
        names=frozenset(re.findall(r"DNS:([^,\s]+)", read)),
    )


def seen_everywhere(ours: Ours) -> Seen:
    """What all ports show alike."""
    (only,) = {seen(ours, port) for port in PORTS}
    return only


def names_of(domain: str) -> set[str]:
    return {f"{label}.{domain}" for label in ("mail", "autodiscover", "autoconfig")}


def lead_here(ours: Ours, domain: str, more: str = "") -> None:
    """Serve a zone whose names lead to our host."""
    aliases = "".join(f"{label} IN CNAME mail.example.com.\n" for label in ("autodiscover", "autoconfig"))
    dns.put_zone(ours.world, domain, f"mail IN A {ours.address}\n{aliases}{more}")


def write_list(ours: Ours, *further: str) -> None:
    """Write the list with further domains, whose postmaster is Alice."""
    more = "".join(f"  - name: {domain}\n    postmaster: alice@example.com\n    users: []\n" for domain in further)
    ours.service.stack.write_list(SAMPLE + more)


def mail_works(ours: Ours) -> None:
    alice, carol = ours.user("alice@example.com"), ours.user("carol@startup.io")
    carol.read(alice.send(carol.address))


def acme_looks_again(ours: Ours) -> None:
    """What mailcow's client does by itself once a day."""
    ours.service.on_host("cd /srv/mail/mailcow-dockerized && docker compose restart --timeout 5 acme-mailcow 2>&1")


@pytest.fixture(scope="module")
def certified(in_dns: Ours) -> Generator[Ours]:
    """The service whose records are in DNS, after an `up` that asks for certificates of 29 days."""
    world, service = in_dns.world, in_dns.service
    acme.start(world, days=29)
    service.on_host(
        f"cat >/srv/mail/world-ca.pem <<'PEM'\n{acme.ca_file(world).read_text(encoding='ascii')}PEM\n"
        f"cat >{OVERRIDE} <<'YAML'\n"
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
    service.on_host(f"rm -f {OVERRIDE}")
    write_list(in_dns)
    service.stack.write_config()
    service.up()


@pytest.mark.parametrize("port", PORTS)
def test_after_an_up_each_tls_port_shows_a_certificate_with_all_names(certified: Ours, port: int) -> None:
    shown = seen(certified, port)

    assert "Pebble" in shown.issuer
    assert shown.names == FIRST_NAMES


def test_a_complete_certificate_leaves_nothing_to_do(certified: Ours) -> None:
    assert certified.service.happenings() == []


def test_one_with_less_than_thirty_days_is_renewed_on_every_port(certified: Ours) -> None:
    before = seen_everywhere(certified)
    acme.start(certified.service.stack.world, days=90)

    acme_looks_again(certified)

    deadline = time.monotonic() + TAKEN_UP_S
    while any(seen(certified, port).serial == before.serial for port in PORTS):
        assert time.monotonic() < deadline, {port: seen(certified, port).serial for port in PORTS}
        time.sleep(1)
    after = seen_everywhere(certified)
    assert after.names == before.names


def test_one_with_more_than_thirty_days_is_left_alone(certified: Ours) -> None:
    before = seen_everywhere(certified)

    acme_looks_again(certified)

    deadline = time.monotonic() + TAKEN_UP_S
    while "neither changed nor due" not in certified.service.on_host(
        "docker logs --since 30s $(docker ps --quiet --filter name=acme-mailcow) 2>&1"
    ):
        assert time.monotonic() < deadline
        time.sleep(1)
    assert seen_everywhere(certified) == before


def test_a_further_domain_of_the_list_gets_its_names_in(certified: Ours) -> None:
    lead_here(certified, "third.test")
    write_list(certified, "third.test")

    certified.service.up()

    assert seen_everywhere(certified).names == FIRST_NAMES | names_of("third.test")


@contextmanager
def down(ours: Ours) -> Generator[None]:
    acme.stop(ours.world)
    yield
    acme.start(ours.world)


@contextmanager
def limited(ours: Ours) -> Generator[None]:
    with down(ours), limiting(ours.world):
        yield


@contextmanager
def refusing(ours: Ours) -> Generator[None]:
    acme.start(ours.world, refused=["fourth.test"])
    yield
    acme.start(ours.world)


@contextmanager
def not_in_dns(ours: Ours) -> Generator[None]:
    dns.remove_zone(ours.world, "fourth.test")
    yield
    lead_here(ours, "fourth.test")


@contextmanager
def forbidden(ours: Ours) -> Generator[None]:
    lead_here(ours, "fourth.test", '@ IN CAA 0 issue "other.example"\n')
    yield
    lead_here(ours, "fourth.test")


@pytest.mark.parametrize(
    ("fault", "sentence"),
    [
        (not_in_dns, "no DNS record leads to mail.fourth.test"),
        (forbidden, "a CAA record of fourth.test forbids it"),
        (down, "the certificate authority cannot be reached (Connection refused)"),
        (limited, f"limits how often it is asked ({DETAIL})"),
        (refusing, "the certificate authority refuses (rejectedIdentifier)"),
    ],
    ids=["not in DNS yet", "CAA", "down", "rate limit", "refused"],
)
def test_what_stands_in_the_way_is_said_and_mail_works_on(
    certified: Ours, fault: Callable[[Ours], AbstractContextManager[None]], sentence: str
) -> None:
    before = seen_everywhere(certified)
    write_list(certified, "third.test", "fourth.test")

    with fault(certified):
        said = certified.service.up().output
        mail_works(certified)

    assert "the certificate of mail.example.com is not complete" in said
    assert sentence in said
    assert seen_everywhere(certified) == before


def test_the_next_up_gets_what_was_missing(certified: Ours) -> None:
    write_list(certified, "third.test", "fourth.test")

    said = certified.service.up().output

    assert "is not complete" not in said
    assert seen_everywhere(certified).names == FIRST_NAMES | names_of("third.test") | names_of("fourth.test")
