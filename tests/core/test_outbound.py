"""How a domain's mail leaves follows from the list, then from the stack's configuration."""

import pytest

from core.desired import DesiredDomain
from core.desired_state import desired_state
from core.errors import InputError
from core.mail_list import parse_mail_list
from core.people import Relay
from core.settings import parse_settings
from tests.core.samples import raw_values

STACK_RELAY = {"outbound": "relay", "relay_host": "smtp.stack.example", "relay_spf": "include:spf.stack.example"}


def domain(more: str = "", **config: str) -> DesiredDomain:
    text = f"domains:\n  - name: example.com\n    users: [alice]\n{more}"
    mail_list = parse_mail_list(text, file="mail_list.yml")
    stack = parse_settings(raw_values(**config), stack_file="Pulumi.test.yaml", text="")
    state = desired_state(stack, mail_list, stack="test", mail_list_file="mail_list.yml")
    return state.domains[0]


def test_mail_leaves_directly_when_nobody_says_otherwise() -> None:
    assert domain().outbound.kind == "direct"


def test_the_stacks_relay_serves_every_domain_that_says_nothing() -> None:
    relay = domain(**STACK_RELAY).outbound.relay

    assert relay == Relay(host="smtp.stack.example", spf="include:spf.stack.example")


def test_a_domains_own_relay_counts_more_than_the_stacks() -> None:
    relay = domain("    relay: {host: smtp.own.example, tls: encrypt}\n", **STACK_RELAY).outbound.relay

    assert relay == Relay(host="smtp.own.example", tls="encrypt")


def test_a_domain_may_leave_directly_though_the_stack_has_a_relay() -> None:
    assert domain("    outbound: direct\n", **STACK_RELAY).outbound.kind == "direct"


def test_a_domain_may_use_the_stacks_relay_though_the_others_do_not() -> None:
    config = {**STACK_RELAY, "outbound": "direct"}

    assert domain(**config).outbound.kind == "direct"
    assert domain("    outbound: relay\n", **config).outbound.kind == "relay"


@pytest.mark.parametrize(
    ("more", "config", "said"),
    [
        ("    outbound: relay\n", {}, "outbound: relay of example.com needs a relay"),
        ("    outbound: direct\n    relay: {host: a.example}\n", {}, "contradicts its relay"),
        ("    relay: {host: a.example, port: 465}\n", {}, "465 speaks TLS from the first byte"),
        ("    relay: {host: a.example, spf: v=spf1}\n", {}, "is no part of an SPF record"),
        ("    relay: {host: a.example, tls: may}\n", {}, "is not known here"),
        ("", {"outbound": "relay"}, "outbound relay needs a relay; write relay_host"),
        ("", {"relay_host": "smtp.a.example", "relay_port": "465"}, "465 speaks TLS from the first byte"),
        ("", {"relay_host": "smtp.a.example", "relay_user": "us"}, "relay_user and relay_password_in go together"),
        ("", {"relay_spf": "include:a.example"}, "say nothing without a relay"),
    ],
)
def test_what_contradicts_itself_is_said_with_what_to_write(more: str, config: dict[str, str], said: str) -> None:
    with pytest.raises(InputError, match=said):
        domain(more, **config)


def test_a_password_written_in_the_place_of_its_path_is_not_shown() -> None:
    with pytest.raises(InputError) as wrong:
        domain(relay_host="smtp.a.example", relay_user="us", relay_password_in="hunter2hunter2")

    assert "hunter2" not in str(wrong.value)
    assert "relay_password_in is no path below mail/relays/" in str(wrong.value)


def test_two_domains_that_share_a_relay_agree_on_how_safe_its_line_is() -> None:
    text = (
        "domains:\n"
        "  - {name: example.com, users: [alice], relay: {host: smtp.relay.example, tls: encrypt}}\n"
        "  - {name: startup.io, users: [carol], relay: {host: smtp.relay.example}}\n"
    )
    stack = parse_settings(raw_values(), stack_file="Pulumi.test.yaml", text="")

    with pytest.raises(InputError, match=r"mail_list.yml:3: tls of the relay .* is verify for startup.io and encrypt"):
        desired_state(stack, parse_mail_list(text, file="mail_list.yml"), stack="test", mail_list_file="mail_list.yml")
