"""A stack of the real program in a lab's world: its files, its Vault token, its runs.

The demo and the tests use the product only as a user does: files, environment, command line.
"""

import json
import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import requests
import yaml

from lab.world import World

FOUNDATION = "foundation/vault"
_HOST_KEY = "pulumi-python:dynamic/mailstead:HostKey"
_HTTP_TIMEOUT_S = 30
_OVERRULING = frozenset({"PULUMI_CONFIG_PASSPHRASE", "VAULT_NAMESPACE"})


class RunError(Exception):
    """A command of the product ended with another exit code than the caller accepts."""


@dataclass(frozen=True, kw_only=True)
class Run:
    """How a command ended: exit code and all it printed."""

    command: str
    status: int
    output: str


@dataclass(frozen=True, kw_only=True)
class LabStack:
    """One stack of the program in one world.

    Attributes:
        world: Where it runs.
        project: The folder that holds Pulumi.yaml.
        name: The stack's name; its file is ``Pulumi.<name>.yaml`` in the project, which git ignores.
    """

    world: World
    project: Path
    name: str

    @property
    def file(self) -> Path:
        return self.project / f"Pulumi.{self.name}.yaml"

    @property
    def mail_list(self) -> Path:
        return self.world.folder / "mail_list.yml"

    @property
    def token_file(self) -> Path:
        return self.world.folder / "provisioner.token"

    # Files

    def write_list(self, text: str) -> None:
        """Write the list of people; a copy in the world's folder, so that the sample stays as it is."""
        self.mail_list.write_text(text, encoding="utf-8")

    def write_config(self, **changes: object) -> None:
        """Write the stack file: what the lab needs to be said, and what the caller changes."""
        values: dict[str, object] = {
            "region": "eu-frankfurt-1",
            "compartment_ocid": "ocid1.compartment.oc1..lab",
            "ssh_public_key": self.world.ssh_public_key(),
            "ssh_from": [self.world.subnet],
            "mail_hostname": "mail.example.com",
            "mail_list": os.path.relpath(self.mail_list, self.project),
            "docker_source": "distribution",
            "registry_mirror": f"http://{self.world.registry}",
            "mailcow_repository": self.world.git_url,
            "clamav": False,
            "lets_encrypt": False,
            **changes,
        }
        config = {"pulumi:disable-default-providers": ["oci"], **{f"mailstead:{key}": values[key] for key in values}}
        # The engine keeps the salt of the stack's encryption in the same file.
        kept = cast("dict[str, Any]", yaml.safe_load(self.file.read_text()) or {}) if self.file.exists() else {}
        kept["config"] = config
        self.file.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")

    # Environment

    def environment(self, **changes: str) -> dict[str, str]:
        """Give the environment of an operator who works in this world."""
        # These two would win over what the world says.
        outside = {key: value for key, value in os.environ.items() if key not in _OVERRULING}
        env = {**outside, **self.world.environment(), "PULUMI_STACK": self.name}
        if self.token_file.exists():
            env["VAULT_TOKEN"] = self.token_file.read_text().strip()
        return {**env, **changes}

    # Runs

    def pulumi(self, *arguments: str, folder: Path | None = None, accept: tuple[int, ...] = (0,), **env: str) -> Run:
        """Run the engine's own command line in the project."""
        return self._run(["pulumi", *arguments], folder=folder or self.project, accept=accept, env=env)

    def mailstead(self, *arguments: str, accept: tuple[int, ...] = (0,), typed: str = "", **env: str) -> Run:
        """Run the product's command line in the project, with what comes in by standard input."""
        command = [str(self.project / "mailstead"), *arguments]
        return self._run(command, folder=self.project, accept=accept, typed=typed, env=env)

    def outputs(self) -> dict[str, Any]:
        """Read the stack's outputs."""
        run = self.pulumi("stack", "output", "--json", "--stack", self.name)
        return cast("dict[str, Any]", json.loads(run.output))

    def export(self) -> dict[str, Any]:
        """Read the stack's state."""
        return cast("dict[str, Any]", json.loads(self.pulumi("stack", "export", "--stack", self.name).output))

    def ssh_commands(self) -> tuple[str, ...]:
        """Give the command that logs in at each mail host, and only where it shows the key that the stack has pinned.

        Writes the keys into ``known_hosts`` in the world's folder.
        """
        found = [
            resource["outputs"]
            for resource in self.export()["deployment"].get("resources", [])
            if resource["type"] == _HOST_KEY and resource.get("outputs", {}).get("host_key")
        ]
        file = self.world.folder / "known_hosts"
        file.write_text("".join(f"{host['address']} {host['host_key']}\n" for host in found), encoding="utf-8")
        options = f"-o UserKnownHostsFile={os.path.relpath(file, self.project)} -o StrictHostKeyChecking=yes"
        return tuple(f"ssh {options} {host['user']}@{host['address']}" for host in found)

    def initialise(self, folder: Path | None = None) -> None:
        """Make the stack in the backend, if it is not there; in another project than the product's, if one is given."""
        folder = folder or self.project
        listed = json.loads(self.pulumi("stack", "ls", "--json", folder=folder).output)
        if self.name in {str(entry["name"]) for entry in listed}:
            return
        _forget_salt(folder / self.file.name)
        self.pulumi("stack", "init", self.name, "--no-select", folder=folder)

    def _run(
        self, command: list[str], *, folder: Path, accept: tuple[int, ...], env: Mapping[str, str], typed: str = ""
    ) -> Run:
        ended = subprocess.run(
            command,
            cwd=folder,
            env=self.environment(**env),
            input=typed,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if "--json" not in command and "export" not in command else subprocess.PIPE,
            text=True,
            check=False,
        )
        run = Run(command=" ".join(command), status=ended.returncode, output=ended.stdout)
        if run.status not in accept:
            raise RunError(
                f"{run.command} ended with {run.status}:\n{run.output[-6000:]}{(ended.stderr or '')[-3000:]}"
            )
        return run

    # Vault

    def prepare_vault(self) -> None:
        """Run foundation/vault as a user would, with the root token, and mint the provisioner's token.

        The root token is used for this and nothing else.
        """
        folder = self.project / FOUNDATION
        root = self.world.vault_root_token()
        stack = folder / f"Pulumi.{self.name}.yaml"
        if not stack.exists():
            stack.write_text("config:\n  mailstead-vault:make_mount: true\n", encoding="utf-8")
        self.initialise(folder)
        self.pulumi("up", "--yes", "--skip-preview", "--stack", self.name, folder=folder, VAULT_TOKEN=root)
        self.mint_token()

    def mint_token(self) -> str:
        """Log in as the machine that runs the product; the token has the provisioner's policy and lives an hour."""
        api = f"{self.world.vault_addr}/v1/auth/approle"
        root = {"X-Vault-Token": self.world.vault_root_token()}
        role = requests.get(f"{api}/role/mailstead/role-id", headers=root, timeout=_HTTP_TIMEOUT_S)
        role.raise_for_status()
        secret = requests.post(f"{api}/role/mailstead/secret-id", headers=root, timeout=_HTTP_TIMEOUT_S)
        secret.raise_for_status()
        login = {"role_id": role.json()["data"]["role_id"], "secret_id": secret.json()["data"]["secret_id"]}
        answer = requests.post(f"{api}/login", json=login, timeout=_HTTP_TIMEOUT_S)
        answer.raise_for_status()
        token = str(answer.json()["auth"]["client_token"])
        self.token_file.touch(mode=0o600)
        self.token_file.write_text(token, encoding="utf-8")
        return token

    def operator_token(self) -> str:
        """Make a token of a person who also runs `mailstead up`: for what the machine's own may not do."""
        return self.token_of("mailstead-provisioner", "mailstead-operator")

    def token_of(self, *policies: str) -> str:
        """Make a token that has these policies."""
        answer = requests.post(
            f"{self.world.vault_addr}/v1/auth/token/create",
            json={"policies": list(policies), "ttl": "1h"},
            headers={"X-Vault-Token": self.world.vault_root_token()},
            timeout=_HTTP_TIMEOUT_S,
        )
        answer.raise_for_status()
        return str(answer.json()["auth"]["client_token"])

    def first_password(self, address: str) -> str:
        """Read a person's first password, as somebody who may."""
        local, _, domain = address.partition("@")
        answer = requests.get(
            f"{self.world.vault_addr}/v1/secret/data/mail/users/{domain}/{local}",
            headers={"X-Vault-Token": self.environment()["VAULT_TOKEN"]},
            timeout=_HTTP_TIMEOUT_S,
        )
        answer.raise_for_status()
        return str(answer.json()["data"]["data"]["password"])


def _forget_salt(file: Path) -> None:
    """Take the encryption salt of a world that is gone out of a stack file: another world has another passphrase."""
    if not file.exists():
        return
    kept = cast("dict[str, Any]", yaml.safe_load(file.read_text(encoding="utf-8")) or {})
    kept.pop("encryptionsalt", None)
    file.write_text(yaml.safe_dump(kept, sort_keys=False), encoding="utf-8")


def forget(project: Path, name: str) -> None:
    """Remove the stack files of a world that is gone, which git ignores."""
    for folder in (project, project / FOUNDATION):
        (folder / f"Pulumi.{name}.yaml").unlink(missing_ok=True)
