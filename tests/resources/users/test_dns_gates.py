"""Which domains have a gate, who waits for it, and what it is told to ask for."""

from dataclasses import replace
from typing import Any

import pulumi

from core.dns import Offer
from tests.engine import Engine, Registration
from tests.resources.users.test_people import STATE, kind, needed_by
from users.dns_gates import Gates
from users.provision import People, PeopleArgs

OFFER = Offer(sieve=None, lets_encrypt=False)


class Entered(pulumi.ComponentResource):
    """What enters the records, where the program does."""

    def __init__(self) -> None:
        super().__init__("test:dns:Entered", "entered")
        self.record = pulumi.ProviderResource("pulumi-python", "record", {}, pulumi.ResourceOptions(parent=self))


def program(mode: str, *, publishes: bool) -> None:
    hosts = {
        number: pulumi.ProviderResource("pulumi-python", f"mail-host-{number}", {"host:name": "mail.example.com"})
        for number in (1, 2)
    }
    addresses = {1: pulumi.Output.from_input("192.0.2.10"), 2: pulumi.Output.from_input("192.0.2.20")}
    gates = Gates(mode=mode, offer=OFFER, addresses=addresses)
    args = PeopleArgs(state=STATE, providers=hosts, gates=gates)
    People("people", replace(args, publish=lambda _dkim: [Entered()]) if publishes else args)


def registered(mode: str = "fail", *, publishes: bool = False) -> dict[str, Registration]:
    engine = Engine()
    engine.run(lambda: program(mode, publishes=publishes))
    return {f"{kind(it)} {it.name}": it for it in engine.registered}


def wanted(gate: Registration) -> list[dict[str, Any]]:
    return gate.inputs["records"]


def test_only_domains_with_active_people_have_a_gate() -> None:
    """Who is leaving a domain is not kept from it by that domain's DNS."""
    assert {name for name in registered() if name.startswith("DnsGate")} == {
        "DnsGate example.com",
        "DnsGate startup.io",
    }
    assert [name for name in registered("off") if name.startswith("DnsGate")] == []


def test_mailboxes_and_aliases_wait_for_their_own_domains_gate_and_leavers_do_not() -> None:
    everything = registered()

    waiting = {name: {one for one in needed_by(it) if "DnsGate" in one} for name, it in everything.items()}
    assert {name: gates for name, gates in waiting.items() if gates} == {
        "Mailbox alice@example.com": {"DnsGate example.com"},
        "Mailbox carol@startup.io": {"DnsGate startup.io"},
        "Alias postmaster@example.com": {"DnsGate example.com"},
        "Alias postmaster@startup.io": {"DnsGate startup.io"},
    }


def test_a_gate_depends_on_no_host_so_that_hosts_never_wait_for_dns() -> None:
    gate = registered()["DnsGate example.com"]

    assert gate.provider == ""
    assert not gate.options.protect


def test_a_gate_asks_for_what_is_required_of_its_domain_and_of_its_own_host() -> None:
    everything = registered()

    asked = {(one["type"], one["name"], one["value"]) for one in wanted(everything["DnsGate startup.io"])}
    assert ("MX", "startup.io", "10 mail.startup.io") in asked
    assert ("PTR", "192.0.2.20", "mail2.example.com") in asked
    assert ("A", "mail2.example.com", "192.0.2.20") in asked
    assert ("TXT", "s1._domainkey.startup.io", "v=DKIM1;k=rsa;p=MIIB") in asked
    assert not any("192.0.2.10" in "".join(one) for one in asked)
    assert not any(kind in {"SRV", "CNAME"} for kind, *_ in asked)


def test_a_gate_keeps_no_reasons_so_that_other_words_ask_nobody_again() -> None:
    assert {frozenset(one) for one in wanted(registered()["DnsGate example.com"])} == {
        frozenset({"name", "type", "value", "domain"})
    }


def test_a_gate_comes_after_the_records_that_the_program_itself_enters() -> None:
    """Else the first update would ask for records that come later in the same update, and stop there."""
    gate = registered(publishes=True)["DnsGate example.com"]

    assert "record" in {one.rpartition("::")[2] for one in gate.options.dependencies}
