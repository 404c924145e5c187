"""The gate before a domain's people: asked when it has to be, quiet when it is green, and never in a preview."""

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from core.dns_check_scope import required_of
from core.errors import RefusedError
from probes.dns_wire import Endpoint
from probes.live_dns import check_dns
from probes.resolvers import Resolvers
from tests.probes.dns_world import RESOLVER
from tests.probes.hosted import DOMAIN, Hosted, Lines, expected, hosted_world
from tests.resources.users.wire import Life
from users import dns_gate
from users.dns_gate import DnsGateProvider

RIGHT = Lines.right()
NO_MX = RIGHT.without(DOMAIN, "MX")


@pytest.fixture
def hosted(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """example.com as it should be, and a gate that asks there."""
    with hosted_world() as world:
        port = world.world.port
        monkeypatch.setenv("MAILSTEAD_RESOLVER", f"{RESOLVER}:{port}")
        monkeypatch.setattr(dns_gate, "check_dns", partial(check_dns, port=port, timeout_s=0.3))
        yield world


def wanted(mode: str = "fail", *, without: str = "") -> dict[str, Any]:
    """Inputs of the gate of example.com."""
    records = [
        {key: getattr(one, key) for key in ("name", "type", "value", "domain")}
        for one in required_of(expected(), DOMAIN)
        if one.type != without
    ]
    return {"domain": DOMAIN, "stack": "dev", "mode": mode, "records": records}


def gate() -> Life:
    return Life(DnsGateProvider())


def test_a_green_gate_stays_quiet(hosted: Hosted) -> None:
    """The second update of a stack that is as it should be changes nothing and asks nothing."""
    life = gate()
    assert life.up(wanted()) == "create"
    asked = sum(hosted.world.asked.values())

    assert life.up(wanted()) == "same"
    assert life.refresh() == "same"
    assert life.outputs["green"] is True
    assert sum(hosted.world.asked.values()) == asked


def test_a_green_gate_is_asked_again_when_other_records_are_expected(hosted: Hosted) -> None:
    life = gate()
    life.up(wanted(without="PTR"))

    assert life.up(wanted()) == "update"
    assert life.up(wanted()) == "same"


def test_a_gate_that_fails_names_what_is_not_right_and_the_command_that_tells_more(hosted: Hosted) -> None:
    hosted.zone(NO_MX.instead(f"mail.{DOMAIN}", "A", "198.51.100.7"))
    life = gate()

    with pytest.raises(RefusedError) as refused:
        life.up(wanted())

    said = str(refused.value)
    assert f"MX {DOMAIN} is missing" in said
    assert f"A mail.{DOMAIN} is wrong" in said
    assert said.endswith("mailstead dns check example.com --stack dev")
    assert life.id is None


def test_a_gate_that_failed_opens_when_the_records_are_there(hosted: Hosted) -> None:
    hosted.zone(NO_MX)
    life = gate()
    with pytest.raises(RefusedError):
        life.up(wanted())
    hosted.zone(RIGHT)

    assert life.up(wanted()) == "create"
    assert life.up(wanted()) == "same"


def test_a_gate_that_only_warns_says_it_and_is_asked_again_by_the_next_update(hosted: Hosted, said: list[str]) -> None:
    hosted.zone(NO_MX)
    life = gate()

    assert life.up(wanted("warn")) == "create"
    assert f"MX {DOMAIN} is missing" in said[0]
    assert life.up(wanted("warn")) == "update"
    hosted.zone(RIGHT)
    assert life.up(wanted("warn")) == "update"
    assert life.up(wanted("warn")) == "same"
    assert len(said) == 2


def test_what_could_not_be_asked_is_not_taken_for_right(hosted: Hosted) -> None:
    hosted.ns1.manner = hosted.ns2.manner = "silent"

    with pytest.raises(RefusedError, match="could not be asked"):
        gate().up(wanted())


def test_records_that_are_only_recommended_stop_nobody(hosted: Hosted) -> None:
    hosted.zone(RIGHT.without(f"autoconfig.{DOMAIN}").without(f"_imaps._tcp.{DOMAIN}"))

    assert gate().up(wanted()) == "create"


def test_working_out_changes_asks_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    """A preview in a pipeline has no way to name servers, and must not need one."""

    def nobody(*_: object, **__: object) -> None:
        raise AssertionError("a name server was asked")

    monkeypatch.setattr(dns_gate, "check_dns", nobody)
    life = gate()
    life.id, life.outputs = "gate", {**wanted(), "green": False}

    life.check(wanted())
    assert life.diff(wanted()).changes
    life.refresh()
    life.delete()


def test_a_resolver_that_is_none_is_said_before_anybody_is_asked() -> None:
    with pytest.raises(Exception, match="MAILSTEAD_RESOLVER"):
        Resolvers.named("", {"MAILSTEAD_RESOLVER": "not an address"})
    assert Resolvers.named("", {"MAILSTEAD_RESOLVER": "192.0.2.1"})._endpoints == (Endpoint(address="192.0.2.1"),)
