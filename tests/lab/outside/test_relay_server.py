"""The relay stands for a provider's: it takes only the right login, over TLS, with a sender approved for it."""

import pytest

from lab.outside import relay as relay_server
from lab.outside.foreign import Foreign
from lab.outside.relay import Relay
from lab.outside.server import Login
from tests.lab.outside.verdicts import verdicts

pytestmark = pytest.mark.lab

VISITOR = "visitor@elsewhere.test"
APPROVED, OTHER = "carol@approved.test", "alice@other.test"


@pytest.fixture(scope="module")
def customer(relay: Relay) -> Login:
    login = relay.add_login("somebody")
    relay.approve(login, "approved.test")
    return login


def said(
    relay: Relay, login: Login | None, *, sender: str = APPROVED, tls: str = "starttls", subject: str = "by hand"
) -> tuple[str, int]:
    """Where the relay stopped the mail, and with which code."""
    text = f"From: {sender}\nTo: {VISITOR}\nSubject: {subject}\n\nby hand\n"
    answer = relay.submit(
        relay_server.HOST, relay_server.PORT, sender=sender, recipients=[VISITOR], message=text, tls=tls, login=login
    )
    return answer.stage, answer.code


def test_it_sends_on_what_a_customer_writes(relay: Relay, customer: Login, foreign: Foreign) -> None:
    assert said(relay, customer, subject="sent on") == ("accepted", 250)

    assert verdicts(foreign.read("sent on"))["dkim"] == "none"


def test_it_refuses_a_wrong_password(relay: Relay, customer: Login) -> None:
    assert said(relay, Login(user=customer.user, password="wrong")) == ("AUTH", 535)


def test_it_refuses_a_sender_that_was_not_approved(relay: Relay, customer: Login) -> None:
    assert said(relay, customer, sender=OTHER) == ("RCPT", 553)


def test_it_refuses_who_does_not_log_in(relay: Relay) -> None:
    assert said(relay, None) == ("RCPT", 554)


def test_it_refuses_who_speaks_in_clear(relay: Relay) -> None:
    assert said(relay, None, tls="") == ("MAIL", 530)


def test_on_demand_it_offers_no_tls(relay: Relay, customer: Login) -> None:
    with relay.without_tls():
        assert said(relay, customer) == ("STARTTLS", 0)

    assert said(relay, customer) == ("accepted", 250)
