"""The mail hosts that a preflight looks from, as a stack's recorded state knows them."""

import socket
from typing import Any

import pytest

from core.errors import HostUnreachableError, LoginRefusedError, MailsteadError, RefusedError
from ops import preflight_hosts
from ops.preflight_hosts import hosts_of
from ops.server_access import PROVIDER
from tests.ops.workplace import Operator, state

OURS = "urn:pulumi:dev::mailstead::"
PROVIDER_INPUTS = {
    "host:name": "mail.example.com",
    "host:address": "192.0.2.10",
    "host:key": "ssh-ed25519 AAAA",
    "host:user": "ubuntu",
    "host:stack": "dev",
}


def recorded(**inputs: str) -> dict[str, Any]:
    """State of a stack with one mail host."""
    return state(
        resources=(
            {"type": PROVIDER, "urn": f"{OURS}{PROVIDER}::mail-host-1", "inputs": {**PROVIDER_INPUTS, **inputs}},
            {
                "type": "oci:Core/publicIp:PublicIp",
                "urn": f"{OURS}oci:Core/publicIp:PublicIp::mail-host-1-ip",
                "outputs": {"ipAddress": "192.0.2.10"},
            },
        )
    )


def test_a_host_is_known_by_name_and_public_address(operator: Operator) -> None:
    (found,) = hosts_of(recorded(), operator.project.inputs(), stack="dev")

    assert (found.host.number, found.address, found.shell is None) == (1, "192.0.2.10", False)


@pytest.mark.parametrize(
    "failure", [HostUnreachableError("nothing listens on smtp.relay.test:587"), LoginRefusedError("no key")]
)
def test_a_connection_that_does_not_come_about_is_one_kind_of_error(
    operator: Operator, monkeypatch: pytest.MonkeyPatch, failure: MailsteadError
) -> None:
    def refuse(*_args: Any) -> socket.socket:
        raise failure

    monkeypatch.setattr(preflight_hosts.SshClient, "open_channel", refuse)
    (found,) = hosts_of(recorded(), operator.project.inputs(), stack="dev")

    with pytest.raises(OSError, match=r"no (connection|key)"):
        found.connect("smtp.relay.test", 587)


def test_a_host_without_ssh_has_no_connections_of_its_own(operator: Operator) -> None:
    (found,) = hosts_of(recorded(**{"host:api_access": "https"}), operator.project.inputs(), stack="dev")

    assert found.shell is None
    with pytest.raises(OSError, match="API"):
        found.connect("smtp.relay.test", 587)


def test_a_stack_without_a_host_says_how_to_get_one(operator: Operator) -> None:
    with pytest.raises(RefusedError, match="mailstead up"):
        hosts_of(state(), operator.project.inputs(), stack="dev")
