"""`mailstead drift`: what it says, and how it ends."""

import json

import pytest
from typer.testing import CliRunner

from core.errors import HostUnreachableError, MailcowUnavailableError
from ops.cli import app
from tests.ops.drifting import server_of
from tests.ops.existing_server import ExistingServer
from tests.ops.workplace import Operator, state


@pytest.fixture
def here(here: Operator) -> Operator:
    """An operator whose stack has one server."""
    inputs = {
        "host:name": "mail.example.com",
        "host:address": "203.0.113.7",
        "host:stack": "dev",
        "host:api_access": "https",
    }
    urn = "urn:pulumi:dev::mailstead::pulumi:providers:pulumi-python::mail-host-1"
    provider = {"type": "pulumi:providers:pulumi-python", "urn": urn, "inputs": inputs}
    here.scenario(state=state(resources=(provider,)))
    return here


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["drift", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.mark.parametrize(
    "failure",
    [
        MailcowUnavailableError("mailcow on mail.example.com cannot be reached"),
        HostUnreachableError("mailcow on mail.example.com cannot be reached"),
    ],
    ids=["its API", "its host"],
)
def test_a_server_that_is_offline_is_a_failure_and_no_drift(
    here: Operator, monkeypatch: pytest.MonkeyPatch, failure: Exception
) -> None:
    server = ExistingServer()
    server.failure = failure
    monkeypatch.setattr("ops.server_access.mailcow_of", lambda *_, **__: server)

    status, said, complained = run()

    assert (status, said) == (1, "")
    assert "mailcow on mail.example.com cannot be reached" in complained
    assert "Traceback" not in complained


def test_the_command_says_what_differs_and_ends_with_10(here: Operator, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = here.project.inputs().state
    server = server_of(wanted)
    server.has_mailbox("dave@example.com")
    monkeypatch.setattr("ops.server_access.mailcow_of", lambda *_, **__: server)

    status, said, _ = run()

    assert status == 10
    assert "Not in the list, made by hand (1):" in said
    assert json.loads(run("--json")[1])["counts"] == {"unknown": 1}
    del server.mailboxes["dave@example.com"]
    assert run()[0] == 0


def test_a_stack_without_a_server_says_what_makes_one(here: Operator) -> None:
    here.scenario()

    status, _, complained = run()

    assert status == 3
    assert "run: mailstead up --stack dev" in complained
