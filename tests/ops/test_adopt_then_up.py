"""A server that was taken over, then `up`: all of it is in the state, nothing of it is changed, no password is made."""

import copy
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from components.dynamic_provider import dynamic_provider
from core.desired import DesiredState
from core.inputs import check_inputs
from ops.project import config_values
from tests.engine import Engine
from tests.ops.adopting import STACK_FILE, Desk
from tests.ops.existing_server import HOSTNAME, ExistingServer, small_company
from tests.resources.users.conftest import start_process
from tests.resources.users.wire import Life
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider
from users.mailbox import MailboxProvider
from users.provision import People, PeopleArgs
from users.vault_secret import VaultSecretProvider

IN_ORDER: list[tuple[str, type[ResourceProvider]]] = [
    ("Domain", DomainProvider),
    ("DkimKey", DkimKeyProvider),
    ("VaultSecret", VaultSecretProvider),
    ("Mailbox", MailboxProvider),
    ("Alias", AliasProvider),
]
PROVIDER = {
    "host:name": HOSTNAME,
    "host:address": "203.0.113.20",
    "host:key": "ssh-ed25519 AAAA",
    "host:user": "ubuntu",
    "host:stack": "prod",
}


class Stack:
    """A stack of people in the hands of the engine."""

    def __init__(self, *, adopt: bool = True) -> None:
        self.adopt = adopt
        self.lives: dict[tuple[str, str], Life] = {}

    def up(self, state: DesiredState) -> dict[tuple[str, str], str]:
        """Bring everything to what should be; gives each resource's step."""
        engine = Engine()

        def program() -> None:
            provider = dynamic_provider("mail-host-1", PROVIDER, pulumi.ResourceOptions())
            People("people", PeopleArgs(state=state, providers={1: provider}))

        engine.run(program)
        steps: dict[tuple[str, str], str] = {}
        for kind, provider in IN_ORDER:
            for name in engine.names(kind):
                inputs = dict(engine.one(kind, name).inputs)
                if kind == "Mailbox":  # what the engine hands on from the secret
                    inputs["secret_made"] = self.lives["VaultSecret", name].outputs["made"]
                life = self.lives.setdefault((kind, name), self._born(provider))
                steps[kind, name] = life.up({key: value for key, value in inputs.items() if not key.startswith("__")})
        return steps

    def _born(self, kind: type[ResourceProvider]) -> Life:
        provider = kind()
        inputs: dict[str, Any] = {**PROVIDER, **({"host:adopt": "true"} if self.adopt else {})}
        provider.configure(ConfigureRequest(Config(inputs, "mailstead")))
        return Life(provider)


def everything(server: ExistingServer) -> Any:
    kinds = (server.domains, server.dkim, server.mailboxes, server.aliases, server.filters, server.app_passwords)
    return copy.deepcopy(kinds)


def state_of(desk: Desk) -> DesiredState:
    text = (desk.folder / "Pulumi.prod.yaml").read_text(encoding="utf-8")
    return check_inputs(
        config_values(text), stack="prod", stack_file="Pulumi.prod.yaml", text=text, read_file=desk.text
    ).state


def lively_company() -> ExistingServer:
    """A server with what a list can say and with what it cannot."""
    server = small_company()
    server.has_mailbox("gone@example.com", active=False, quota_mib=512)
    server.has_mailbox("away@example.com", active=False, receives_only=True)
    server.has_mailbox("eve@example.com", tags=("mailstead-dev",))
    server.has_alias("off@example.com", "alice@example.com", active=False)
    server.has_alias("Mixed@example.com", "Alice@example.com", "bob@example.com")
    server.has_domain("keyless.example", selector=None)
    server.has_mailbox("kim@keyless.example", name="Kim Ĉ.", tags=("a", "Some Tag"))
    server.has_filter("bob@example.com")
    server.app_passwords["gone@example.com"] = {1: "phone"}
    return server


@pytest.mark.parametrize("company", [small_company, lively_company])
def test_up_takes_all_of_it_into_the_state_and_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, company: Any
) -> None:
    desk = Desk(folder=tmp_path, server=company())
    adopted = desk.adopt()
    before, secrets = everything(desk.server), copy.deepcopy(desk.vault.secrets)
    start_process(monkeypatch, desk.server, desk.vault)
    stack = Stack()

    steps = stack.up(state_of(desk))

    assert set(steps.values()) == {"create"}
    assert desk.server.changes == []
    assert everything(desk.server) == before
    people = {f"{one.name}@{d.name}" for d in adopted.people.mail_list.domains for one in (*d.users, *d.offboarded)}
    assert {name for kind, name in steps if kind == "Mailbox"} == people
    assert desk.vault.secrets == secrets
    assert not any(found.versions for path, found in secrets.items() if path.startswith("mail/users/"))


@pytest.mark.parametrize("company", [small_company, lively_company])
def test_the_next_up_has_nothing_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, company: Any) -> None:
    desk = Desk(folder=tmp_path, server=company())
    desk.adopt()
    before = everything(desk.server)
    start_process(monkeypatch, desk.server, desk.vault)
    stack = Stack()
    stack.up(state_of(desk))

    assert set(stack.up(state_of(desk)).values()) == {"same"}
    assert everything(desk.server) == before


def test_when_it_is_over_nothing_is_taken_over_any_more_and_the_addresses_every_domain_needs_are_made(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = Desk(folder=tmp_path)
    desk.adopt()
    start_process(monkeypatch, desk.server, desk.vault)
    stack = Stack()
    stack.up(state_of(desk))
    desk.stack_file(STACK_FILE.replace("adopt: true", "adopt: false"))
    stack.adopt = False
    start_process(monkeypatch, desk.server, desk.vault)

    steps = stack.up(state_of(desk))

    assert {name for name, step in steps.items() if step != "same"} == {("Alias", "abuse@startup.io")}
    assert desk.server.changes == ["add alias abuse@startup.io"]
