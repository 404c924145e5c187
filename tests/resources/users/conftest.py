"""A mail host and a Vault held in memory, found by providers the way they find the real ones."""

from collections.abc import Callable
from datetime import date

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.wire import Life
from users import deletion, host_provider

TODAY = date(2026, 11, 22)
API_KEY = "planted-api-key-6e1f"
Living = Callable[[type[ResourceProvider]], Life]


class FakeShell:
    """A host over SSH, which remembers what was run on it."""

    def __init__(self) -> None:
        self.ran: list[str] = []
        self.failure: Exception | None = None
        self.watch: Callable[[], object] = lambda: None

    def run(self, command: str, *, timeout_s: float) -> None:
        """Run a command."""
        self.watch()
        self.ran.append(command)
        if self.failure is not None:
            raise self.failure


def request(stack: str = "dev") -> ConfigureRequest:
    """What the engine hands ``configure`` of a provider of the first mail host."""
    inputs = {
        "host:name": "mail.example.com",
        "host:address": "192.0.2.10",
        "host:key": "ssh-ed25519 AAAA",
        "host:user": "ubuntu",
        "host:stack": stack,
    }
    return ConfigureRequest(Config(inputs, "mailstead"))


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> date:
    """Stop the clock, and destroy nothing."""
    monkeypatch.setattr(deletion, "today", lambda: TODAY)
    monkeypatch.delenv("MAILSTEAD_DESTROY", raising=False)
    return TODAY


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Hear what the operator is told."""
    sentences: list[str] = []
    monkeypatch.setattr(pulumi.log, "info", sentences.append)
    monkeypatch.setattr(pulumi.log, "warn", sentences.append)
    return sentences


@pytest.fixture
def mailcow() -> FakeMailcow:
    """The first mail host's mailcow."""
    return FakeMailcow()


@pytest.fixture
def vault() -> FakeVault:
    """Vault, with the API key of the first mail host."""
    vault = FakeVault()
    vault.create_secret("mail/hosts/mail.example.com/api_key", {"key": API_KEY}, {})
    vault.calls.clear()
    return vault


@pytest.fixture
def shell() -> FakeShell:
    """The first mail host over SSH."""
    return FakeShell()


@pytest.fixture
def living(monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault, shell: FakeShell) -> Living:
    """Give birth to a resource in a plugin process that has just been started."""
    start_process(monkeypatch, mailcow, vault, shell)

    def live(kind: type[ResourceProvider]) -> Life:
        provider = kind()
        provider.configure(request())
        return Life(provider)

    return live


def start_process(
    monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault, shell: FakeShell | None = None
) -> None:
    """Forget what a plugin process has gathered, as the next command's does."""
    monkeypatch.setattr(host_provider, "_shared", host_provider._Shared())
    monkeypatch.setattr(host_provider.MailcowApi, "over_ssh", lambda *_args, **_more: mailcow)
    monkeypatch.setattr(host_provider, "SshClient", lambda _address: shell or FakeShell())
    monkeypatch.setattr(host_provider.VaultApi, "from_environment", lambda: vault)
