"""Our client against a real server: what the one in memory only says it does."""

from collections.abc import Iterator
from typing import Any, cast

import hvac
import pytest

from core.errors import VaultDeniedError, VaultError, VaultSealedError, VaultUnreachableError
from tests.clients.openbao import TOKEN, running
from vault.api import VaultApi

pytestmark = pytest.mark.lab

BOB = "mail/users/a.example/john.doe+x"


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Run OpenBao for the tests of this file, one of which seals it."""
    with running(tmp_path_factory.mktemp("bao")) as address:
        yield address


@pytest.fixture
def root(address: str) -> Any:
    """Do by hand what the client cannot; hvac has no types."""
    return cast("Any", hvac.Client(url=address, token=TOKEN))


@pytest.fixture
def vault(address: str, monkeypatch: pytest.MonkeyPatch) -> VaultApi:
    """Connect as a person would: by the environment."""
    monkeypatch.setenv("VAULT_ADDR", address)
    monkeypatch.setenv("VAULT_TOKEN", TOKEN)
    return VaultApi.from_environment()


def test_the_life_of_a_secret(vault: VaultApi) -> None:
    assert vault.read(BOB) is None
    assert vault.metadata(BOB) is None
    assert vault.list("mail/users") == ()

    assert vault.create_secret(BOB, {"password": "one"}, {"state": "initial"}) is True
    assert vault.create_secret(BOB, {"password": "two"}, {"state": "x"}) is False
    vault.write_version(BOB, {"password": "three"})

    assert vault.read(BOB) == {"password": "three"}
    metadata = vault.metadata(BOB)
    assert metadata is not None
    assert (metadata.version, metadata.live, metadata.custom) == (2, True, {"state": "initial"})
    assert vault.list("mail/users/a.example") == ("john.doe+x",)

    vault.delete_all(BOB)
    vault.delete_all(BOB)
    assert vault.metadata(BOB) is None


def test_deleted_and_destroyed_are_told_apart_from_missing(vault: VaultApi, root: Any) -> None:
    kv = root.secrets.kv.v2
    vault.create_secret(BOB, {"password": "one"}, {})

    kv.delete_latest_version_of_secret(path=BOB, mount_point="secret")
    assert vault.exists(BOB) is False
    with pytest.raises(VaultError, match="vault kv undelete -mount=secret -versions=1"):
        vault.create_secret(BOB, {"password": "two"}, {})
    with pytest.raises(VaultError, match="vault kv undelete"):
        vault.read(BOB)

    kv.destroy_secret_versions(path=BOB, versions=[1], mount_point="secret")
    with pytest.raises(VaultError, match="is destroyed"):
        vault.read(BOB)
    vault.delete_all(BOB)


def test_notes_come_before_a_value_without_being_one(vault: VaultApi) -> None:
    vault.set_metadata(BOB, {"state": "initial"})

    assert vault.exists(BOB) is False
    assert vault.read(BOB) is None
    assert vault.create_secret(BOB, {"password": "one"}, {}) is True
    vault.delete_all(BOB)


def test_a_wrong_token_is_denied(address: str, vault: VaultApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "wrong")

    with pytest.raises(VaultDeniedError, match="renew VAULT_TOKEN"):
        VaultApi.from_environment().exists(BOB)


def test_a_missing_mount_is_told(vault: VaultApi, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vault.api.VAULT_MOUNT", "nowhere")
    monkeypatch.setattr("vault.asking.VAULT_MOUNT", "nowhere")

    with pytest.raises(VaultError, match="no key-value store at nowhere/"):
        vault.read(BOB)


def test_a_store_of_version_1_is_refused(vault: VaultApi, root: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    root.sys.enable_secrets_engine("kv", path="old", options={"version": "1"})
    monkeypatch.setattr("vault.api.VAULT_MOUNT", "old")

    with pytest.raises(VaultError, match="is not version 2"):
        vault.create_secret(BOB, {"password": "one"}, {})


def test_nobody_there_is_told(monkeypatch: pytest.MonkeyPatch, vault: VaultApi) -> None:
    monkeypatch.setenv("VAULT_ADDR", "http://127.0.0.1:9")

    with pytest.raises(VaultUnreachableError, match="does not answer"):
        VaultApi.from_environment().exists(BOB)


def test_a_sealed_vault_is_told(vault: VaultApi, root: Any) -> None:
    root.sys.seal()

    with pytest.raises(VaultSealedError, match="unseal it"):
        vault.exists(BOB)
