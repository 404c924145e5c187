"""Certificates by a real ACME server: got and renewed over DNS, shown on every port; and what is said when not."""

import time
from collections.abc import Callable, Generator
from contextlib import AbstractContextManager, contextmanager

import pytest

from core.dns_check_outside import check_policy
from lab.services import acme, dns
from probes.outside import policy_file
from tests.lab.outside.certified import (
    FIRST_NAMES,
    PORTS,
    lead_here,
    mail_works,
    names_of,
    seen,
    seen_everywhere,
)
from tests.lab.outside.conftest import Ours
from tests.lab.outside.limiting_acme import DETAIL, limiting
from tests.lab.service import SAMPLE

pytestmark = pytest.mark.lab

TAKEN_UP_S = 60


def write_list(ours: Ours, *further: str) -> None:
    """Write the list with further domains, whose postmaster is Alice."""
    more = "".join(f"  - name: {domain}\n    postmaster: alice@example.com\n    users: []\n" for domain in further)
    ours.service.stack.write_list(SAMPLE + more)


def acme_looks_again(ours: Ours) -> None:
    """What mailcow's client does by itself once a day."""
    ours.service.on_host("cd /srv/mail/mailcow-dockerized && docker compose restart --timeout 5 acme-mailcow 2>&1")


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


def test_a_policy_that_the_list_asks_for_is_served_by_a_name_that_the_certificate_holds(certified: Ours) -> None:
    domain = "third.test"
    lead_here(certified, domain, "mta-sts IN CNAME mail.example.com.\n")
    further = f"  - name: {domain}\n    postmaster: alice@example.com\n    mta_sts: enforce\n    users: []\n"
    certified.service.stack.write_list(SAMPLE + further)

    certified.service.up()

    authority = str(acme.issuer_file(certified.world))
    found = policy_file(domain, certified.address, port=443, ca_bundle=authority)
    records = Ours.read(certified.service).records
    assert "mode: enforce\n" in found.text, found.trouble
    assert check_policy(domain, found, records).flaws == ()
    assert certified.service.happenings() == []


def test_a_policy_that_the_list_no_longer_asks_for_is_served_no_longer(certified: Ours) -> None:
    write_list(certified, "third.test")

    certified.service.up()

    authority = str(acme.issuer_file(certified.world))
    found = policy_file("third.test", certified.address, port=443, ca_bundle=authority)
    assert found.trouble == "the server answers 404"
