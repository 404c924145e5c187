"""Ports as they answer where the operator is."""

from typing import Any

import pytest

from core.errors import MailcowUnavailableError
from mailcow import port_probe
from mailcow.port_probe import PortProbeProvider
from tests.resources.host.wire import over_the_wire


class Network:
    """Which ports answer, and after how many tries."""

    def __init__(self) -> None:
        self.silent: set[int] = set()
        self.tries_needed: dict[int, int] = {}
        self.tried: list[int] = []

    def connect(self, address: str, port: int) -> None:
        self.tried.append(port)
        if port in self.silent or self.tried.count(port) < self.tries_needed.get(port, 0):
            raise ConnectionRefusedError(111, "Connection refused")


@pytest.fixture
def network(monkeypatch: pytest.MonkeyPatch) -> Network:
    """Answer every port."""
    network = Network()
    monkeypatch.setattr(port_probe, "connect", network.connect)
    monkeypatch.setattr(port_probe, "_LIMIT_S", 0.2)
    monkeypatch.setattr(port_probe, "_PAUSE_S", 0.01)
    return network


def props(**changes: Any) -> dict[str, Any]:
    given = {"instance_id": "ocid1.instance.1", "address": "10.0.0.1", "ports": [25, 443, 993], "after": "verified"}
    return over_the_wire({**given, **changes})


def test_ports_that_answer_are_recorded_as_whole_numbers(network: Network) -> None:
    outs = PortProbeProvider().create(props()).outs or {}

    assert outs["ports"] == [25, 443, 993]
    assert all(type(port) is int for port in outs["ports"])
    assert sorted(network.tried) == [25, 443, 993]


def test_all_ports_that_do_not_answer_are_named_at_once_with_what_to_check(network: Network) -> None:
    network.silent = {25, 443, 993}

    with pytest.raises(MailcowUnavailableError) as caught:
        PortProbeProvider().create(props())

    for port in (25, 443, 993):
        assert f"port {port} of 10.0.0.1 does not answer from here (Connection refused)" in str(caught.value)
    assert "security list" in str(caught.value)


def test_a_port_that_answers_a_little_later_is_waited_for(network: Network) -> None:
    network.tries_needed = {993: 3}

    PortProbeProvider().update("ports", props(), props(after="again"))

    assert network.tried.count(993) == 3


def test_port_25_alone_is_a_warning_because_many_networks_block_it(
    network: Network, capsys: pytest.CaptureFixture[str]
) -> None:
    network.silent = {25}

    PortProbeProvider().create(props())

    assert "port 25 of 10.0.0.1 does not answer from here" in capsys.readouterr().err


def test_port_25_is_no_excuse_for_another(network: Network) -> None:
    network.silent = {25, 993}

    with pytest.raises(MailcowUnavailableError, match="port 993") as caught:
        PortProbeProvider().create(props())

    assert "443" not in str(caught.value)


def test_whatever_was_done_to_the_host_is_a_reason_to_look_again() -> None:
    provider = PortProbeProvider()

    assert provider.diff("ports", props(), props()).changes is False
    for change in ({"after": "x"}, {"instance_id": "x"}, {"address": "x"}, {"ports": [25]}):
        assert provider.diff("ports", props(), props(**change)).changes is True


def test_a_refresh_shows_no_drift() -> None:
    provider = PortProbeProvider()

    read = provider.read("ports", props())

    assert provider.diff("ports", over_the_wire(read.outs or {}), props()).changes is False
    assert read.inputs == props()
