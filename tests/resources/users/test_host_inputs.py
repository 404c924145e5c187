"""What a provider resource says of its host: states of yesterday are read today, and nothing secret is in it."""

from dataclasses import fields
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest

from core.errors import RefusedError
from mailcow import transport
from ssh.client import HostAddress
from tests.resources.users.conftest import API_KEY
from users import host_provider
from users.host_inputs import HostInputs

# As states have it that were written before any other key was known.
OF_OLD = {
    "host:name": "mail.example.com",
    "host:address": "192.0.2.10",
    "host:key": "ssh-ed25519 AAAA",
    "host:user": "ubuntu",
    "host:stack": "dev",
}
BY_HTTPS = {
    "host:name": "mail.example.com",
    "host:address": "192.0.2.10",
    "host:stack": "dev",
    "host:api_access": "https",
}


def of(inputs: dict[str, Any]) -> HostInputs:
    """Read them as ``configure`` gets them, which has to say the same as the state."""
    found = HostInputs.of(ConfigureRequest(Config(inputs, "mailstead")))
    assert found == HostInputs.recorded(inputs)
    return found


def test_a_state_from_before_there_was_a_choice_goes_on_by_ssh_and_adopts_nothing() -> None:
    found = of(OF_OLD)

    assert (found.api_access, found.connect_to, found.ca_bundle, found.adopt) == ("ssh", "", "", False)
    assert found.ssh == HostAddress(address="192.0.2.10", user="ubuntu", key="ssh-ed25519 AAAA")


def test_by_https_neither_key_nor_user_is_needed_and_there_is_no_way_in_but_the_api() -> None:
    found = of({**BY_HTTPS, "host:connect_to": "10.0.0.5:8443", "host:ca_bundle": "ca.pem", "host:adopt": "true"})

    assert found.ssh is None
    assert (found.connect_to, found.ca_bundle, found.adopt) == ("10.0.0.5:8443", "ca.pem", True)


@pytest.mark.parametrize("key", ["name", "address", "key", "user", "stack"])
def test_by_ssh_every_one_of_the_first_is_needed(key: str) -> None:
    with pytest.raises(RefusedError, match=f"host:{key} is missing"):
        of({**OF_OLD, f"host:{key}": ""})


def test_nothing_that_it_holds_is_a_secret() -> None:
    """It is recorded in the state, in plain text."""
    assert {field.name for field in fields(HostInputs)} == {
        "name",
        "address",
        "stack",
        "key",
        "user",
        "api_access",
        "connect_to",
        "ca_bundle",
        "adopt",
    }


@pytest.mark.parametrize(
    ("more", "where"), [({}, "192.0.2.10"), ({"host:connect_to": "10.0.0.5:8443"}, "10.0.0.5:8443")]
)
def test_by_https_the_connection_goes_to_the_server_unless_another_address_is_said(
    monkeypatch: pytest.MonkeyPatch, more: dict[str, str], where: str
) -> None:
    asked: list[dict[str, str]] = []

    def session(**how: str) -> object:
        asked.append(how)
        return transport.bare_session()

    monkeypatch.setattr(host_provider, "session_over_tls", session)

    host_provider.mailcow_of(of({**BY_HTTPS, "host:ca_bundle": "ca.pem", **more}), key=lambda: API_KEY)

    assert asked == [{"connect_to": where, "ca_bundle": "ca.pem"}]


def test_a_host_knows_its_way_in_and_whether_it_takes_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_provider, "_shared", host_provider._Shared())

    by_ssh = host_provider.mail_host(ConfigureRequest(Config(OF_OLD, "mailstead")))
    by_https = host_provider.mail_host(ConfigureRequest(Config({**BY_HTTPS, "host:adopt": "true"}, "mailstead")))

    assert (by_ssh.shell is not None, by_ssh.adopt) == (True, False)
    assert (by_https.shell is not None, by_https.adopt) == (False, True)
