"""The mail service of the lab ring: the stack under test and ways to look at it from outside the product."""

import json
import os
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import requests

from lab.mail_user import MailUser
from lab.mailcow.faults import Fault, inject, nested
from lab.stack import LabStack, Run

SAMPLE = """\
domains:
  - name: example.com
    users: [alice, bob]
  - name: startup.io
    users: [carol, dave]
"""
EVERYBODY = ("alice@example.com", "bob@example.com", "carol@startup.io", "dave@startup.io")
MAILBOX = "pulumi-python:dynamic/mailstead:Mailbox"
PREVIEWED = (0, 10, 11, 12)
"""Exit codes of a preview that came to its end; they tell what it found."""


@dataclass(frozen=True, kw_only=True)
class Service:
    """A running mail service.

    Attributes:
        stack: The stack that made it.
    """

    stack: LabStack

    @property
    def address(self) -> str:
        return str(self.stack.outputs()["public_ips"][0])

    def user(self, address: str) -> MailUser:
        """A person with the first password that Vault holds."""
        return MailUser(address=address, password=self.stack.first_password(address), host=self.address)

    def up(self, *, accept: Sequence[int] = (0,), **env: str) -> Run:
        """`mailstead up`, unattended."""
        return self.stack.mailstead("up", "--yes", "--stack", self.stack.name, accept=tuple(accept), **env)

    def preview(self, *, accept: Sequence[int] = PREVIEWED, **env: str) -> Run:
        """`mailstead preview`."""
        return self.stack.mailstead("preview", "--stack", self.stack.name, accept=tuple(accept), **env)

    def happenings(self) -> list[tuple[str, str]]:
        """What a preview says, as (kind, subject)."""
        run = self.stack.mailstead("preview", "--json", "--stack", self.stack.name, accept=PREVIEWED)
        document = cast("dict[str, Any]", json.loads(run.output))
        return [(entry["kind"], entry["subject"]) for entry in document["happenings"]]

    def write_list(self, **domains: str) -> None:
        """Write the list: ``write_list(example_com="users: [alice]")``; several lines are fine."""
        lines = ["domains:"]
        for name, body in domains.items():
            lines.append(f"  - name: {name.replace('_', '.')}")
            lines.append(textwrap.indent(body.strip(), "    "))
        self.stack.write_list("\n".join(lines) + "\n")

    # The host, from inside

    def container(self) -> str:
        """The id of the container that stands for the mail host."""
        listed = self._docker(
            "ps", "--quiet", "--filter", f"label=mailstead.lab.world={self.stack.world.name}",
            "--filter", f"label=mailstead.lab={self.stack.world.clone}", "--filter", "label=mailstead.lab.instance",
        )  # fmt: skip
        (only,) = listed.split()
        return only

    def on_host(self, script: str, *, check: bool = True) -> str:
        """Run a script as root on the mail host; it goes by standard input, so it may hold a secret."""
        ended = subprocess.run(
            ["docker", "--host", self.stack.world.docker_host, "exec", "-i", self.container(), "bash", "-s"],
            input=script,
            text=True,
            capture_output=True,
            check=False,
        )
        if check and ended.returncode != 0:
            raise AssertionError(f"on the host: {ended.stdout[-2000:]}{ended.stderr[-2000:]}")
        return ended.stdout

    def _docker(self, *arguments: str) -> str:
        command = ["docker", "--host", self.stack.world.docker_host, *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    # Vault and mailcow, past the product

    def vault(self, method: str, path: str, body: object = None) -> requests.Response:
        """Ask Vault with the root token."""
        return requests.request(
            method,
            f"{self.stack.world.vault_addr}/v1/{path}",
            headers={"X-Vault-Token": self.stack.world.vault_root_token()},
            json=body,
            timeout=30,
        )

    def api_key(self) -> str:
        """The read-write key of mailcow's API, from Vault."""
        hostname = self.stack.outputs()["mail_hostnames"][0]
        answer = self.vault("GET", f"secret/data/mail/hosts/{hostname}/api_key")
        return str(answer.json()["data"]["data"]["key"])

    def mailcow(self, path: str, body: object = None) -> Any:
        """Ask mailcow's API from the host itself, as somebody in its web interface would change things."""
        data = "" if body is None else f"data = {json.dumps(json.dumps(body))}\n"
        text = self.on_host(
            "curl --silent --insecure --config - <<'CURL'\n"
            f'url = "https://127.0.0.1/api/v1/{path}"\n'
            f'header = "X-API-Key: {self.api_key()}"\n'
            'header = "Content-Type: application/json"\n'
            f"{data}CURL\n"
        )
        return json.loads(text)

    def mailboxes(self) -> list[str]:
        """All addresses that mailcow has, as its listing says them, doubles included."""
        listed = self.mailcow("get/mailbox/all")
        return sorted(str(row["username"]) for row in listed) if isinstance(listed, list) else []

    def recorded_mailboxes(self) -> list[str]:
        """All addresses that the state has."""
        resources = self.stack.export()["deployment"]["resources"]
        return sorted(str(resource["id"]) for resource in resources if resource["type"] == MAILBOX)

    # Faults and events

    def mailcow_fault(self, fault: Fault) -> None:
        """Let the next call of a route of the lab's API go wrong."""
        inject(nested({**os.environ, "DOCKER_HOST": self.stack.world.docker_host}, self.container()), fault)

    def runs_on_host(self, script: str) -> bool:
        """Whether one of the product's scripts runs on the host at this moment; also while there is no host."""
        try:
            return bool(self.on_host(f"pgrep -f 'scripts/{script}[.]sh'", check=False).strip())
        except ValueError:
            return False  # between two instances

    def reboot(self) -> None:
        """Restart the instance as its cloud would."""
        self._docker("restart", self.container())

    def replace_address(self) -> Run:
        """Give the host another reserved address, as an operator would who has to."""
        resources = self.stack.export()["deployment"]["resources"]
        (urn,) = [str(resource["urn"]) for resource in resources if resource["type"] == "oci:Core/publicIp:PublicIp"]
        name = self.stack.name
        self.stack.pulumi("state", "unprotect", urn, "--yes", "--stack", name)
        return self.stack.pulumi("up", "--yes", "--skip-preview", "--replace", urn, "--stack", name)
