"""Vault's key-value store as our client sees it: create-only writes, presence without values, errors in words."""

import logging
from pathlib import Path

import pytest
import requests

from core.errors import VaultDeniedError, VaultError, VaultSealedError, VaultUnreachableError
from tests.clients.vault_server import VaultServer
from vault.api import VaultApi

BOB = "mail/users/a.example/bob"
PASSWORD = "Planted.Secret-22"


@pytest.fixture
def server() -> VaultServer:
    return VaultServer()


def test_a_secret_is_made_once_with_its_notes_and_never_overwritten(server: VaultServer) -> None:
    vault = server.client()

    assert vault.create_secret(BOB, {"password": PASSWORD}, {"state": "initial"}) is True
    assert vault.create_secret(BOB, {"password": "another"}, {"state": "other"}) is False

    assert vault.read(BOB) == {"password": PASSWORD}
    metadata = vault.metadata(BOB)
    assert metadata is not None
    assert (metadata.version, metadata.custom) == (1, {"state": "initial"})


def test_a_token_that_may_not_overwrite_finds_the_secret_that_is_there(server: VaultServer) -> None:
    """With the provisioner's policy Vault answers 403 where a version is, and never looks at check-and-set."""
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {"state": "initial"})
    server.failures = [(403, ["1 error occurred:\n\t* permission denied\n\n"])]

    assert vault.create_secret(BOB, {"password": "another"}, {"state": "other"}) is False
    assert vault.read(BOB) == {"password": PASSWORD}


def test_a_token_that_may_not_create_is_refused_in_words(server: VaultServer) -> None:
    server.failures = [(403, ["permission denied"])]

    with pytest.raises(VaultDeniedError, match="VAULT_TOKEN"):
        server.client().create_secret(BOB, {"password": PASSWORD}, {})


def test_a_deleted_secret_is_not_made_anew_but_refused_with_how_to_bring_it_back(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    server.soft_delete(BOB)

    for ask in (lambda: vault.create_secret(BOB, {"password": "x"}, {}), lambda: vault.read(BOB)):
        with pytest.raises(VaultError, match=rf"vault kv undelete -mount=secret -versions=1 {BOB}"):
            ask()
    assert vault.exists(BOB) is False


def test_a_destroyed_secret_is_refused_with_how_to_clear_it_away(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    server.destroy(BOB)

    with pytest.raises(VaultError, match=f"vault kv metadata delete -mount=secret {BOB}"):
        vault.create_secret(BOB, {"password": "x"}, {})


def test_presence_is_told_without_reading_the_value(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    server.requests.clear()

    assert vault.exists(BOB) is True
    assert vault.exists("mail/users/a.example/nobody") is False

    assert {path.partition("/")[0] for _, path in server.requests} == {"metadata"}


def test_a_version_that_expires_later_is_there_until_then(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    server.keys[BOB]["versions"][-1]["deletion_time"] = "2999-01-01T00:00:00.123456789Z"

    assert vault.exists(BOB) is True


def test_notes_without_a_value_are_not_a_secret_and_one_can_be_made(server: VaultServer) -> None:
    vault = server.client()
    vault.set_metadata(BOB, {"state": "initial"})

    assert vault.exists(BOB) is False
    assert vault.read(BOB) is None
    assert vault.create_secret(BOB, {"password": PASSWORD}, {}) is True


def test_a_new_version_keeps_the_notes(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": "old"}, {"state": "initial"})

    vault.write_version(BOB, {"password": PASSWORD})

    metadata = vault.metadata(BOB)
    assert vault.read(BOB) == {"password": PASSWORD}
    assert metadata is not None
    assert (metadata.version, metadata.custom) == (2, {"state": "initial"})


def test_deleting_takes_all_versions_and_absence_is_done(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})

    vault.delete_all(BOB)
    vault.delete_all(BOB)

    assert vault.metadata(BOB) is None


def test_names_are_listed_with_folders_marked_and_a_missing_path_is_empty(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    vault.create_secret("mail/users/a.example/john+x", {"password": PASSWORD}, {})

    assert vault.list("mail/users") == ("a.example/",)
    assert vault.list("mail/users/a.example") == ("bob", "john+x")
    assert vault.list("mail/users/b.example") == ()


def test_a_passing_failure_is_tried_again(server: VaultServer) -> None:
    server.failures = [
        (500, ["internal error"]),
        requests.exceptions.ConnectionError("Connection reset by peer"),
        (503, ["node is not active"]),
    ]

    assert server.client().create_secret(BOB, {"password": PASSWORD}, {}) is True


def test_a_write_whose_answer_was_lost_is_found_as_there(server: VaultServer) -> None:
    vault = server.client()
    vault.create_secret(BOB, {"password": PASSWORD}, {})
    server.failures = [requests.exceptions.ConnectionError("Connection reset by peer")]

    assert vault.create_secret(BOB, {"password": "x"}, {}) is False


@pytest.mark.parametrize(
    ("failure", "kind", "words", "tries"),
    [
        ((503, ["Vault is sealed"]), VaultSealedError, "Vault is sealed .*; unseal it", 1),
        # Asked once more, whether it was refused because a version is there.
        ((403, ["permission denied"]), VaultDeniedError, "renew VAULT_TOKEN", 2),
        ((400, [f"failed to parse {PASSWORD}"]), VaultError, "Vault cannot write mail/users", 1),
        ((500, [f"oh {PASSWORD}"]), VaultUnreachableError, "failed to write", 5),
        (requests.exceptions.ConnectionError(f"refused {PASSWORD}"), VaultUnreachableError, "does not answer", 5),
        (requests.exceptions.SSLError("certificate verify failed"), VaultUnreachableError, "VAULT_CACERT", 1),
    ],
)
def test_a_failure_is_one_sentence_without_any_secret(  # noqa: PLR0917 — one row of a table
    server: VaultServer,
    caplog: pytest.LogCaptureFixture,
    failure: tuple[int, list[str]] | Exception,
    kind: type[VaultError],
    words: str,
    tries: int,
) -> None:
    caplog.set_level(logging.DEBUG)
    server.failures = [failure] * 20

    with pytest.raises(VaultError, match=words) as caught:
        server.client().create_secret(BOB, {"password": PASSWORD}, {})

    assert isinstance(caught.value, kind)
    assert caught.value.__suppress_context__
    shown = str(caught.value) + caplog.text
    assert PASSWORD not in shown
    assert "THE-TOKEN" not in shown
    assert len(server.requests) == tries


def test_a_missing_mount_does_not_pass_for_a_missing_secret(server: VaultServer) -> None:
    server.mounted = False

    with pytest.raises(VaultError, match="no key-value store at secret/"):
        server.client().exists(BOB)


def test_what_the_environment_lacks_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("VAULT_ADDR", "VAULT_TOKEN", "VAULT_CACERT", "VAULT_NAMESPACE"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(VaultError, match="VAULT_ADDR and VAULT_TOKEN not set"):
        VaultApi.from_environment()

    monkeypatch.setenv("VAULT_ADDR", "http://vault:8200")
    with pytest.raises(VaultError, match=r"^VAULT_TOKEN not set"):
        VaultApi.from_environment()

    monkeypatch.setenv("VAULT_TOKEN", "THE-TOKEN")
    monkeypatch.setenv("VAULT_CACERT", "/nowhere/ca.pem")
    with pytest.raises(VaultError, match=r"VAULT_CACERT /nowhere/ca\.pem is not a file"):
        VaultApi.from_environment()


def test_the_token_file_in_the_home_folder_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".vault-token").write_text("a token of somebody else's")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("VAULT_ADDR", "http://vault:8200")
    monkeypatch.delenv("VAULT_TOKEN", raising=False)

    with pytest.raises(VaultError, match="VAULT_TOKEN"):
        VaultApi.from_environment()
