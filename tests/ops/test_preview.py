"""A preview as a whole: the engine's document, the state, the servers it leads to, and what must never stop it."""

import json
from typing import Any

import pytest

from core.errors import HostUnreachableError, RefusedError
from ops.words import Words
from tests.fakes import FakeVault
from tests.ops.existing_server import ExistingServer
from tests.ops.steps import HOST, mailbox, of_people, step
from tests.ops.workplace import PUBLIC_KEY, Operator, state
from vault.api import VaultApi

BOB = "bob@example.com"
PROVIDER = "pulumi:providers:pulumi-python"
BY_API = {
    "host:name": "mail.example.com",
    "host:address": "203.0.113.7",
    "host:stack": "dev",
    "host:api_access": "https",
}
BY_SSH = {**BY_API, "host:api_access": "ssh", "host:key": PUBLIC_KEY, "host:user": "ubuntu"}
CLOSED = of_people("update", "Mailbox", BOB, old=mailbox(), new=mailbox(active=False, kept_until="2027-01-31"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> ExistingServer:
    """The server that every provider leads to."""
    server = ExistingServer()
    server.has_domain("example.com", tags=("mailstead-dev",))
    server.has_mailbox(BOB, messages=7, bytes_used=2048, tags=("mailstead-dev",))
    monkeypatch.setattr("ops.server_access.mailcow_of", lambda *_, **__: server)
    monkeypatch.setattr(VaultApi, "from_environment", FakeVault)
    return server


def previewed(operator: Operator, *steps: dict[str, Any], provider: dict[str, str] | None = None) -> Words:
    """Preview these steps on a stack that has recorded this provider."""
    urn = f"urn:pulumi:dev::mailstead::{PROVIDER}::{HOST}"
    recorded = ({"type": PROVIDER, "urn": urn, "inputs": provider},) if provider else ()
    document = {"stdout": json.dumps({"steps": list(steps), "changeSummary": {"same": 3}})}
    operator.scenario(state=state(resources=recorded), preview=document)
    return operator.update().preview()


def test_what_is_in_a_mailbox_is_asked_of_the_server_that_the_state_leads_to(
    operator: Operator, server: ExistingServer
) -> None:
    told = previewed(operator, CLOSED, provider=BY_API)

    assert "(2.0 KiB, 7 messages, never logged in)" in told.happenings[0].sentence
    assert server.reads == ["list domains", "list mailboxes example.com"]
    assert operator.agent_record() == []


def test_an_agent_is_there_while_a_server_is_reached_through_ssh(operator: Operator, server: ExistingServer) -> None:
    previewed(operator, CLOSED, provider=BY_SSH)

    assert operator.agent_record() == ["started", "ended 4242"]


def test_without_a_key_for_ssh_the_preview_comes_all_the_same(operator: Operator, server: ExistingServer) -> None:
    del operator.env["MAILSTEAD_SSH_KEY"]
    server.failure = HostUnreachableError("nothing answers")

    told = previewed(operator, CLOSED, provider=BY_SSH)

    assert "mail.example.com is not reachable" in told.happenings[0].sentence


def test_a_server_that_is_only_about_to_be_connected_is_asked_already(
    operator: Operator, server: ExistingServer
) -> None:
    """Else everybody of a server that is taken over would be called new."""
    connecting = step("create", PROVIDER, HOST, new={**BY_API, "host:adopt": "true"})
    new = of_people("create", "Mailbox", BOB, new=mailbox())
    server.has_mailbox(BOB, messages=7, bytes_used=2048)

    told = previewed(operator, new, connecting)

    assert told.happenings[0].sentence.startswith("is taken over as it is, mail and password untouched (2.0 KiB")


def test_a_stack_that_has_no_server_yet_asks_nobody(operator: Operator, server: ExistingServer) -> None:
    told = previewed(operator, of_people("create", "Mailbox", BOB, new=mailbox()))

    assert [happening.sentence for happening in told.happenings] == ["gets a mailbox of 2,048 MiB"]
    assert server.reads == []


def test_an_update_that_would_be_refused_half_way_is_not_begun(operator: Operator, server: ExistingServer) -> None:
    server.has_mailbox(BOB)
    new = of_people("create", "Mailbox", BOB, new=mailbox())
    urn = f"urn:pulumi:dev::mailstead::{PROVIDER}::{HOST}"
    recorded = ({"type": PROVIDER, "urn": urn, "inputs": BY_API},)
    operator.scenario(state=state(resources=recorded), preview={"stdout": json.dumps({"steps": [new]})})

    with pytest.raises(RefusedError, match="marked with ✗"):
        operator.update().run()

    assert operator.calls("up") == []
    assert operator.questions == []
