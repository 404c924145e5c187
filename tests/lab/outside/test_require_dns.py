"""`require_dns: fail`: people of a domain wait until its DNS is right, and nobody and nothing else does."""

from collections.abc import Generator

import pytest

from lab.services import acme, dns
from lab.stack import Run
from tests.lab.outside.certified import FIRST_NAMES, mail_works, names_of, seen_everywhere
from tests.lab.outside.conftest import Ours
from tests.lab.service import SAMPLE

pytestmark = pytest.mark.lab

DOMAIN, EVE, FRANK = "waiting.test", "eve@waiting.test", "frank@startup.io"
NEW = ("frank",)
EMPTY = f"  - name: {DOMAIN}\n    users: []\n    postmaster: alice@example.com\n"


def _again(name: str) -> str:
    """Somebody who, in a world that is kept, was there in the run before."""
    return f"{{name: {name}, reuse_address: true}}"


def _gone(*names: str) -> str:
    return f"    offboarded: [{', '.join(f'{{name: {name}, until: 2026-01-01}}' for name in names)}]\n"


WITH_NEW = SAMPLE.replace("dave]", f"dave, {', '.join(map(_again, NEW))}]")
NEW_PEOPLE = f"{WITH_NEW}  - name: {DOMAIN}\n    users: [{_again('eve')}]\n"


def up(ours: Ours, *, accept: tuple[int, ...] = (0,)) -> Run:
    """An `up` of somebody whose resolver sees the lab's names."""
    return ours.service.up(accept=accept, MAILSTEAD_RESOLVER=ours.world.dns)


@pytest.fixture(scope="module")
def stopped(certified: Ours) -> Generator[Run]:
    """How an `up` ended that met a new domain without records, and somebody new in a domain that has them."""
    stack = certified.service.stack
    stack.write_config(lets_encrypt=True, acme_directory_url=acme.directory_url(certified.world), require_dns="fail")
    stack.write_list(NEW_PEOPLE)
    yield up(certified, accept=(1,))
    stack.write_config()
    # As whoever leaves: closed first, then out of the list, and the domain after its people.
    stack.write_list(f"{SAMPLE}{_gone(*NEW)}{EMPTY}{_gone('eve')}")
    certified.service.up()
    stack.write_list(f"{SAMPLE}{EMPTY}")
    certified.service.up()
    dns.remove_zone(certified.world, DOMAIN)


def test_what_is_missing_is_named_with_the_command_that_says_what_to_do(stopped: Run, certified: Ours) -> None:
    said = " ".join(stopped.output.split())

    assert f"DNS of {DOMAIN} is not as its mail needs it" in said
    assert f"MX {DOMAIN}" in said
    assert f"mailstead dns check {DOMAIN} --stack {certified.service.stack.name}" in said


def test_nobody_of_that_domain_has_a_mailbox_and_everybody_else_does(stopped: Run, certified: Ours) -> None:
    assert stopped.status == 1
    there = certified.service.mailboxes()
    assert EVE not in there
    assert {f"{name}@startup.io" for name in NEW} <= set(there), "who waits for nothing is not held up by who waits"
    mail_works(certified)


def test_the_domain_itself_and_its_key_are_there_so_that_all_its_records_can_be_entered(
    stopped: Run,
    certified: Ours,
) -> None:
    zone = certified.service.stack.mailstead("dns", "zone", DOMAIN, "--stack", certified.service.stack.name).output

    assert f"s1._domainkey.{DOMAIN}" in zone
    assert seen_everywhere(certified).names == FIRST_NAMES, "nothing leads here yet"


def test_once_it_is_right_the_people_come_and_the_certificate_is_asked_for_at_once(
    stopped: Run,
    certified: Ours,
) -> None:
    stack = certified.service.stack
    zone = stack.mailstead("dns", "zone", DOMAIN, "--stack", stack.name).output
    dns.put_zone(certified.world, DOMAIN, zone)

    said = up(certified).output

    assert "is not complete" not in said
    eve = certified.user(EVE)
    eve.read(certified.user(FRANK).send(EVE))
    assert seen_everywhere(certified).names == FIRST_NAMES | names_of(DOMAIN)


def test_a_domain_that_was_right_is_not_asked_again(stopped: Run, certified: Ours) -> None:
    assert certified.service.happenings() == []
