"""What monitoring puts on hosts: files and secrets come over SSH, the state keeps neither, and all of it goes again."""

import base64
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

import pytest

from core.errors import RefusedError
from core.names import host_secret
from monitoring.exporters import ExportersProvider
from monitoring.ops_software import OpsSoftwareProvider
from monitoring.vault_paths import HEARTBEAT, SLACK, TOKEN
from tests.fakes import FakeVault

HOSTNAME = "mail.example.com"
RELAY = "mail/relays/alerts"
SLACK_URL = "https://hooks.slack.example/services/T1/B2/planted-slack"
HEARTBEAT_URL = "https://dead-man.example/planted-heartbeat"
PASSWORD = "planted-relay-password"
KEY = "PLANTED-READ-ONLY-KEY"
BASE: dict[str, Any] = {
    "instance_id": "ocid1.instance.x",
    "address": "203.0.113.5",
    "user": "ubuntu",
    "host_key": "ssh-ed25519 AAAA",
    "hostname": HOSTNAME,
    "programs": "0123456789ab",
}
EXPORTERS: dict[str, Any] = {
    **BASE,
    "listen": "10.20.0.5",
    "asked_from": "10.20.0.0/16",
    "image": "ghcr.io/mailcow/prometheus-exporter:2.1.0",
    "dns_records": {"example.com": [{"name": "example.com", "type": "MX", "value": "10 mail.example.com"}]},
    "blocklists": ["zen.spamhaus.org", "psbl.surriel.com"],
}
WISHES: dict[str, Any] = {
    "mail_to": "ops@elsewhere.example",
    "mail_from": "ops@elsewhere.example",
    "relay_host": "smtp.relay.example",
    "relay_port": 587.0,  # as the state gives a number back
    "relay_user": "alerts",
    "relay_tls": "verify",
    "slack": True,
    "heartbeat": True,
    "hasty": False,
}
OPS: dict[str, Any] = {
    **BASE,
    "timezone": "Etc/UTC",
    "ssh_public_key": "ssh-ed25519 AAAA",
    "ssh_from": ["198.51.100.0/24"],
    "wishes": WISHES,
    "relay_password_in": RELAY,
    "watched": {HOSTNAME: "10.20.0.5"},
    "open_ports": [25.0, 993.0],
}


class Shell:
    """A host that remembers what was run there, and what came with it."""

    def __init__(self) -> None:
        self.commands: list[str] = []
        self.files: dict[str, str] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None: ...

    def connect(self) -> None: ...

    def run(self, command: str, *, stdin: bytes, timeout_s: float) -> None:
        assert timeout_s > 0
        self.commands.append(command)
        _, begin, rest = stdin.partition(b"base64 --decode <<'END_OF_FILES'\n")
        if begin:
            packed = base64.b64decode(rest.partition(b"\nEND_OF_FILES")[0])
            with tarfile.open(fileobj=io.BytesIO(packed)) as tar:
                for entry in tar:
                    content = tar.extractfile(entry)
                    assert content is not None
                    self.files[entry.name.removeprefix("./")] = content.read().decode()


@pytest.fixture
def vault() -> FakeVault:
    made = FakeVault()
    made.write_version(host_secret(HOSTNAME, "api_key_read_only"), {"key": KEY})
    made.write_version(SLACK, {"url": SLACK_URL})
    made.write_version(HEARTBEAT, {"url": HEARTBEAT_URL})
    made.write_version(RELAY, {"password": PASSWORD})
    return made


@pytest.fixture
def shell() -> Shell:
    return Shell()


Make = Callable[[type[Any]], Any]


@pytest.fixture
def make(vault: FakeVault, shell: Shell) -> Make:
    """Make a provider on this host with this vault."""

    def made(kind: type[Any]) -> Any:
        provider = kind()
        provider.open_vault = lambda: vault
        provider.open_ssh = lambda _host: shell
        return provider

    return made


def test_exporters_get_key_and_token_by_file_and_never_by_argument(make: Make, shell: Shell, vault: FakeVault) -> None:
    made = make(ExportersProvider).create(EXPORTERS)
    token = (vault.read(TOKEN) or {})["token"]

    (command,) = shell.commands
    assert command.startswith("sudo bash -s -- 10.20.0.5 10.20.0.0/16 ghcr.io/mailcow/prometheus-exporter:2.1.0 #")
    assert shell.files["exporter.env"] == f"MAILCOW_EXPORTER_API_KEY={KEY}\nMAILCOW_EXPORTER_SECURITY_TOKEN={token}\n"
    assert token not in command
    assert KEY not in json.dumps(made.outs)
    assert token not in json.dumps(made.outs)


def test_all_hosts_of_a_vault_share_one_token_that_is_made_once(make: Make, vault: FakeVault) -> None:
    provider = make(ExportersProvider)
    provider.create(EXPORTERS)
    first = vault.read(TOKEN)
    provider.create({**EXPORTERS, "instance_id": "another"})

    assert vault.read(TOKEN) == first


def test_a_server_without_a_read_only_key_in_vault_is_refused_with_what_to_do(
    make: Make, vault: FakeVault, shell: Shell
) -> None:
    vault.delete_all(host_secret(HOSTNAME, "api_key_read_only"))

    with pytest.raises(RefusedError, match=r"vault kv put -mount=secret mail/hosts/mail.example.com/api_key_read_only"):
        make(ExportersProvider).create(EXPORTERS)
    assert shell.commands == []


def test_a_server_whose_networks_nobody_knows_is_asked_by_itself_alone(make: Make, shell: Shell) -> None:
    make(ExportersProvider).create({**EXPORTERS, "listen": "127.0.0.1", "asked_from": ""})

    assert shell.commands[0].startswith("sudo bash -s -- 127.0.0.1 - ")


def test_exporters_are_taken_off_the_host_when_nobody_wants_them(make: Make, shell: Shell) -> None:
    make(ExportersProvider).delete("id", EXPORTERS)

    assert shell.commands == ["sudo bash -s -- # remove-exporters.sh"]


def test_the_ops_host_gets_each_secret_as_a_file(make: Make, shell: Shell, vault: FakeVault) -> None:
    made = make(OpsSoftwareProvider).create(OPS)

    secrets = {path: text for path, text in shell.files.items() if path.startswith("secrets/")}
    assert secrets == {
        "secrets/exporter-token": (vault.read(TOKEN) or {})["token"],
        "secrets/slack-url": SLACK_URL,
        "secrets/heartbeat-url": HEARTBEAT_URL,
        "secrets/relay-password": PASSWORD,
    }
    elsewhere = json.dumps([made.outs, shell.commands, {p: t for p, t in shell.files.items() if p not in secrets}])
    assert not [secret for secret in secrets.values() if secret in elsewhere]


def test_the_machine_is_prepared_and_hardened_before_anything_is_installed(make: Make, shell: Shell) -> None:
    make(OpsSoftwareProvider).create(OPS)

    assert [command.rpartition(" # ")[2] for command in shell.commands] == [
        "prepare-host.sh",
        "harden-host.sh",
        "install-ops-host.sh",
    ]


def test_tests_of_rules_stay_at_home(make: Make, shell: Shell) -> None:
    make(OpsSoftwareProvider).create(OPS)

    rules = [path for path in shell.files if path.startswith("alerts/")]
    assert all(path.count("/") == 1 for path in rules)
    assert {"prometheus.yml", "alertmanager.yml", "blackbox.yml"} <= set(shell.files)


@pytest.mark.parametrize(
    ("path", "said"),
    [
        (SLACK, r"webhook of Slack for alerts \(or do without: mailstead:alert_slack: false\)"),
        (HEARTBEAT, "the address of the dead-man service"),
        (RELAY, "password of the alert relay"),
    ],
)
def test_a_missing_secret_is_told_before_the_host_is_touched(
    make: Make, vault: FakeVault, shell: Shell, path: str, said: str
) -> None:
    vault.delete_all(path)

    with pytest.raises(RefusedError, match=said):
        make(OpsSoftwareProvider).create(OPS)
    assert shell.commands == []


def test_without_slack_and_heartbeat_neither_is_asked_for(make: Make, vault: FakeVault, shell: Shell) -> None:
    vault.delete_all(SLACK)
    vault.delete_all(HEARTBEAT)
    make(OpsSoftwareProvider).create({**OPS, "wishes": {**WISHES, "slack": False, "heartbeat": False}})

    assert {path for path in shell.files if path.startswith("secrets/")} == {
        "secrets/exporter-token",
        "secrets/relay-password",
    }


@pytest.mark.parametrize(
    ("kind", "props", "path"),
    [(ExportersProvider, EXPORTERS, TOKEN), (OpsSoftwareProvider, OPS, RELAY), (OpsSoftwareProvider, OPS, SLACK)],
)
def test_a_newer_secret_in_vault_is_brought_to_the_host_after_a_refresh(
    make: Make, vault: FakeVault, kind: type[Any], props: dict[str, Any], path: str
) -> None:
    provider = make(kind)
    outs = provider.create(props).outs
    assert provider.diff("id", outs, props).changes is False
    assert provider.diff("id", provider.read("id", outs).outs, props).changes is False

    vault.write_version(path, {"url": "https://new.example", "password": "new", "token": "new"})

    assert provider.diff("id", provider.read("id", outs).outs, props).changes is True


@pytest.mark.parametrize(("kind", "props"), [(ExportersProvider, EXPORTERS), (OpsSoftwareProvider, OPS)])
def test_another_machine_or_other_files_are_a_reason_to_install_again(
    make: Make, kind: type[Any], props: dict[str, Any]
) -> None:
    provider = make(kind)
    outs = provider.create(props).outs

    for key in ("instance_id", "programs", "host_key"):
        assert provider.diff("id", outs, {**props, key: "another"}).changes is True


def test_what_is_installed_is_read_from_the_project_and_not_from_where_it_is_run(
    make: Make, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    make(ExportersProvider).create(EXPORTERS)

    assert "firewall.sh" in shell.files
