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
from ops.figures import count
from ops.happening import Planned
from ops.interrupted import clear_what_is_left
from ops.progress import Progress
from ops.project import Project
from ops.steps import OURS, Step
from ops.update import QUIET
from ops.words import planned_of

_MAILBOX = f"{OURS}Mailbox"
_ADOPTED = "adopted"
"""Output of what was taken over; said here again, because the module that writes it loads the engine's SDK."""
_COUNTED = {
    _MAILBOX: "mailboxes, with all mail in them",
    f"{OURS}Domain": "mail domains",
    f"{OURS}VaultSecret": "first passwords in Vault",
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
        adopted: Names of what was on the server before the stack took it over, by resource type.
        planned: Each resource that goes, by URN.
    """

    counts: dict[str, int]
    protected: tuple[str, ...]
    adopted: dict[str, tuple[str, ...]]
    planned: dict[str, Planned]

    def lines(self) -> list[str]:
        """Say what would go, the things people care about first."""
        known = [f"{self.counts[kind]} {words}" for kind, words in _COUNTED.items() if self.counts.get(kind)]
        rest = sum(count for kind, count in self.counts.items() if kind not in _COUNTED)
        return [*known, *([f"{rest} other resources"] if rest else [])]

    def warning(self) -> list[str]:
        """Say, by name, what was there before the stack and goes nevertheless; nothing where there is none."""
        if not self.adopted:
            return []
        known = [
            (_MAILBOX, "mailbox, with all mail in it", "mailboxes, with all mail in them"),
            (f"{OURS}Domain", "mail domain", "mail domains"),
            (f"{OURS}DkimKey", "DKIM key", "DKIM keys"),
            (f"{OURS}Alias", "alias", "aliases"),
        ]
        return [
            "THIS STACK DID NOT MAKE ALL OF IT. These were on the server before it took them over, and go as well:",
            *(
                f"  ! {count(len(names), one, many)}: {', '.join(names)}"
                for kind, one, many in known
                if (names := self.adopted.get(kind))
            ),
        ]


def inventory_of(exported: Mapping[str, Any]) -> Inventory:
    """Count what an exported state holds."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    counts: dict[str, int] = {}
    protected: list[str] = []
    adopted: dict[str, list[str]] = {}
    steps: list[Step] = []
    for resource in cast("list[dict[str, Any]]", deployment.get("resources") or []):
        kind = str(resource["type"])
        if kind.startswith("pulumi:"):
            continue
        step = Step(op="delete", urn=str(resource["urn"]))
        counts[kind] = counts.get(kind, 0) + 1
        if resource.get("protect"):
            protected.append(step.name)
        if cast("dict[str, Any]", resource.get("outputs") or {}).get(_ADOPTED):
            adopted.setdefault(kind, []).append(step.name)
        if resource.get("custom"):
            steps.append(step)
    return Inventory(
        counts=counts,
        protected=tuple(sorted(set(protected))),
        adopted={kind: tuple(sorted(names)) for kind, names in adopted.items()},
        planned=planned_of(steps),
    )


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
            if self.ask_name(_question(stack, inventory)) != stack:
                raise RefusedError("that is not the stack's name; nothing was done")
            progress = Progress(self.console, inventory.planned)
            try:
                # For this one run: a destruction that fails leaves protected what it did not reach.
                return engine.change("destroy", "--skip-preview", "--ignore-protect", *QUIET, watcher=progress)
            finally:
                progress.end()

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
        for line in inventory.warning():
            self.console.print(line, style="bold red")
        if inventory.adopted:
            self.console.print(
                "To let go of everything and leave it as it is, answer with another word and run:"
                f" pulumi stack rm {self.project.stack} --force --preserve-config"
            )


def _question(stack: str, inventory: Inventory) -> str:
    others = len(inventory.adopted.get(_MAILBOX, ()))
    about = f", and deletes {count(others, 'mailbox', 'mailboxes')} that this stack did not make" if others else ""
    return f"This cannot be undone{about}. Type the stack's name ({stack}) to destroy it"
