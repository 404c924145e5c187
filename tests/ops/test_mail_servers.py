"""The way from a command to the mail servers of its stack: by what the state knows, with an agent only for SSH."""

from typing import Any

import pytest

from core.errors import RefusedError, VaultError
from ops.mail_servers import mail_servers
from tests.fakes import FakeVault
from tests.ops.workplace import PUBLIC_KEY, Operator, state

URN = "urn:pulumi:dev::mailstead::pulumi:providers:pulumi-python::mail-host-1"


def provider(**inputs: str) -> dict[str, Any]:
    """Write the provider resource of a mail host as the state has it."""
    known = {"host:name": "mail.a.example", "host:address": "203.0.113.7", "host:stack": "dev"}
    return {"type": "pulumi:providers:pulumi-python", "urn": URN, "inputs": {**known, **inputs}}


BY_API = provider(**{"host:api_access": "https"})
BY_SSH = provider(**{"host:key": PUBLIC_KEY, "host:user": "ubuntu"})


def exports(operator: Operator, *resources: dict[str, Any]) -> None:
    operator.scenario(state=state(resources=resources))


def test_where_only_the_api_is_open_no_agent_is_needed_and_what_cannot_be_done_is_said(operator: Operator) -> None:
    exports(operator, BY_API)

    with mail_servers(operator.project, operator.env, vault=FakeVault()) as server:
        told = server(1).end_sessions("bob@a.example")

    assert "run there: doveadm kick bob@a.example" in told
    assert operator.agent_record() == []


def test_an_agent_is_there_for_as_long_as_the_host_is_worked_on(operator: Operator) -> None:
    exports(operator, BY_SSH)

    with mail_servers(operator.project, operator.env, vault=FakeVault()):
        assert operator.agent_record() == ["started"]

    assert operator.agent_record() == ["started", "ended 4242"]


def test_a_server_that_the_state_does_not_know_is_refused(operator: Operator) -> None:
    exports(operator, BY_API)

    with (
        mail_servers(operator.project, operator.env, vault=FakeVault()) as server,
        pytest.raises(RefusedError, match="no mail server 2 yet"),
    ):
        server(2)


def test_a_stack_without_a_server_is_refused_with_what_makes_one(operator: Operator) -> None:
    exports(operator)

    with (
        pytest.raises(RefusedError, match="mailstead up --stack dev"),
        mail_servers(operator.project, operator.env, vault=FakeVault()),
    ):
        pass


def test_mailcow_is_called_with_the_key_that_may_write(operator: Operator) -> None:
    exports(operator, BY_API)
    vault = FakeVault()
    vault.create_secret("mail/hosts/mail.a.example/api_key_read_only", {"key": "reads"}, {})

    with (
        mail_servers(operator.project, operator.env, vault=vault) as server,
        pytest.raises(VaultError, match=r"no API key of mail\.a\.example at mail/hosts/mail\.a\.example/api_key;"),
    ):
        server(1).mailcow.get_mailbox("bob@a.example")
