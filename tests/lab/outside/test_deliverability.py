"""Mail between our domains and somebody else's server, which judges it by what our generated zones say."""

import uuid

import pytest

from lab.outside.foreign import Foreign
from lab.outside.relay import Relay
from lab.services import dns
from tests.lab.outside.conftest import Ours
from tests.lab.outside.verdicts import signers, verdicts

pytestmark = pytest.mark.lab

PEOPLE = ("alice@example.com", "carol@startup.io")
VISITOR = "visitor@elsewhere.test"
ALL_PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}


def mail(sender: str, to: str) -> tuple[str, str]:
    """A mail's unique subject and its text."""
    subject = f"hello {uuid.uuid4()}"
    return subject, f"From: {sender}\nTo: {to}\nSubject: {subject}\n\nFrom {sender} to {to}.\n"


@pytest.mark.parametrize("person", PEOPLE)
def test_mail_from_each_domain_passes_spf_dkim_and_dmarc_elsewhere(in_dns: Ours, foreign: Foreign, person: str) -> None:
    subject = in_dns.user(person).send(VISITOR)

    arrived = foreign.read(subject)

    assert verdicts(arrived) == ALL_PASS
    assert signers(arrived) == {person.partition("@")[2]}


def test_mail_comes_from_the_address_that_the_records_say(in_dns: Ours, foreign: Foreign) -> None:
    arrived = foreign.read(in_dns.user(PEOPLE[0]).send(VISITOR))

    assert f"{in_dns.hostname} [{in_dns.address}]" in str(arrived["Received"])


@pytest.mark.parametrize("person", PEOPLE)
def test_mail_from_elsewhere_reaches_each_domain(in_dns: Ours, foreign: Foreign, person: str) -> None:
    subject, _ = mail(VISITOR, person)

    foreign.send(VISITOR, person, subject)

    assert f"From {VISITOR} to {person}" in in_dns.user(person).read(subject)


def test_mail_from_elsewhere_that_is_not_signed_arrives_by_its_spf(in_dns: Ours, foreign: Foreign) -> None:
    subject, text = mail(VISITOR, PEOPLE[0])

    answer = foreign.submit("mail.example.com", 25, sender=VISITOR, recipients=[PEOPLE[0]], message=text)

    assert answer.accepted, answer
    in_dns.user(PEOPLE[0]).read(subject)


@pytest.mark.parametrize(
    ("envelope", "shown", "to"),
    [
        ("bob@example.com", "bob@example.com", PEOPLE[0]),
        ("carol@startup.io", "carol@startup.io", PEOPLE[0]),
        ("", "postmaster@example.com", PEOPLE[1]),
    ],
    ids=["a neighbour of the same domain", "somebody of our other domain", "a bounce of ours"],
)
def test_a_forged_mail_in_the_name_of_one_of_ours_is_refused(
    in_dns: Ours, foreign: Foreign, envelope: str, shown: str, to: str
) -> None:
    _, text = mail(shown, to)

    answer = foreign.submit("mail.example.com", 25, sender=envelope, recipients=[to], message=text)

    assert answer.stage == "DATA", answer
    assert 500 <= answer.code < 600, answer


def test_a_forged_mail_of_a_domain_that_asks_for_its_rejection_is_refused(
    in_dns: Ours, foreign: Foreign, relay: Relay
) -> None:
    _, text = mail(VISITOR, PEOPLE[0])

    answer = relay.submit("mail.example.com", 25, sender="x@relay.test", recipients=[PEOPLE[0]], message=text)

    assert (answer.stage, answer.code // 100) == ("DATA", 5), answer


def test_the_foreign_server_says_fail_where_our_zone_does_not_stand_for_the_mail(
    in_dns: Ours, foreign: Foreign, relay: Relay
) -> None:
    """Guards the tests above: a foreign server that says pass to everything would show nothing."""
    subject, text = mail(PEOPLE[0], VISITOR)

    relay.submit(foreign.host, 25, sender=PEOPLE[0], recipients=[VISITOR], message=text)

    assert verdicts(foreign.read(subject)) == {"spf": "fail", "dkim": "none", "dmarc": "fail"}


def test_without_its_spf_record_mail_still_passes_dmarc_by_its_signature(in_dns: Ours, foreign: Foreign) -> None:
    whole, world = in_dns.zone("example.com"), in_dns.world
    try:
        dns.put_zone(world, "example.com", "\n".join(line for line in whole.splitlines() if "v=spf1 mx" not in line))

        arrived = foreign.read(in_dns.user(PEOPLE[0]).send(VISITOR))
    finally:
        dns.put_zone(world, "example.com", whole)

    assert verdicts(arrived) == {"spf": "none", "dkim": "pass", "dmarc": "pass"}
