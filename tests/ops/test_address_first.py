"""`mailstead up --address-first`: as far as the address and no further, and what can be done with it."""

import json
from typing import Any

from typer.testing import CliRunner

from ops.address_first import early_records, needed_for_addresses
from ops.cli import app
from tests.ops.workplace import Operator, state
from tests.probes.hosted import expected

STACK = "urn:pulumi:dev::mailstead::pulumi:pulumi:Stack::mailstead-dev"
OCI = "urn:pulumi:dev::mailstead::mailstead:host:MailFleet$oci:Core"
NETWORK = "urn:pulumi:dev::mailstead::mailstead:network:MailNetwork::mail-network"
PROVIDER = "urn:pulumi:dev::mailstead::pulumi:providers:oci::oci"
VCN, SUBNET = f"{OCI}/vcn:Vcn::mail-vcn", f"{OCI}/subnet:Subnet::mail-subnet"
INSTANCE, IP = f"{OCI}/instance:Instance::mail-host-1-instance", f"{OCI}/publicIp:PublicIp::mail-host-1-ip"
VOLUME = f"{OCI}/volume:Volume::mail-host-1-mail"
MAILBOX = "urn:pulumi:dev::mailstead::pulumi-python:dynamic/mailstead:Mailbox::alice@example.com"


def step(urn: str, *needs: str, parent: str = STACK, op: str = "create") -> dict[str, Any]:
    new = {"inputs": {}, "dependencies": list(needs), "parent": parent, "provider": f"{PROVIDER}::04da6b54"}
    return {"op": op, "urn": urn, "newState": new}


FIRST_RUN = [
    {"op": "create", "urn": STACK, "newState": {}},
    {"op": "create", "urn": PROVIDER, "newState": {"parent": STACK}},
    {"op": "create", "urn": NETWORK, "newState": {"parent": STACK}},
    step(VCN, parent=NETWORK),
    step(SUBNET, VCN, parent=NETWORK),
    step(INSTANCE, SUBNET),
    step(VOLUME),
    step(IP, INSTANCE, SUBNET),
    step(MAILBOX, IP),
]
ADDRESS = {"type": "oci:Core/publicIp:PublicIp", "urn": IP, "outputs": {"ipAddress": "192.0.2.10"}}


def told(steps: list[dict[str, Any]]) -> dict[str, Any]:
    return {"stdout": json.dumps({"steps": steps})}


def run(*more: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["up", "--address-first", "--yes", *more])
    return result.exit_code, result.stdout, result.stderr


def test_what_the_address_needs_is_made_and_nothing_else(here: Operator) -> None:
    here.scenario(preview=told(FIRST_RUN), state=state(resources=(ADDRESS,)))

    status, _, _ = run()

    (call,) = here.calls("up")
    arguments = call.arguments
    targets = [arguments[at + 1] for at, word in enumerate(arguments) if word == "--target"]
    assert status == 0
    assert targets == [STACK, PROVIDER, NETWORK, VCN, SUBNET, INSTANCE, IP]
    assert call.environment["MAILSTEAD_ADDRESS_FIRST"] == "dev"


def test_the_preview_sees_the_whole_program_and_so_does_the_next_update(here: Operator) -> None:
    """One that saw only the machines would say that all people are to be deleted."""
    here.scenario(preview=told(FIRST_RUN), state=state(resources=(ADDRESS,)))

    run()
    CliRunner().invoke(app, ["up", "--yes"])

    assert all("MAILSTEAD_ADDRESS_FIRST" not in call.environment for call in here.calls("preview"))
    assert "MAILSTEAD_ADDRESS_FIRST" not in here.calls("up")[1].environment
    assert "--target" not in here.calls("up")[1].arguments


def test_the_records_that_are_known_by_the_address_are_listed(here: Operator) -> None:
    here.scenario(preview=told(FIRST_RUN), state=state(resources=(ADDRESS,)))

    _, said, _ = run()

    for record in (
        "A    mail.example.com  192.0.2.10",
        "PTR  192.0.2.10        mail.example.com",
        "MX   example.com       10 mail.example.com",
        "TXT  example.com       v=spf1 mx ip4:192.0.2.10 -all",
    ):
        assert record in said
    assert "SRV" not in said
    assert "The DKIM keys of example.com come with the rest." in said
    assert said.splitlines()[-1] == "The address is yours. What is left: mailstead up --stack dev"


def test_an_address_that_is_there_already_changes_nothing_and_its_records_are_listed(here: Operator) -> None:
    there = [{**one, "op": "same"} if one["urn"] != MAILBOX else one for one in FIRST_RUN]
    here.scenario(preview=told(there), state=state(resources=(ADDRESS,)))

    status, said, _ = run()

    assert (status, here.calls("up")) == (0, [])
    assert "MX   example.com" in said


def test_a_second_host_gets_its_address_and_the_first_ones_machine_stays(here: Operator) -> None:
    second = IP.replace("-1-", "-2-")
    there = [{**one, "op": "same"} for one in FIRST_RUN[:-1]]

    assert second in needed_for_addresses({"steps": [*there, step(second, SUBNET)]})
    assert IP not in needed_for_addresses({"steps": [*there, step(second, SUBNET)]})


def test_a_server_that_is_there_already_has_an_address_to_make_nothing_of(here: Operator) -> None:
    file = here.project_folder / "Pulumi.dev.yaml"
    file.write_text(
        "config:\n  mailstead:host: existing\n  mailstead:host_address: 192.0.2.9\n"
        "  mailstead:mail_hostname: mail.example.com\n"
    )

    status, _, complained = run()

    assert status == 3
    assert "the server is there already (host: existing), and so is its address" in complained
    assert here.calls() == []


def test_a_preview_that_fails_stops_it_with_its_reasons(here: Operator) -> None:
    here.scenario(preview={"status": 1, "stderr": "error: no plugin\n"})

    status, _, complained = run()

    assert status == 3
    assert "no plugin" in complained
    assert here.calls("up") == []


def test_an_update_that_fails_says_why_and_lists_no_record(here: Operator) -> None:
    failed = {"severity": "error", "message": "out of host capacity\n"}
    here.scenario(preview=told(FIRST_RUN), change={"status": 1, "events": [failed]})

    status, said, complained = run()

    assert status == 1
    assert "out of host capacity" in complained
    assert "known by now" not in said


def test_options_that_mean_nothing_there_are_refused_and_not_lost(here: Operator) -> None:
    assert run("--refresh")[0] == 3
    assert here.calls() == []


def test_early_records_are_those_that_need_no_key() -> None:
    assert {one.type for one in early_records(expected())} == {"A", "MX", "PTR", "TXT"}
    assert all("DKIM" not in one.value for one in early_records(expected()))
