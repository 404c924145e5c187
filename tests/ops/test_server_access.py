"""The way to a stack's mail servers: from its recorded state, with a key that only reads."""

from typing import Any

import pytest

from core.errors import VaultError
from ops.server_access import Access, access_by_inputs, server_access
from tests.fakes import FakeVault
from tests.ops.workplace import PUBLIC_KEY, state

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
BY_API = {"host:name": "mail.a.example", "host:address": "203.0.113.7", "host:stack": "dev", "host:api_access": "https"}
BY_SSH = {
    "host:name": "mail2.a.example",
    "host:address": "203.0.113.8",
    "host:stack": "dev",
    "host:key": PUBLIC_KEY,
    "host:user": "ubuntu",
    "host:adopt": "true",
}


def provider(name: str, inputs: dict[str, str], kind: str = "pulumi-python") -> dict[str, Any]:
    type_ = f"pulumi:providers:{kind}"
    return {"type": type_, "urn": f"urn:pulumi:dev::mailstead::{type_}::{name}", "inputs": inputs}


def recorded(*resources: dict[str, Any]) -> dict[str, Any]:
    return state(resources=resources)


def key_of(access: Access) -> str:
    """Ask for the API key as the first call does."""
    return access.mailcow._caller._api_key()  # pyright: ignore[reportPrivateUsage] — sends nothing


def test_every_host_of_the_state_is_reached_as_its_provider_says() -> None:
    found = server_access(recorded(provider("mail-host-2", BY_SSH), provider("mail-host-1", BY_API)))

    assert [(one.number, one.hostname, one.adopt) for one in found] == [
        (1, "mail.a.example", False),
        (2, "mail2.a.example", True),
    ]
    assert found[0].host is None
    assert found[1].host is not None
    assert (found[1].host.address, found[1].host.user, found[1].name) == ("203.0.113.8", "ubuntu", "mail-host-2")


def test_other_providers_and_hosts_that_are_only_half_known_are_left_out() -> None:
    half_known = {**BY_SSH, "host:address": UNKNOWN}

    assert server_access(recorded(provider("default_3_259_0", {}), provider("oci", {}, kind="oci"))) == ()
    assert access_by_inputs({"mail-host-1": half_known, "mail-host-2": {}}) == ()
    assert server_access({"deployment": None}) == ()


@pytest.mark.parametrize(
    ("kept", "writing", "key"),
    [
        ({"api_key_read_only": "reads", "api_key": "writes"}, False, "reads"),
        ({"api_key_read_only": "reads", "api_key": "writes"}, True, "writes"),
        ({"api_key": "writes"}, False, "writes"),
    ],
    ids=["to read", "to write", "to read a server that was given one key only"],
)
def test_the_key_is_the_weakest_that_will_do(kept: dict[str, str], key: str, *, writing: bool) -> None:
    vault = FakeVault()
    for kind, value in kept.items():
        vault.create_secret(f"mail/hosts/mail.a.example/{kind}", {"key": value}, {})

    (access,) = server_access(recorded(provider("mail-host-1", BY_API)), writing=writing, vault=lambda: vault)

    assert key_of(access) == key


def test_vault_is_asked_only_when_a_server_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VAULT_ADDR", raising=False)

    (access,) = server_access(recorded(provider("mail-host-1", BY_API)))

    with pytest.raises(VaultError, match="VAULT_ADDR"):
        key_of(access)
