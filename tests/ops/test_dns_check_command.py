"""`mailstead dns check`, from the stack's recorded records to words, JSON and an exit code."""

import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import partial
from typing import Any

import pytest
from typer.testing import CliRunner

from core.dns import DnsRecord
from core.dns_check_outside import Handshake, PolicyFile
from ops import dns_check, dns_check_command
from ops.cli import app
from ops.dns_check import Check
from probes import outside
from probes.dns_wire import Endpoint
from probes.resolvers import Resolvers
from tests.ops.workplace import Operator, state
from tests.probes.dns_world import RESOLVER
from tests.probes.hosted import ADDRESS, DKIM, DOMAIN, Hosted, Lines, expected, hosted_world

RIGHT = Lines.right()
OURS = "urn:pulumi:dev::mailstead::x$"


@pytest.fixture
def hosted(socket_enabled: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hosted]:
    """example.com as it should be, seen by the command; its certificate too."""
    with hosted_world() as world:
        port = world.world.port
        monkeypatch.setattr(dns_check_command, "Check", partial(Check, port=port))
        monkeypatch.setattr(dns_check, "check_dns", partial(dns_check.check_dns, timeout_s=0.3))
        monkeypatch.setattr(outside, "handshake", lambda name, *_, **__: Handshake(name=name))
        yield world


def exporting(records: list[DnsRecord]) -> dict[str, Any]:
    """State of a stack that has exported these."""
    outputs = {"dns_records": [asdict(one) for one in records]}
    return state(resources=({"type": "pulumi:pulumi:Stack", "urn": "urn:a::b::c::d", "outputs": outputs},))


def broken_off() -> dict[str, Any]:
    """State of a stack whose first update stopped at the gate: an address and a key, and no outputs."""
    made = {
        "oci:Core/publicIp:PublicIp::mail-host-1-ip": {"ipAddress": ADDRESS},
        f"pulumi-python:dynamic/mailstead:Domain::{DOMAIN}": {},
        f"pulumi-python:dynamic/mailstead:DkimKey::{DOMAIN}": {"dns_text": DKIM},
    }
    return state(
        resources=tuple(
            {"type": name.rpartition("::")[0], "urn": f"{OURS}{name}", "outputs": outputs}
            for name, outputs in made.items()
        )
    )


def run(hosted: Hosted, *arguments: str) -> tuple[int, str, str]:
    resolver = ("--resolver", f"{RESOLVER}:{hosted.world.port}")
    result = CliRunner().invoke(app, ["dns", "check", *arguments, *resolver])
    return result.exit_code, result.stdout, result.stderr


def test_what_is_right_is_said_and_ends_with_nothing_to_do(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))

    status, said, _ = run(hosted)

    assert status == 0
    assert said.splitlines()[-1] == "Everything required is right."
    assert "\x1b" not in said


def test_what_is_wrong_is_said_with_both_values_and_what_to_do(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))
    hosted.zone(RIGHT.instead(DOMAIN, "MX", "10 mx.old.test."))

    status, said, _ = run(hosted, DOMAIN)

    assert status == 10
    lines = said.splitlines()
    (at,) = [number for number, line in enumerate(lines) if line.startswith("WRONG")]
    assert [line.strip() for line in lines[at + 1 : at + 5]] == [
        "mail goes to mx.old.test",
        "→ enter MX example.com 10 mail.example.com instead of 10 mx.old.test",
        "expected: 10 mail.example.com",
        "found:    10 mx.old.test",
    ]
    assert "1 required wrong or missing" in lines[-1]


def test_what_is_only_recommended_is_said_and_fails_nothing(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))
    hosted.zone(RIGHT.without(f"autoconfig.{DOMAIN}"))

    status, said, _ = run(hosted)

    assert status == 0
    assert "missing  CNAME  autoconfig.example.com" in said
    assert said.splitlines()[-1].endswith("1 recommended or weak could be better.")


def test_what_could_not_be_asked_is_no_verdict_on_the_records(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))
    hosted.ns1.manner = hosted.ns2.manner = "silent"

    status, said, _ = run(hosted)

    assert status == 1
    assert "ns1.dns.test does not answer" in said


def test_machines_get_each_record_with_its_verdict_values_and_flaws(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))
    hosted.zone(RIGHT.instead(DOMAIN, "TXT", '"v=spf1 -all"'))

    status, said, _ = run(hosted, "--json")

    (spf,) = [one for one in json.loads(said) if one["name"] == DOMAIN and one["type"] == "TXT"]
    assert status == 10
    assert (spf["verdict"], spf["found"], spf["required"]) == ("wrong", ["v=spf1 -all"], True)
    assert [flaw["fault"] for flaw in spf["flaws"]] == ["spf-not-us"]
    assert spf["flaws"][0]["to_do"]


def test_after_an_update_that_stopped_at_the_gate_the_records_are_known_all_the_same(
    here: Operator, hosted: Hosted
) -> None:
    """The gate names this command; without outputs it would have said that nothing is known yet."""
    here.scenario(state=broken_off())

    status, said, _ = run(hosted, "--json")

    found = {(one["type"], one["name"]): one for one in json.loads(said)}
    assert status == 0
    assert found["TXT", f"s1._domainkey.{DOMAIN}"]["expected"] == DKIM
    assert found["PTR", ADDRESS]["verdict"] == "right"
    assert f"s1._domainkey.{DOMAIN}" in CliRunner().invoke(app, ["dns"]).stdout


def test_a_domain_of_another_stack_is_refused_with_those_of_this_one(here: Operator, hosted: Hosted) -> None:
    here.scenario(state=exporting(expected()))

    status, _, complained = run(hosted, "exmaple.com")

    assert status == 3
    assert "did you mean example.com?" in complained


def test_a_resolver_that_is_no_address_is_refused(here: Operator) -> None:
    result = CliRunner().invoke(app, ["dns", "check", "--resolver", "1.2.3"])

    assert result.exit_code == 2
    assert "--resolver: 1.2.3 is no IP address" in result.stderr


def test_who_waits_is_told_how_far_it_is_until_it_is_right(hosted: Hosted, monkeypatch: pytest.MonkeyPatch) -> None:
    hosted.zone(RIGHT.without(DOMAIN, "MX"))
    now, told = [0.0], list[float]()

    def sleep(seconds: float) -> None:
        now[0] += seconds
        if now[0] >= 60:
            hosted.zone(RIGHT)

    resolvers = Resolvers([Endpoint(address=RESOLVER, port=hosted.world.port)])
    check = Check(
        records=expected(),
        among=expected(),
        resolvers=resolvers,
        port=hosted.world.port,
        sleep=sleep,
        clock=lambda: now[0],
    )

    findings = check.when_green(10, lambda _findings, left: told.append(left))

    assert {one.verdict for one in findings} == {"right"}
    assert told == [600, 580, 560]


def test_who_waits_in_vain_gets_the_last_findings(hosted: Hosted) -> None:
    hosted.zone(RIGHT.without(DOMAIN, "MX"))
    now = [0.0]
    resolvers = Resolvers([Endpoint(address=RESOLVER, port=hosted.world.port)])
    check = Check(
        records=expected(),
        among=expected(),
        resolvers=resolvers,
        port=hosted.world.port,
        sleep=lambda seconds: now.__setitem__(0, now[0] + seconds),
        clock=lambda: now[0],
    )

    findings = check.when_green(1, lambda *_: None)

    assert now[0] == 60
    assert "missing" in {one.verdict for one in findings}


@pytest.mark.parametrize(("lets_encrypt", "status"), [("true", 10), ("false", 0)])
def test_a_certificate_that_is_not_trusted_counts_where_it_is_meant_to_be(
    here: Operator, hosted: Hosted, monkeypatch: pytest.MonkeyPatch, lets_encrypt: str, status: int
) -> None:
    here.scenario(state=exporting(expected()))
    file = here.project_folder / "Pulumi.dev.yaml"
    file.write_text(f"{file.read_text()}  mailstead:lets_encrypt: {lets_encrypt}\n")
    monkeypatch.setattr(
        outside, "handshake", lambda name, *_, **__: Handshake(name=name, trouble="self-signed certificate")
    )

    found, said, _ = run(hosted)

    assert found == status
    assert "a mail program would warn or refuse: self-signed certificate" in said


def test_a_policy_file_that_does_not_allow_our_mx_is_named(
    here: Operator, hosted: Hosted, monkeypatch: pytest.MonkeyPatch
) -> None:
    sts = DnsRecord(
        name=f"_mta-sts.{DOMAIN}", type="TXT", value="v=STSv1; id=7", reason="", required=False, domain=DOMAIN
    )
    here.scenario(state=exporting([*expected(), sts]))
    hosted.zone(RIGHT.with_(sts.name, "TXT", '"v=STSv1; id=7;"'))
    policy = "version: STSv1\nmode: enforce\nmx: *.old.test\nmax_age: 86400\n"
    monkeypatch.setattr(outside, "policy_file", lambda *_, **__: PolicyFile(text=policy))

    status, said, _ = run(hosted)

    assert status == 10
    assert "it does not allow mail.example.com, and senders that heed it deliver nothing" in said
