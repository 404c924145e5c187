"""`mailstead destroy`: says what goes, asks for the stack's name, destroys protected resources too."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any, cast

from rich.console import Console

from core.errors import InputError, RefusedError
from core.names import ENV_DESTROY
from ops.agent import agent_of, ssh_agent
from ops.engine import Engine, Outcome
from ops.interrupted import clear_what_is_left
from ops.project import Project

_COUNTED = {
    "pulumi-python:dynamic/mailstead:Mailbox": "mailboxes, with all mail in them",
    "pulumi-python:dynamic/mailstead:Domain": "mail domains",
    "pulumi-python:dynamic/mailstead:VaultSecret": "first passwords in Vault",
    "oci:Core/instance:Instance": "servers",
    "oci:Core/volume:Volume": "volumes, with mail and backups",
    "oci:Core/publicIp:PublicIp": "reserved addresses",
}


@dataclass(frozen=True, kw_only=True)
class Inventory:
    """What a stack holds.

    Attributes:
        counts: Resource type to how many there are.
        protected: Names of what is protected against deletion.
    """

    counts: dict[str, int]
    protected: tuple[str, ...]

    def lines(self) -> list[str]:
        """Say what would go, the things people care about first."""
        known = [f"{self.counts[kind]} {words}" for kind, words in _COUNTED.items() if self.counts.get(kind)]
        rest = sum(count for kind, count in self.counts.items() if kind not in _COUNTED)
        return [*known, *([f"{rest} other resources"] if rest else [])]


def inventory_of(exported: Mapping[str, Any]) -> Inventory:
    """Count what an exported state holds."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    counts: dict[str, int] = {}
    protected: list[str] = []
    for resource in cast("list[dict[str, Any]]", deployment.get("resources") or []):
        kind = str(resource["type"])
        if kind.startswith("pulumi:"):
            continue
        counts[kind] = counts.get(kind, 0) + 1
        if resource.get("protect"):
            protected.append(str(resource["urn"]).rpartition("::")[2])
    return Inventory(counts=counts, protected=tuple(sorted(set(protected))))


@dataclass(frozen=True, kw_only=True)
class Destruction:
    """One run of `mailstead destroy`.

    Attributes:
        project: Folder and stack.
        env: The operator's environment.
        console: Where words go.
        ask_name: Asks for the stack's name, given the question.
    """

    project: Project
    env: Mapping[str, str]
    console: Console
    ask_name: Callable[[str], str]

    def run(self) -> Outcome:
        """Destroy the stack's resources after its name was typed.

        Raises:
            RefusedError: The name was not the stack's, or something has to be put right first.
        """
        stack = self.project.stack
        with self._agent() as agent:
            engine = Engine.of(self.project, env=self.env, extra={**agent, ENV_DESTROY: stack})
            engine.require()
            clear_what_is_left(engine, self.project, self.console)
            inventory = inventory_of(engine.export())
            if not inventory.counts:
                self.console.print(f"Stack {stack} holds nothing.")
                return Outcome(status=0)
            self._say(inventory)
            if self.ask_name(f"This cannot be undone. Type the stack's name ({stack}) to destroy it") != stack:
                raise RefusedError("that is not the stack's name; nothing was done")
            # For this one run: a destruction that fails leaves protected what it did not reach.
            return engine.change("destroy", "--skip-preview", "--ignore-protect", "--suppress-progress")

    def _agent(self) -> AbstractContextManager[dict[str, str]]:
        try:
            settings = self.project.settings()
        except InputError:
            return ssh_agent(self.env)  # what is recorded goes, whatever the stack file says
        return agent_of(settings, self.env)

    def _say(self, inventory: Inventory) -> None:
        self.console.print(f"Destroying stack {self.project.stack} deletes:")
        for line in inventory.lines():
            self.console.print(f"  - {line}", style="red")
        if inventory.protected:
            self.console.print(f"Protected until now: {', '.join(inventory.protected)}")
