"""Fixtures: an SSH agent for this process, and a host that every connection goes to."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

import paramiko
import pytest

from ssh import connection
from ssh.client import HostAddress
from tests.clients.ssh_host import Agent, SshHost

Fill = Callable[..., None]
"""Start an agent with these keys."""


class Reach(Protocol):
    """Let every connection go to this host; returns how to reach it, by default with its true key."""

    def __call__(self, host: SshHost, key: str | None = None) -> HostAddress: ...


@pytest.fixture
def agent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fill]:
    """Fill the agent of this process with keys."""
    agents: list[Agent] = []

    def fill(*keys: paramiko.PKey) -> None:
        path = tmp_path / "agent"
        agents.append(Agent(path, *keys))
        monkeypatch.setenv("SSH_AUTH_SOCK", str(path))

    monkeypatch.delenv("SSH_AUTH_SOCK", raising=False)
    yield fill
    for one in agents:
        one.close()


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch) -> Reach:
    """Let every connection go to this host."""

    def reached(host: SshHost, key: str | None = None) -> HostAddress:
        monkeypatch.setattr(connection, "dial", host.dial)
        return HostAddress(address="10.0.0.1", user="ubuntu", key=key or host.key_text)

    return reached
