"""What the program registers for a domain whose mail leaves by a relay."""

from dataclasses import replace
from typing import Any

from core.outbound import Outbound
from core.people import Relay
from tests.resources.users.test_people import STATE, kind, needed_by, registered
from users.way_out import WayOutProvider

RELAY = Relay(host="smtp.relay.test", user="me", password_in="mail/relays/startup.io")
RELAYED = replace(
    STATE,
    domains=tuple(
        replace(one, outbound=Outbound(relay=RELAY)) if one.name == "startup.io" else one for one in STATE.domains
    ),
)


def test_a_relayed_domain_has_a_way_out_on_its_own_host_after_the_domain() -> None:
    found = registered(RELAYED)["WayOut startup.io"]

    assert found.provider == "mail-host-2"
    assert needed_by(found) == {"Domain startup.io"}
    assert not found.options.protect, "to end it takes one line out of the list, and mail leaves directly"


def test_a_domain_that_sends_directly_has_none() -> None:
    assert [name for name, it in registered().items() if kind(it) == "WayOut"] == []
    assert [name for name, it in registered(RELAYED).items() if kind(it) == "WayOut"] == ["WayOut startup.io"]


def test_what_is_registered_is_what_the_provider_reads_and_holds_no_password() -> None:
    inputs: dict[str, Any] = registered(RELAYED)["WayOut startup.io"].inputs

    checked = WayOutProvider().check({}, inputs).inputs

    assert (checked["host"], checked["port"], checked["tls"]) == ("smtp.relay.test", 587, "verify")
    assert {key for key in inputs if "password" in key} <= {"password_in", "password_version"}
