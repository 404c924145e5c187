"""A domain whose mail leaves by a relay: what the list declares is all that there is to do, and all three pass."""

from collections.abc import Generator

import pytest

from lab.outside import relay as relay_server
from lab.outside.foreign import Foreign
from lab.outside.relay import Relay
from lab.outside.server import Login
from lab.services import dns
from tests.lab.outside.conftest import Ours
from tests.lab.outside.verdicts import signers, verdicts

pytestmark = pytest.mark.lab

VISITOR = "visitor@elsewhere.test"
CAROL, ALICE = "carol@startup.io", "alice@example.com"
ALL_PASS = {"spf": "pass", "dkim": "pass", "dmarc": "pass"}
VAULT_PATH = "mail/relays/startup.io"


@pytest.fixture(scope="module")
def customer(relay: Relay) -> Login:
    """Our login at the relay, which may send for startup.io."""
    login = relay.add_login("customer")
    relay.approve(login, "startup.io")
    return login


@pytest.fixture(scope="module")
def relayed(in_dns: Ours, customer: Login) -> Generator[Ours]:
    """The service after `up` with a relay for startup.io, its new zones served; example.com goes direct as before."""
    service = in_dns.service
    service.vault("POST", f"secret/data/{VAULT_PATH}", {"data": {"password": customer.password}})
    # encrypt: no authority has signed the relay's certificate.
    by_relay = (
        f"relay: {{host: {relay_server.HOST}, port: {relay_server.PORT}, user: {customer.user},"
        f" password_in: {VAULT_PATH}, tls: encrypt, spf: '{relay_server.SPF}'}}"
    )
    service.write_list(example_com="users: [alice, bob]", startup_io=f"{by_relay}\nusers: [carol, dave]")
    service.up()
    now = Ours.read(service)
    dns.put_zone(now.world, "startup.io", now.zone("startup.io"))
    yield now
    service.write_list(example_com="users: [alice, bob]", startup_io="users: [carol, dave]")
    service.up()
    dns.put_zone(in_dns.world, "startup.io", in_dns.zone("startup.io"))


def test_mail_of_a_relayed_domain_comes_from_the_relay_and_passes_all_three(relayed: Ours, foreign: Foreign) -> None:
    arrived = foreign.read(relayed.user(CAROL).send(VISITOR))

    assert f"{relay_server.HOST} [" in str(arrived["Received"])
    assert verdicts(arrived) == ALL_PASS
    assert signers(arrived) == {"startup.io"}


def test_mail_of_the_other_domain_goes_directly_as_before(relayed: Ours, foreign: Foreign) -> None:
    arrived = foreign.read(relayed.user(ALICE).send(VISITOR))

    assert f"[{relayed.address}]" in str(arrived["Received"])
    assert verdicts(arrived) == ALL_PASS


def test_mail_that_is_to_one_of_ours_does_not_go_by_the_relay(relayed: Ours, relay: Relay) -> None:
    before = relay.log().count("status=sent")

    relayed.user(ALICE).read(relayed.user(CAROL).send(ALICE))

    assert relay.log().count("status=sent") == before
