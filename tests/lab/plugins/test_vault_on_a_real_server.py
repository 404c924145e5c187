"""The vault plugin against a real OpenBao: what foundation/vault needs, made, found again, imported, removed."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import requests

from tests.lab.plugins.engine_runs import Program, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lab.world import World

pytestmark = pytest.mark.lab

ROOT_TOKEN = "root-token-of-the-test"
PROGRAM = """\
import json, os
import pulumi
import pulumi_vault as vault

settings = {"rules": "read", "token_ttl": 3600, **json.loads(os.environ["TRIAL_SETTINGS"])}
mount = vault.Mount("kv", path="kv", type="kv", options={"version": "2"}, description="first passwords")
policy = vault.Policy("people", name="people", policy=f'path "kv/*" {{ capabilities = ["{settings["rules"]}"] }}')
login = vault.AuthBackend("login", type="approle", path="approle")
role = vault.approle.AuthBackendRole(
    "machine", backend=login.path, role_name="machine", token_policies=[policy.name], token_ttl=settings["token_ttl"]
)
if "import" in settings:
    opts = pulumi.ResourceOptions(import_="secret")
    vault.Mount("old", path="secret", type="kv", options={"version": "2"}, description=settings["import"], opts=opts)
pulumi.export("role_id", role.role_id)
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server in development mode, which has a KV mount at `secret` already."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    address = f"http://127.0.0.1:{port}"
    command = [
        str(Path(sys.executable).with_name("bao")),
        "server",
        "-dev",
        f"-dev-listen-address=127.0.0.1:{port}",
        f"-dev-root-token-id={ROOT_TOKEN}",
    ]
    environment = {**os.environ, "HOME": str(tmp_path_factory.mktemp("home"))}
    # The program is a wrapper; the server is its child: a group of its own ends as one.
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            wait_until(lambda: _answers(address))
            yield address
        finally:
            os.killpg(process.pid, signal.SIGTERM)


@pytest.fixture
def program(cloud_world: World, server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Program]:
    """A program with all classes that foundation/vault uses."""
    monkeypatch.setenv("VAULT_TOKEN", ROOT_TOKEN)
    (tmp_path / "key.pub").touch()
    world = replace(cloud_world, vault_addr=server)
    folder = tmp_path / f"vault-{tmp_path.name}"
    program = Program(world, folder, PROGRAM, ssh_key=tmp_path / "key", ssh_agent=tmp_path)
    program.initialise()
    yield program
    program.run("destroy", "--yes", "--skip-preview")


def test_the_foundation_is_made_once_and_found_as_it_was(program: Program, server: str) -> None:
    program.up_well()
    assert _get(server, "kv/config")["max_versions"] == 0  # only version 2 has it
    assert _get(server, "auth/approle/role/machine")["token_policies"] == ["people"]
    assert program.outputs()["role_id"] == _get(server, "auth/approle/role/machine/role-id")["role_id"]
    program.up_well("--expect-no-changes")
    assert program.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").status == 0
    program.up_well("--expect-no-changes")


def test_changes_reach_the_server_in_place(program: Program, server: str) -> None:
    program.up_well()
    changed = program.up_well(rules="update", token_ttl=1800)
    assert "2 updated" in changed
    assert "update" in _get(server, "sys/policies/acl/people")["policy"]
    assert _get(server, "auth/approle/role/machine")["token_ttl"] == 1800


def test_what_was_removed_by_hand_comes_back_after_a_refresh(program: Program, server: str) -> None:
    program.up_well()
    requests.delete(f"{server}/v1/sys/policies/acl/people", headers={"X-Vault-Token": ROOT_TOKEN}, timeout=5)
    program.run("refresh", "--yes", "--skip-preview")
    assert "vault:index:Policy people created" in program.up_well()


def test_a_mount_that_is_there_is_imported_and_another_one_on_its_path_refused(program: Program, server: str) -> None:
    description = _get(server, "sys/mounts")["secret/"]["description"]
    imported = program.up_well(**{"import": description})
    assert "imported" in imported
    state = json.loads(program.run("stack", "export").output)
    assert ROOT_TOKEN not in json.dumps(state)
    assert [one["id"] for one in state["deployment"]["resources"] if one["urn"].endswith("::old")] == ["secret"]
    program.run("state", "delete", "--yes", "urn:pulumi:dev::" + _project(state) + "::vault:index/mount:Mount::old")


def test_a_wrong_token_says_so_without_telling_it(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VAULT_TOKEN", "wrong-token-of-the-test")
    failed = program.up()
    assert failed.status != 0
    assert "failed to create limited child token: Code: 403" in failed.output
    assert "wrong-token-of-the-test" not in failed.output


def _answers(address: str) -> bool:
    try:
        return requests.get(f"{address}/v1/sys/health", timeout=1).ok
    except requests.RequestException:
        return False


def _get(address: str, path: str) -> dict[str, Any]:
    answer = requests.get(f"{address}/v1/{path}", headers={"X-Vault-Token": ROOT_TOKEN}, timeout=5)
    answer.raise_for_status()
    return dict(answer.json()["data"])


def _project(state: dict[str, Any]) -> str:
    return str(state["deployment"]["resources"][0]["urn"].split("::")[1])
