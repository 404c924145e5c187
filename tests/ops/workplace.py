"""An operator's machine for tests: a project, a stand-in for `pulumi` on PATH, and an SSH agent that is a file."""

import io
import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from ops.destroy import Destruction
from ops.project import Project
from ops.update import Update

REPOSITORY = Path(__file__).parents[2]
STACK = "dev"
MAILBOX = "pulumi-python:dynamic/mailstead:Mailbox"
INSTANCE = "oci:Core/instance:Instance"
PUBLIC_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIL6iglwuJeWVjPSho9/zRJz9jdMVRBb3eDuWlCSxSyr+"

STACK_FILE = f"""\
config:
  mailstead:region: eu-frankfurt-1
  mailstead:compartment_ocid: ocid1.compartment.oc1..example
  mailstead:ssh_public_key: {PUBLIC_KEY}
  mailstead:ssh_from: [198.51.100.0/24]
"""
LIST = "domains:\n  - name: example.com\n    users: [alice]\n"

# An agent's socket is a file with one key a line; what was started and ended stands in a record.
_SSH_AGENT = """\
#!/bin/sh
case $1 in
  -s)
    : >"$FAKE_PULUMI/agent.keys"
    echo started >>"$FAKE_PULUMI/agent.record"
    echo "SSH_AUTH_SOCK=$FAKE_PULUMI/agent.keys; export SSH_AUTH_SOCK;"
    echo "SSH_AGENT_PID=4242; export SSH_AGENT_PID;"
    ;;
  -k) echo "ended $SSH_AGENT_PID" >>"$FAKE_PULUMI/agent.record" ;;
esac
"""
_SSH_ADD = """\
#!/bin/sh
case $1 in
  -L) [ -s "$SSH_AUTH_SOCK" ] && cat "$SSH_AUTH_SOCK" ;;
  -q) if [ -f "$2.pub" ]; then cat "$2.pub" >>"$SSH_AUTH_SOCK"; else echo "Error loading key" >&2; exit 1; fi ;;
esac
"""


@dataclass(frozen=True, kw_only=True)
class Call:
    """One run of `pulumi`: what it was asked, and what its environment told it."""

    arguments: tuple[str, ...]
    environment: dict[str, str]
    reads_nothing: bool

    @property
    def what(self) -> str:
        return " ".join(word for word in self.arguments[:2] if not word.startswith("-"))


@dataclass(kw_only=True)
class Operator:
    """One operator with one project and one stack, and what she has been told."""

    folder: Path
    agreed: bool = True
    questions: list[str] = field(default_factory=list[str])
    said: io.StringIO = field(default_factory=io.StringIO)

    def __post_init__(self) -> None:
        self.project_folder.mkdir()
        (self.project_folder / "Pulumi.yaml").write_text("name: mailstead\n")
        (self.project_folder / f"Pulumi.{STACK}.yaml").write_text(STACK_FILE)
        (self.project_folder / "mail_list.yml").write_text(LIST)
        self._program(
            "pulumi", f'#!/bin/sh\nexec {sys.executable} -I -S {Path(__file__).parent}/pulumi_program.py "$@"\n'
        )
        self._program("ssh-agent", _SSH_AGENT)
        self._program("ssh-add", _SSH_ADD)
        key = self.folder / "id_ed25519"
        key.write_text("a private key")
        key.with_name("id_ed25519.pub").write_text(f"{PUBLIC_KEY} operator\n")
        self.env = {
            "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "HOME": str(self.folder),
            "FAKE_PULUMI": str(self.folder),
            "PULUMI_BACKEND_URL": f"file://{self.folder / 'state'}",
            "MAILSTEAD_SSH_KEY": str(key),
        }
        self.scenario()

    @property
    def project_folder(self) -> Path:
        return self.folder / "project"

    @property
    def project(self) -> Project:
        return Project(folder=self.project_folder, stack=STACK)

    def scenario(self, **changes: Any) -> None:
        """Say what `pulumi` answers: version, state, export, preview, change."""
        told: dict[str, Any] = {"version": "v3.259.0", "state": state(), "export": {}, "preview": preview()}
        told |= {"change": {}, **changes}
        (self.folder / "scenario.json").write_text(json.dumps(told))

    def _program(self, name: str, text: str) -> None:
        path = self.folder / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    # What she does

    def update(self) -> Update:
        return Update(project=self.project, env=self.env, console=self._console(), confirm=self._confirm)

    def destruction(self, typed: str = STACK) -> Destruction:
        def ask(question: str) -> str:
            self.questions.append(question)
            return typed

        return Destruction(project=self.project, env=self.env, console=self._console(), ask_name=ask)

    def command(self, *arguments: str) -> subprocess.Popen[str]:
        """Start the real command line in the project's folder, with nobody at its terminal."""
        return subprocess.Popen(
            # Started in the background of a script, the tests would hand down that Ctrl-C is ignored.
            ["env", "--default-signal=INT,HUP,TERM", sys.executable, "-m", "ops", *arguments],
            cwd=self.project_folder,
            env={**self.env, "PYTHONPATH": str(REPOSITORY)},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def _confirm(self, question: str) -> bool:
        self.questions.append(question)
        return self.agreed

    def _console(self) -> Console:
        return Console(file=self.said, soft_wrap=True, markup=False, highlight=False)

    # What came of it

    def calls(self, what: str = "") -> list[Call]:
        """Give the runs of `pulumi`, all or those of one kind."""
        record = self.folder / "calls.jsonl"
        lines = record.read_text().splitlines() if record.exists() else []
        found = [Call(**{**(call := json.loads(line)), "arguments": tuple(call["arguments"])}) for line in lines]
        return [call for call in found if what in {"", call.what}]

    def recorded_state(self) -> dict[str, Any]:
        """Give the state as it is in the backend now."""
        return json.loads((self.folder / "scenario.json").read_text())["state"]

    def agent_record(self) -> list[str]:
        """Say which SSH agents were started and ended."""
        record = self.folder / "agent.record"
        return record.read_text().splitlines() if record.exists() else []

    def lock(self, *, pid: int, hostname: str) -> Path:
        """Lock the stack, as an engine does."""
        path = self.folder / "state" / ".pulumi" / "locks" / "organization" / "mailstead" / STACK / "one.json"
        path.parent.mkdir(parents=True)
        path.write_text(
            json.dumps({"pid": pid, "username": "root", "hostname": hostname, "timestamp": "2026-11-22T19:37:50Z"})
        )
        return path


def state(*pending: tuple[str, str], resources: tuple[dict[str, Any], ...] = ()) -> dict[str, Any]:
    """Write a state with operations under way, each as (kind, type of resource)."""
    deployment: dict[str, Any] = {"resources": list(resources)}
    if pending:
        deployment["pending_operations"] = [
            {"type": kind, "resource": {"urn": f"urn:pulumi:dev::mailstead::{what}::thing", "type": what}}
            for kind, what in pending
        ]
    return {"version": 3, "deployment": deployment}


def preview(*creates: tuple[str, str]) -> dict[str, Any]:
    """Write a preview that would create resources, each as (type, name)."""
    steps = [
        {"op": "create", "urn": f"urn:pulumi:dev::mailstead::{what}::{name}", "newState": {"inputs": {}}}
        for what, name in creates
    ]
    return {"stdout": json.dumps({"steps": steps, "changeSummary": {"same": 9}})}
