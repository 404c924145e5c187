"""`mailstead adopt` as an operator types it: the key by standard input alone, SSH by the key that is pinned."""

import inspect
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

import ops.adoption
from core.names import ENV_SSH_KEY
from ops.adopt_command import adopt
from ops.cli import app
from ssh.connection import HostAddress
from tests.fakes import FakeVault
from tests.ops.adopting import STACK_FILE
from tests.ops.existing_server import API_KEY, HOSTNAME, ExistingServer, small_company
from tests.ops.workplace import Operator, state
from users.host_inputs import HostInputs
from vault.api import VaultApi

PINNED = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPinnedPinnedPinnedPinnedPinnedPinnedPinnedPin"
SHOWN = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIShownShownShownShownShownShownShownShownSho"
BY_SSH = STACK_FILE.replace("api_access: https", "ssh_user: root")


class Office:
    """An operator with a server of somebody else's making."""

    def __init__(self, operator: Operator) -> None:
        self.operator = operator
        self.server: ExistingServer = small_company()
        self.vault = FakeVault()
        self.reached: list[HostInputs] = []
        self.contacts = 0

    def reach(self, inputs: HostInputs, key: str) -> ExistingServer:
        self.reached.append(inputs)
        self.server.key = key
        return self.server

    def first_host_key(self, _address: str, **_how: Any) -> str:
        self.contacts += 1
        return SHOWN

    def writes(self, stack_file: str) -> None:
        (self.operator.project_folder / "Pulumi.dev.yaml").write_text(stack_file)

    def run(self, *arguments: str, stdin: str | None = None) -> tuple[int, str, str]:
        result = CliRunner().invoke(app, ["adopt", *arguments], input=stdin)
        return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def office(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Office:
    office = Office(operator)
    monkeypatch.chdir(operator.project_folder)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for name, value in operator.env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(ops.adoption, "reach", office.reach)
    monkeypatch.setattr(ops.adoption, "first_host_key", office.first_host_key)
    monkeypatch.setattr(VaultApi, "from_environment", lambda: office.vault)
    (operator.project_folder / "mail_list.yml").unlink()
    office.writes(STACK_FILE)
    return office


def recorded_host(address: str) -> dict[str, Any]:
    inputs = {
        "host:name": HOSTNAME,
        "host:address": address,
        "host:key": PINNED,
        "host:user": "root",
        "host:stack": "dev",
    }
    urn = "urn:pulumi:dev::mailstead::mailstead:mailcow:ExistingServer$pulumi:providers:pulumi-python::mail-host-1"
    return state(resources=({"type": "pulumi:providers:pulumi-python", "urn": urn, "inputs": inputs},))


def test_the_key_is_read_from_standard_input_and_shows_nowhere(office: Office) -> None:
    status, said, complained = office.run("--api-key-stdin", stdin=f"{API_KEY}\n")

    assert status == 0
    assert office.vault.secrets[f"mail/hosts/{HOSTNAME}/api_key"].versions == [{"key": API_KEY}]
    assert f"{HOSTNAME} runs mailcow" in said
    assert "mail_list.yml was written." in said
    assert API_KEY not in said + complained
    assert (office.operator.project_folder / "mail_list.yml").is_file()


def test_no_option_takes_the_key_as_its_value() -> None:
    """Arguments show in lists of processes and in the shell's history."""
    options = {name: parameter for name, parameter in inspect.signature(adopt).parameters.items() if "key" in name}

    assert {name: parameter.default for name, parameter in options.items()} == {
        "api_key_stdin": False,
        "replace_key": False,
    }


def test_without_the_option_standard_input_is_left_alone(office: Office) -> None:
    status, _, complained = office.run(stdin=f"{API_KEY}\n")

    assert status == 3
    assert "--api-key-stdin" in complained
    assert office.vault.secrets == {}


def test_what_is_no_key_is_refused_without_showing_it(office: Office) -> None:
    status, said, complained = office.run("--api-key-stdin", stdin="hunter2 hunter2\n")

    assert status == 3
    assert "no API key of mailcow" in complained
    assert "hunter2" not in said + complained


def test_json_is_json_and_nothing_else(office: Office) -> None:
    office.server.has_alias("spam@example.com", "null@localhost")

    status, said, _ = office.run("--api-key-stdin", "--dry-run", "--json", stdin=API_KEY)

    document = json.loads(said)
    assert status == 0
    assert [domain["users"] for domain in document["domains"]] == [3, 1]
    assert document["left_out"] == [
        {"what": "alias spam@example.com", "why": "throws its mail away, which a list cannot say"}
    ]
    assert document["list"] == {"name": "mail_list.yml", "written": False, "beside": ""}
    assert office.vault.secrets == {}


def test_by_https_no_agent_is_asked_for(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ENV_SSH_KEY)

    assert office.run("--api-key-stdin", stdin=API_KEY)[0] == 0
    assert (office.contacts, office.operator.agent_record()) == (0, [])


def test_by_ssh_the_first_contact_is_said_aloud_with_the_fingerprint_to_compare(office: Office) -> None:
    office.writes(BY_SSH)

    status, _, complained = office.run("--api-key-stdin", stdin=API_KEY)

    assert status == 0
    assert office.reached[0].ssh == HostAddress(address="203.0.113.20", user="root", key=SHOWN)
    assert "first contact with 203.0.113.20: its SSH host key is SHA256:" in complained
    assert office.operator.agent_record() == ["started", "ended 4242"]


def test_by_ssh_the_key_that_up_has_pinned_is_taken_and_no_other(office: Office) -> None:
    office.writes(BY_SSH)
    office.operator.scenario(state=recorded_host("203.0.113.20"))

    assert office.run("--api-key-stdin", stdin=API_KEY)[0] == 0
    assert office.reached[0].ssh == HostAddress(address="203.0.113.20", user="root", key=PINNED)
    assert office.contacts == 0


def test_a_key_that_was_pinned_for_another_address_is_not_taken(office: Office) -> None:
    office.writes(BY_SSH)
    office.operator.scenario(state=recorded_host("203.0.113.99"))

    assert office.run("--api-key-stdin", stdin=API_KEY)[0] == 0
    assert office.contacts == 1


def test_without_an_engine_there_is_no_pinned_key_and_it_goes_on(office: Office) -> None:
    office.writes(BY_SSH)
    (office.operator.folder / "bin" / "pulumi").unlink()

    assert office.run("--api-key-stdin", stdin=API_KEY)[0] == 0
    assert office.contacts == 1


def test_a_wrong_stack_file_is_exit_code_2_with_every_problem(office: Office) -> None:
    office.writes("config:\n  mailstead:host: existing\n  mailstead:region: eu-frankfurt-1\n")

    status, _, complained = office.run("--api-key-stdin", stdin=API_KEY)

    assert status == 2
    assert complained.count("Pulumi.dev.yaml:") == 3


def test_a_list_beside_is_said_with_what_to_do(office: Office, tmp_path: Path) -> None:
    (office.operator.project_folder / "mail_list.yml").write_text("domains: [{name: example.com, users: [zoe]}]\n")

    _, said, _ = office.run("--api-key-stdin", stdin=API_KEY)

    assert "mail_list.yml.new was written; mail_list.yml says something else and stays as it is" in said
