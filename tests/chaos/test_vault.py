"""The Vault in memory answers our client as a real one does: the same calls, the same results."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import hvac
import pytest
import requests

from core.errors import VaultDeniedError, VaultError, VaultSealedError
from tests.chaos import vault as vault_answers
from tests.chaos.exchange import InMemory, Request, Response
from tests.chaos.real.openbao import OpenBao
from tests.chaos.vault import VaultServer
from tests.clients.openbao import running
from vault.api import VaultApi

BOB = "mail/users/a.example/bob"


def client(answer: Callable[[Request], Response]) -> VaultApi:
    """Connect our client to a server by its answers."""
    session = requests.Session()
    session.mount("http://", InMemory(answer))
    address = hvac.Client(url="http://vault:8200", token="a-token-for-this-test", session=session)
    return VaultApi(address, longest_pause_s=0)


def story(vault: VaultApi) -> list[Any]:
    """Live through what the product does with secrets; gives all that was answered, without times."""
    told: list[Any] = [vault.read(BOB), vault.metadata(BOB), vault.exists(BOB), vault.list("mail/users")]
    told.append(vault.create_secret(BOB, {"password": "one"}, {"state": "initial"}))
    told.append(vault.create_secret(BOB, {"password": "two"}, {"state": "other"}))
    told += [vault.read(BOB), vault.exists(BOB), vault.list("mail"), vault.list("mail/users/a.example")]
    vault.set_metadata(BOB, {"state": "rotated"})
    vault.write_version(BOB, {"password": "three"})
    found = vault.metadata(BOB)
    assert found is not None
    told += [vault.read(BOB), found.version, found.live, dict(found.custom), bool(found.created)]
    vault.delete_all(BOB)
    vault.delete_all(BOB)
    return [*told, vault.metadata(BOB), vault.list("mail/users/a.example")]


@pytest.mark.lab
def test_the_vault_in_memory_and_a_real_one_tell_the_same_story(tmp_path: Path) -> None:
    in_memory = story(client(VaultServer(lambda: "2026-11-22T13:50:00.123456789Z").answer))

    with running(tmp_path) as address:
        assert story(client(OpenBao(address).answer)) == in_memory


def test_a_secret_is_made_once_and_then_kept() -> None:
    told = story(client(VaultServer(lambda: "2026-11-22T13:50:00.123456789Z").answer))

    assert told[4:7] == [True, False, {"password": "one"}]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (vault_answers.sealed, VaultSealedError),
        (vault_answers.denied, VaultDeniedError),
        (lambda: vault_answers.said(503, "no active node"), VaultError),
    ],
)
def test_faults_are_what_our_client_takes_them_for(
    answer: Callable[[], Response], error: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(error):
        client(lambda _: answer()).read(BOB)
