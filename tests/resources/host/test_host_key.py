"""The life of a pinned host key."""

from typing import Any

import pytest
from pulumi.runtime import rpc

from components import host_key
from components.host_key import HostKeyProvider
from core.errors import HostKeyChangedError
from ssh.connection import as_text, fingerprint
from tests.clients.ssh_host import new_key
from tests.resources.host.wire import over_the_wire


class Hosts:
    """What answers SSH at an address."""

    def __init__(self) -> None:
        self.key = as_text(new_key())
        self.waited_s: list[float] = []

    def first_host_key(self, address: str, *, user: str, wait_s: float) -> str:
        self.waited_s.append(wait_s)
        return self.key


@pytest.fixture
def hosts(monkeypatch: pytest.MonkeyPatch) -> Hosts:
    """Answer at every address."""
    hosts = Hosts()
    monkeypatch.setattr(host_key, "first_host_key", hosts.first_host_key)
    return hosts


def props(**changes: Any) -> dict[str, Any]:
    return over_the_wire({"instance_id": "ocid1.instance.1", "address": "10.0.0.1", "user": "ubuntu", **changes})


def test_the_key_of_a_new_instance_is_waited_for_recorded_and_said_aloud(
    hosts: Hosts, capsys: pytest.CaptureFixture[str]
) -> None:
    made = HostKeyProvider().create(props())

    assert made.outs == {**props(), "host_key": hosts.key}
    assert hosts.waited_s == [600]
    assert fingerprint(hosts.key) in capsys.readouterr().err


def test_the_same_instance_with_another_key_is_refused_with_both_fingerprints(hosts: Hosts) -> None:
    recorded = as_text(new_key())

    with pytest.raises(HostKeyChangedError) as caught:
        HostKeyProvider().update("host-key", props(host_key=recorded), props(address="10.0.0.2"))

    assert fingerprint(recorded) in str(caught.value)
    assert fingerprint(hosts.key) in str(caught.value)


def test_the_same_instance_at_another_address_keeps_its_key(hosts: Hosts) -> None:
    updated = HostKeyProvider().update("host-key", props(host_key=hosts.key), props(address="10.0.0.2"))

    assert updated.outs == {**props(address="10.0.0.2"), "host_key": hosts.key}


def test_a_new_instance_is_a_new_first_contact(hosts: Hosts, capsys: pytest.CaptureFixture[str]) -> None:
    olds = props(host_key=as_text(new_key()))

    updated = HostKeyProvider().update("host-key", olds, props(instance_id="ocid1.instance.2"))

    assert updated.outs == {**props(instance_id="ocid1.instance.2"), "host_key": hosts.key}
    assert "first contact with instance ocid1.instance.2" in capsys.readouterr().err


@pytest.mark.parametrize("change", ["instance_id", "address", "user"])
@pytest.mark.parametrize("value", ["other", rpc.UNKNOWN])
def test_any_change_is_an_update_and_never_a_replacement(change: str, value: str) -> None:
    diff = HostKeyProvider().diff("host-key", props(host_key="k"), props(**{change: value}))

    assert diff.changes is True
    assert diff.replaces == []


def test_nothing_changed_is_no_change() -> None:
    assert HostKeyProvider().diff("host-key", props(host_key="k"), props()).changes is False


def test_a_refresh_asks_nobody_and_shows_no_drift() -> None:
    provider = HostKeyProvider()

    read = provider.read("host-key", props(host_key="k"))

    assert read.outs == props(host_key="k")
    assert read.inputs == props()
    assert provider.diff("host-key", over_the_wire(read.outs or {}), props()).changes is False
