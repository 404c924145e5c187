"""`mailstead dns`, and what `up` says of DNS."""

import json

from typer.testing import CliRunner

from ops.cli import app
from ops.dns_command import dns_app
from tests.ops.workplace import Operator, state


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def outputs_event(before: list[dict[str, object]], after: list[dict[str, object]]) -> dict[str, object]:
    """The engine's word on the stack's outputs."""
    sides = {"old": {"outputs": {"dns_records": before}}, "new": {"outputs": {"dns_records": after}}}
    return {"resOutputsEvent": {"metadata": {"urn": "urn:a::b::c::d", "type": "pulumi:pulumi:Stack", **sides}}}


RECORD: dict[str, object] = {
    "name": "example.com",
    "type": "MX",
    "value": "10 mail.example.com",
    "reason": "other servers find where to deliver",
    "required": True,
    "domain": "example.com",
}


def test_an_update_speaks_of_dns_only_when_records_have_changed(here: Operator) -> None:
    here.scenario(change={"log": [outputs_event([], [RECORD])]})
    assert "DNS records have changed (1 to enter): mailstead dns --stack dev" in run("up", "--yes")[1]

    here.scenario(change={"log": [outputs_event([RECORD], [{**RECORD, "value": "20 mail.example.com"}])]})
    assert "(1 to enter, 1 to take out)" in run("up", "--yes")[1]

    here.scenario(change={"log": [outputs_event([RECORD], [{**RECORD, "reason": "said in other words"}])]})
    assert run("up", "--yes")[1].splitlines()[-1] == "Done."


def test_dns_records_are_listed_required_ones_first_and_whole(here: Operator) -> None:
    long = {**RECORD, "type": "TXT", "value": f"v=DKIM1;p={'A' * 400}", "required": False}
    here.scenario(state=state(resources=({"type": "pulumi:pulumi:Stack", "outputs": {"dns_records": [long, RECORD]}},)))

    status, said, _ = run("dns")

    assert status == 0
    assert "required  MX   example.com  10 mail.example.com\n          other servers find where to deliver\n" in said
    assert "A" * 400 in said
    assert said.index("MX") < said.index("TXT")
    assert json.loads(run("dns", "--json")[1])[0] == RECORD


def test_dns_of_a_stack_that_was_never_made_says_when_records_are_known(here: Operator) -> None:
    status, _, complained = run("dns")

    assert status == 3
    assert "they are known after: mailstead up --stack dev" in complained


def test_options_before_a_command_of_the_group_are_refused_and_not_lost(here: Operator) -> None:
    """The other stack's records would be shown, and nothing would say so."""

    @dns_app.command("planted")
    def planted() -> None:
        """Do nothing."""

    try:
        status, _, complained = run("dns", "--stack", "prod", "planted")
    finally:
        dns_app.registered_commands.pop()

    assert status == 2
    assert "mailstead dns planted" in complained


def test_records_of_a_stack_from_before_domains_were_recorded_are_still_listed(here: Operator) -> None:
    old = {key: value for key, value in RECORD.items() if key != "domain"}
    here.scenario(state=state(resources=({"type": "pulumi:pulumi:Stack", "outputs": {"dns_records": [old]}},)))

    assert json.loads(run("dns", "--json")[1]) == [{**RECORD, "domain": ""}]
