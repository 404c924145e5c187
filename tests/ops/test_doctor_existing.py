"""`mailstead doctor` of a server that is there already: what it needs, and nothing of a cloud."""

from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest
import requests

from core.errors import HostUnreachableError, RefusedError
from ops import doctor_existing
from ops.doctor import examine
from ops.finding import Finding
from tests.fakes import FakeVault
from tests.ops.workplace import Operator
from vault.api import VaultApi

KEY_PATH = "mail/hosts/mail.example.com/api_key"
BY_SSH = """\
config:
  mailstead:host: existing
  mailstead:host_address: 203.0.113.20
  mailstead:mail_hostname: mail.example.com
  mailstead:ssh_user: root
"""
BY_HTTPS = BY_SSH.replace("ssh_user: root", "api_access: https")


class Server:
    """A server that answers both ways, until something else is said."""

    def __init__(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.failure: Exception | None = None

    def ssh(self, address: str, **how: Any) -> str:
        self.asked.append({"address": address, **how})
        if self.failure:
            raise self.failure
        return "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL6iglwuJeWVjPSho9/zRJz9jdMVRBb3eDuWlCSxSyr+"

    @contextmanager
    def https(self, **how: Any) -> Iterator[SimpleNamespace]:
        def get(address: str, **_more: Any) -> None:
            self.asked.append({**how, "get": address})
            if self.failure:
                raise self.failure

        yield SimpleNamespace(get=get)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(doctor_existing, "first_host_key", server.ssh)
    monkeypatch.setattr(doctor_existing, "session_over_tls", server.https)
    return server


@pytest.fixture
def vault(monkeypatch: pytest.MonkeyPatch) -> FakeVault:
    vault = FakeVault()
    monkeypatch.setattr(VaultApi, "from_environment", lambda: vault)
    return vault


def findings(operator: Operator, stack_file: str) -> dict[str, Finding]:
    (operator.project_folder / "Pulumi.dev.yaml").write_text(stack_file)
    return {finding.name: finding for finding in examine(operator.project, operator.env)}


def test_by_ssh_an_agent_is_needed_and_no_cloud(operator: Operator, server: Server, vault: FakeVault) -> None:
    found = findings(operator, BY_SSH)

    assert "Oracle credentials" not in found
    assert found["SSH key"].ok
    assert found["mail server"].ok
    assert server.asked == [{"address": "203.0.113.20", "user": "root", "wait_s": 0}]


def test_by_https_neither_an_agent_nor_a_cloud_is_needed(operator: Operator, server: Server, vault: FakeVault) -> None:
    found = findings(operator, f"{BY_HTTPS}  mailstead:api_connect_to: 10.0.0.5:8443\n")

    assert not {"Oracle credentials", "SSH key"} & set(found)
    assert found["mail server"].ok
    assert server.asked == [{"connect_to": "10.0.0.5:8443", "ca_bundle": "", "get": "https://mail.example.com/"}]


@pytest.mark.parametrize(
    ("stack_file", "failure", "words"),
    [
        (BY_SSH, HostUnreachableError("203.0.113.20 does not answer on port 22"), ("port 22", "host_address")),
        (BY_HTTPS, requests.exceptions.ConnectTimeout(), ("does not answer HTTPS", "api_connect_to")),
        (BY_HTTPS, RefusedError("it has no good certificate"), ("no good certificate", "the certificate there")),
    ],
)
@pytest.mark.usefixtures("vault")
def test_a_server_that_does_not_answer_well_is_named_with_what_to_correct(
    operator: Operator, server: Server, stack_file: str, failure: Exception, words: tuple[str, str]
) -> None:
    server.failure = failure

    finding = findings(operator, stack_file)["mail server"]

    assert not finding.ok
    assert words[0] in finding.found
    assert words[1] in finding.mend


def test_a_key_that_is_not_in_vault_is_put_there_by_the_command_that_is_offered(
    operator: Operator, server: Server, vault: FakeVault
) -> None:
    missing = findings(operator, BY_HTTPS)["API key"]
    vault.create_secret(KEY_PATH, {"key": "planted-key"}, {})
    there = findings(operator, BY_HTTPS)["API key"]

    assert (missing.ok, missing.mend) == (False, "mailstead adopt --stack dev --api-key-stdin <FILE")
    assert there.ok
    assert f"read {KEY_PATH}" not in vault.calls


def test_what_the_stack_file_says_holds_also_while_there_is_no_list_yet(
    operator: Operator, server: Server, vault: FakeVault
) -> None:
    (operator.project_folder / "mail_list.yml").unlink()

    found = findings(operator, BY_HTTPS)

    assert not found["stack file and list"].ok
    assert found["mail server"].ok
    assert "Oracle credentials" not in found
