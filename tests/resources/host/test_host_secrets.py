"""A mail server's own secrets on their way into Vault, and never into the state."""

import json
import logging
from typing import Any, Self

import pytest

from core.errors import RefusedError, VaultError
from mailcow.host_secrets import HostSecretsProvider
from ssh.client import HostAddress, RunResult
from tests.fakes import FakeVault
from tests.resources.host.wire import over_the_wire

ADMIN, KEY, KEY_RO = "Planted.Admin-2", "PLANTED-KEY-RW", "PLANTED-KEY-RO"
PATH = "mail/hosts/mail.a.example"


class Server:
    """A mail server's file and marker, read by SSH."""

    def __init__(self) -> None:
        self.values = {"API_KEY": KEY, "API_KEY_READ_ONLY": KEY_RO, "ADMIN_PASSWORD": ADMIN}
        self.replaced = False
        self.commands: list[str] = []

    def __call__(self, host: HostAddress) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        pass

    def run(self, command: str, *, timeout_s: float, check: bool = True) -> RunResult:
        self.commands.append(command)
        if command.startswith("sudo cat"):
            text = "".join(f"{key}={value}\n" for key, value in self.values.items())
            return RunResult(status=0, stdout=text.encode(), stderr=b"")
        return RunResult(status=0 if self.replaced else 1, stdout=b"", stderr=b"")


@pytest.fixture
def vault() -> FakeVault:
    return FakeVault()


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def provider(vault: FakeVault, server: Server) -> HostSecretsProvider:
    """Work with both."""
    provider: Any = HostSecretsProvider()
    provider.open_vault = lambda: vault
    provider.open_ssh = server
    return provider


def props(**changes: Any) -> dict[str, Any]:
    given = {
        "instance_id": "ocid1.instance.1",
        "address": "10.0.0.1",
        "user": "ubuntu",
        "host_key": "ssh-ed25519 AAAA",
        "hostname": "mail.a.example",
        "secrets_file": "/srv/mail/mailstead/secrets.env",
        "marker_file": "/srv/mail/mailstead/admin-password-replaced",
        "configured": "configured",
    }
    return over_the_wire({**given, **changes})


def test_all_three_secrets_come_into_vault(provider: HostSecretsProvider, vault: FakeVault, server: Server) -> None:
    provider.create(props())

    assert vault.read(f"{PATH}/admin") == {"username": "admin", "password": ADMIN}
    assert vault.read(f"{PATH}/api_key") == {"key": KEY}
    assert vault.read(f"{PATH}/api_key_read_only") == {"key": KEY_RO}
    assert server.commands[0] == "sudo cat /srv/mail/mailstead/secrets.env"


def test_the_state_and_the_log_hold_paths_and_versions_and_no_value(
    provider: HostSecretsProvider, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)

    outs = provider.create(props()).outs or {}

    assert outs["api_key_path"] == f"{PATH}/api_key"
    assert outs["versions"] == {"admin": 1, "api_key": 1, "api_key_read_only": 1}
    shown = json.dumps(outs) + caplog.text + "".join(capsys.readouterr())
    assert not any(secret in shown for secret in (ADMIN, KEY, KEY_RO))


def test_what_the_server_has_otherwise_becomes_a_new_version(
    provider: HostSecretsProvider, vault: FakeVault, server: Server
) -> None:
    provider.create(props())
    server.values["API_KEY"] = "PLANTED-KEY-2"

    outs = provider.update("mail.a.example", props(), props(configured="again")).outs or {}

    assert vault.read(f"{PATH}/api_key") == {"key": "PLANTED-KEY-2"}
    assert outs["versions"] == {"admin": 1, "api_key": 2, "api_key_read_only": 1}


def test_an_admin_password_that_was_set_and_taken_out_of_the_file_stays_as_vault_has_it(
    provider: HostSecretsProvider, vault: FakeVault, server: Server
) -> None:
    provider.create(props())
    del server.values["ADMIN_PASSWORD"]
    server.replaced = True

    provider.update("mail.a.example", props(), props(configured="again"))

    assert vault.read(f"{PATH}/admin") == {"username": "admin", "password": ADMIN}


def test_an_admin_password_that_nobody_has_is_refused_with_how_to_set_a_new_one(
    provider: HostSecretsProvider, server: Server
) -> None:
    del server.values["ADMIN_PASSWORD"]
    server.replaced = True

    with pytest.raises(RefusedError, match=r"mailcow-reset-admin\.sh.*vault kv put -mount=secret mail/hosts"):
        provider.create(props())


def test_an_admin_password_that_is_deleted_in_vault_can_be_brought_back(
    provider: HostSecretsProvider, vault: FakeVault, server: Server
) -> None:
    provider.create(props())
    vault.soft_delete(f"{PATH}/admin")
    del server.values["ADMIN_PASSWORD"]
    server.replaced = True

    with pytest.raises(RefusedError, match="vault kv undelete -mount=secret -versions=1"):
        provider.create(props())


def test_a_file_without_keys_is_refused_before_anything_is_written(
    provider: HostSecretsProvider, vault: FakeVault, server: Server
) -> None:
    server.values = {"ADMIN_PASSWORD": ADMIN}

    with pytest.raises(RefusedError, match="has no API_KEY, API_KEY_READ_ONLY") as caught:
        provider.create(props())

    assert vault.secrets == {}
    assert ADMIN not in str(caught.value)


def test_a_refresh_reads_no_value_and_shows_no_drift(provider: HostSecretsProvider, vault: FakeVault) -> None:
    outs = over_the_wire(provider.create(props()).outs or {})
    vault.calls.clear()

    read = provider.read("mail.a.example", outs)

    assert {call.split()[0] for call in vault.calls} == {"metadata"}
    assert read.inputs == props()
    assert provider.diff("mail.a.example", over_the_wire(read.outs or {}), props()).changes is False


def test_a_secret_that_is_gone_from_vault_makes_the_resource_gone(
    provider: HostSecretsProvider, vault: FakeVault
) -> None:
    outs = over_the_wire(provider.create(props()).outs or {})
    vault.soft_delete(f"{PATH}/api_key")

    read = provider.read("mail.a.example", outs)

    assert (read.id, read.outs) == (None, {})


def test_a_vault_that_does_not_answer_is_not_taken_for_an_empty_one(
    provider: HostSecretsProvider, vault: FakeVault
) -> None:
    outs = over_the_wire(provider.create(props()).outs or {})
    vault.failure = VaultError("Vault is sealed; unseal it")

    with pytest.raises(VaultError, match="sealed"):
        provider.read("mail.a.example", outs)


def test_destroying_it_leaves_nothing_in_vault(provider: HostSecretsProvider, vault: FakeVault) -> None:
    outs = over_the_wire(provider.create(props()).outs or {})

    provider.delete("mail.a.example", outs)

    assert vault.secrets == {}


def test_another_hostname_is_other_paths_and_anything_else_a_second_look(provider: HostSecretsProvider) -> None:
    assert provider.diff("id", props(), props(hostname="mail.b.example")).replaces == ["hostname"]
    again = provider.diff("id", props(), props(configured="again"))
    assert (again.changes, again.replaces) == (True, [])
