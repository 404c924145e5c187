"""Servers that are lame, silent, stale or broken, each named; and what asking costs."""

import time
from typing import Final

import pytest

from core.dns_finding import Finding, failing, unasked
from probes.dns_wire import Endpoint
from probes.resolvers import Resolvers
from tests.probes.dns_world import Manner
from tests.probes.hosted import ADDRESS, COM, DOMAIN, NAMES, NS1, NS2, Hosted, Lines, expected, flawed

RIGHT: Final = Lines.right()
NS1_NAME: Final = "ns1.dns.test"
MANNERS: Final[list[tuple[Manner, str]]] = [
    ("servfail", "servfail"),
    ("refused", "lame"),
    ("lame", "lame"),
    ("silent", "server-timeout"),
    ("garbled", "server-broken"),
]


def of_zone(findings: list[Finding]) -> list[Finding]:
    return [one for one in findings if one.type == "NS"]


@pytest.mark.parametrize(("manner", "fault"), MANNERS)
def test_one_server_that_fails_is_named_and_the_other_is_believed(hosted: Hosted, manner: Manner, fault: str) -> None:
    hosted.ns1.manner = manner

    findings = hosted.findings()

    (zone,) = of_zone(findings)
    assert [(flaw.fault, flaw.message.split()[0]) for flaw in zone.flaws] == [(fault, NS1_NAME)]
    assert not zone.required
    assert {one.verdict for one in findings if one.type != "NS"} == {"right"}


@pytest.mark.parametrize(("manner", "fault"), MANNERS)
def test_when_no_server_answers_each_is_named(hosted: Hosted, manner: Manner, fault: str) -> None:
    hosted.ns1.manner = hosted.ns2.manner = manner

    findings = hosted.findings()

    (zone,) = of_zone(findings)
    assert [flaw.fault for flaw in zone.flaws] == [fault, fault]
    # Silence may be our own network's; a server that says no says it to the whole world.
    could_not_ask = manner in {"silent", "garbled"}
    assert bool(unasked(findings)) == could_not_ask
    assert bool(failing(findings)) != could_not_ask


@pytest.mark.parametrize(("manner", "fault"), MANNERS)
def test_servers_are_named_although_the_resolver_gives_up_on_them(hosted: Hosted, manner: Manner, fault: str) -> None:
    """A resolver says SERVFAIL when all servers fail it, and that alone helps nobody."""
    hosted.ns1.manner = hosted.ns2.manner = manner
    hosted.world.failing.add(DOMAIN)

    (zone,) = of_zone(hosted.findings())

    assert [flaw.fault for flaw in zone.flaws] == [fault, fault]
    assert NS1_NAME in zone.flaws[0].message


def test_a_domain_that_only_resolvers_fail_on_is_asked_of_its_servers_all_the_same(hosted: Hosted) -> None:
    hosted.world.failing.add(DOMAIN)

    assert {one.verdict for one in hosted.findings() if one.domain} == {"right"}


def test_a_domain_that_nobody_has_registered_is_called_so(hosted: Hosted) -> None:
    hosted.ns1.zones.clear()
    hosted.ns2.zones.clear()
    hosted.elsewhere("com", COM.replace("example.com.", "example2.com."))

    findings = hosted.findings()

    assert {flaw.fault for one in findings if one.domain for flaw in one.flaws} == {"domain-nxdomain"}
    assert failing(findings)


def test_a_resolver_that_does_not_answer_is_blamed_and_nothing_else(hosted: Hosted) -> None:
    hosted.world.resolver_manner = "silent"

    findings = hosted.findings()

    assert {one.verdict for one in findings} == {"unknown"}
    assert {flaw.fault for flaw in of_zone(findings)[0].flaws} == {"resolver-timeout"}
    assert unasked(findings)
    assert not failing(findings)


def test_a_server_without_an_address_is_named(hosted: Hosted) -> None:
    hosted.elsewhere(".", NAMES.replace(f"{NS1_NAME}. IN A {NS1}\n", ""))

    (zone,) = of_zone(hosted.findings())

    assert [flaw.fault for flaw in zone.flaws] == ["server-nameless"]


def test_a_server_that_still_has_the_old_value_is_named_with_it(hosted: Hosted) -> None:
    hosted.zone(RIGHT.instead(DOMAIN, "MX", "10 mx.old.test."), hosted.ns2)

    (mx,) = [one for one in hosted.findings() if one.type == "MX"]

    assert [flaw.fault for flaw in mx.flaws] == ["stale-server"]
    assert "ns2.dns.test still has 10 mx.old.test" in mx.flaws[0].message
    assert mx.verdict == "wrong"


def test_servers_that_differ_and_are_both_right_are_right(hosted: Hosted) -> None:
    hosted.zone(RIGHT.instead(DOMAIN, "TXT", f'"v=spf1 mx ip4:{ADDRESS} -all"', '"site-verification=x"'), hosted.ns2)

    assert list(flawed(hosted.findings())) == []


def test_an_answer_that_is_cut_off_is_asked_for_again_over_tcp(hosted: Hosted) -> None:
    hosted.ns1.manner = hosted.ns2.manner = "cut"

    assert list(flawed(hosted.findings())) == []


def test_an_answer_that_is_cut_off_where_tcp_is_closed_is_called_so(hosted: Hosted) -> None:
    hosted.ns1.manner = hosted.ns2.manner = "no tcp"

    findings = hosted.findings()

    assert {"server-truncated"} == {fault for _, kind, fault in flawed(findings) if kind == "MX"}


def test_a_server_from_before_edns_is_understood(hosted: Hosted) -> None:
    hosted.ns1.manner = hosted.ns2.manner = "no edns"

    assert list(flawed(hosted.findings())) == []


def test_a_part_of_the_zone_that_is_delegated_onwards_is_followed(hosted: Hosted) -> None:
    """Some keep their mail names in a zone of their own."""
    part = RIGHT.without(f"_dmarc.{DOMAIN}").with_(f"_dmarc.{DOMAIN}", "NS", "ns3.dns.test.")
    hosted.zone(part)
    hosted.elsewhere(".", f"{NAMES}ns3.dns.test. IN A 127.0.0.4\n")
    hosted.world.server("127.0.0.4").serve(
        f"_dmarc.{DOMAIN}", f'@ IN NS ns3.dns.test.\n@ IN TXT "v=DMARC1; p=reject; rua=mailto:a@{DOMAIN}"\n'
    )

    assert list(flawed(hosted.findings())) == []


def test_an_alias_in_a_circle_ends(hosted: Hosted) -> None:
    name = f"mail.{DOMAIN}"
    hosted.zone(RIGHT.without(name).with_(name, "CNAME", f"b.{DOMAIN}.").with_(f"b.{DOMAIN}", "CNAME", f"{name}."))

    assert (name, "A", "cname-at-host") in list(flawed(hosted.findings()))


def test_each_question_is_asked_once_of_each_server_and_zones_are_looked_for_once(hosted: Hosted) -> None:
    hosted.findings()

    asked = hosted.world.asked
    # An A and an SPF record may be under one name; a question is a name and a type.
    assert {question: times for question, times in asked.items() if times > 1} == {}
    assert sum(times for (_, _, kind), times in asked.items() if kind in {"NS", "SOA"}) == 4
    wanted = {(one.name, one.type) for one in expected() if one.type != "PTR"}
    assert {(name, kind) for server, name, kind in asked if server == NS2} >= wanted


def test_a_dead_server_costs_seconds_and_not_seconds_a_record(hosted: Hosted) -> None:
    hosted.ns1.manner = "silent"

    begun = time.monotonic()
    hosted.findings()

    assert time.monotonic() - begun < 3
    assert sum(times for (server, _, _), times in hosted.world.asked.items() if server == NS1) == 2


def test_the_resolver_of_the_option_comes_before_that_of_the_environment() -> None:
    env = {"MAILSTEAD_RESOLVER": "192.0.2.2:5353, 192.0.2.3"}

    assert Resolvers.named("192.0.2.1", env)._endpoints == (Endpoint(address="192.0.2.1"),)
    assert Resolvers.named("", env)._endpoints == (
        Endpoint(address="192.0.2.2", port=5353),
        Endpoint(address="192.0.2.3"),
    )
