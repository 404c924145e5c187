"""What `make demo` does, step by step, with the time each step took."""

import os
import re
import subprocess
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from lab import advice
from lab.demo.waiting import wait_patiently
from lab.errors import LabError
from lab.mail_user import MailError, MailUser
from lab.stack import LabStack, RunError

NEWCOMER = "erin"
_USERS = re.compile(r"^(?P<head>\s*-?\s*users:\s*\[)(?P<users>[^\]]*)\]", re.MULTILINE)


class DemoError(LabError):
    """A step of the demo failed; the text says which and why."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """One step that was done: what, and how long it took."""

    title: str
    took_s: float


@dataclass(kw_only=True)
class Demo:
    """One run of the demo.

    Attributes:
        stack: The stack it brings up, in a world that is up and running.
        console: Where progress goes.
    """

    stack: LabStack
    console: Console
    steps: list[Step] = field(default_factory=list[Step])

    @property
    def _project(self) -> Path:
        return self.stack.project

    def run(self, *, lab_took_s: float) -> None:
        """Do all of it.

        Args:
            lab_took_s: How long bringing the lab up took, for the table at the end.

        Raises:
            DemoError: A step failed.
        """
        self.steps.append(Step(title="bring the lab up", took_s=lab_took_s))
        with self._step("prepare the stack and Vault (foundation/vault)"):
            self._prepare()
        with self._step("mailstead up: network, server, mailcow, people"):
            self._up()
        with self._step("people log in, send and read"):
            self.people_read_mail()
        with self._step("mailstead up again: nothing changes"):
            self._nothing_changes()
        with self._step(f"one person more: {NEWCOMER}@example.com"):
            self._one_person_more()
        with self._step("the first backup"):
            self._backup()
        self._farewell()

    def _prepare(self) -> None:
        if not self.stack.mail_list.exists():
            self.stack.write_list((self._project / "mail_list.yml").read_text(encoding="utf-8"))
        self.stack.write_config()
        self.stack.initialise()
        self.stack.prepare_vault()
        key = os.path.relpath(self.stack.world.folder / "backup-key.asc", self._project)
        self.stack.write_config(backup_public_key=key)
        # Not with the token that `mailstead up` has: that one can never read the key that opens the backups.
        self.stack.mailstead("backup", "key", "--stack", self.stack.name, VAULT_TOKEN=self.stack.operator_token())

    def _up(self, *arguments: str) -> None:
        # Shown as it goes: this is what a user sees.
        self._show([str(self._project / "mailstead"), "up", "--stack", self.stack.name, "--yes", *arguments])

    def _show(self, command: list[str], *, accept: tuple[int, ...] = (0,)) -> None:
        self.console.print(f"[dim]$ {escape(' '.join(command).replace(str(self._project) + '/', './'))}[/]")
        process = subprocess.Popen(command, cwd=self._project, env=self.stack.environment())
        status = wait_patiently(process)
        if status not in accept:
            raise DemoError(f"{Path(command[0]).name} {command[1]} ended with exit code {status}")

    def people_read_mail(self) -> None:
        """Let everybody log in, send a mail and have it read by another; a row a person.

        Raises:
            DemoError: Somebody could not.
        """
        table = Table("person", "first password in Vault", "IMAP login", "sent to", "read back", box=None)
        failed: list[str] = []
        people = self._people()
        for person, other in zip(people, [*people[1:], people[0]], strict=True):
            problem = _first_problem(
                (person.log_in, lambda person=person, other=other: other.read(person.send(other.address)))
            )
            table.add_row(*self._row(person, other, problem))
            if problem is not None:
                failed.append(problem)
        self.console.print(table)
        if failed:
            raise DemoError("; ".join(failed))

    def _row(self, person: MailUser, other: MailUser, problem: str | None) -> tuple[str, ...]:
        local, _, domain = person.address.partition("@")
        path = f"secret/mail/users/{domain}/{local}"
        if problem is None:
            return person.address, path, "[green]ok[/]", other.address, "[green]ok[/]"
        return f"[red]{person.address}[/]", path, f"[red]{escape(problem)}[/]", other.address, "[red]no[/]"

    def _people(self) -> list[MailUser]:
        addresses = sorted(
            resource["id"]
            for resource in self.stack.export()["deployment"]["resources"]
            # Who was offboarded cannot log in, which is right.
            if resource["type"] == "pulumi-python:dynamic/mailstead:Mailbox" and resource["inputs"]["active"]
        )
        host = self.stack.outputs()["public_ips"][0]
        return [
            MailUser(address=address, password=self.stack.first_password(address), host=host) for address in addresses
        ]

    def _nothing_changes(self) -> None:
        run = self.stack.pulumi(
            "up",
            "--yes",
            "--skip-preview",
            "--expect-no-changes",
            "--suppress-outputs",
            "--stack",
            self.stack.name,
            accept=(0, 1, 7),
        )
        if run.status != 0:
            raise DemoError(f"a second pulumi up changed something:\n{run.output[-3000:]}")
        self.console.print("  pulumi up --expect-no-changes: exit code 0")

    def _one_person_more(self) -> None:
        text = self.stack.mail_list.read_text(encoding="utf-8")
        self.stack.write_list(with_user(text, NEWCOMER))
        # Its exit code tells whether somebody is added; closing or deleting anybody would have another.
        self._show([str(self._project / "mailstead"), "preview", "--stack", self.stack.name], accept=(0, 10))
        self._up()
        newcomer = next(person for person in self._people() if person.address == f"{NEWCOMER}@example.com")
        newcomer.log_in()
        self.console.print(f"  {newcomer.address} logged in by IMAP")

    def _backup(self) -> None:
        for words in (["run", "--wait"], ["list"]):
            self._show([str(self._project / "mailstead"), "backup", *words, "--stack", self.stack.name])

    def _farewell(self) -> None:
        table = Table("step", "seconds", box=None)
        for step in self.steps:
            table.add_row(step.title, f"{step.took_s:.1f}")
        self.console.print(table)
        host = self.stack.outputs()["public_ips"][0]
        self.console.print(
            "Look around:\n"
            f"  {advice.enter(self.stack.name)}    (good for an hour)\n"
            "  ./mailstead doctor --stack demo\n"
            "  pulumi stack --stack demo\n"
            f"  {self.stack.ssh_commands()[0]}    (the mail host; its web page is https://{host}/)\n"
            f"  edit {self.stack.mail_list.relative_to(self._project)}, then: ./mailstead up --stack demo\n"
            "End it:\n"
            f"  {advice.END}",
            markup=False,
            highlight=False,
            soft_wrap=True,
        )

    @contextmanager
    def _step(self, title: str) -> Generator[None]:
        self.console.rule(f"[bold]{escape(title)}", align="left")
        start = time.monotonic()
        try:
            yield
        except (LabError, RunError, OSError) as problem:
            raise DemoError(f"step {title!r} failed: {problem}") from problem
        self.steps.append(Step(title=title, took_s=time.monotonic() - start))


def _first_problem(actions: tuple[Callable[[], object], ...]) -> str | None:
    for action in actions:
        try:
            action()
        except MailError as problem:
            return str(problem)
    return None


def with_user(text: str, name: str) -> str:
    """Add a user to the first domain of a list in short form; everything else stays as it is written."""
    match = _USERS.search(text)
    if match is None:
        raise DemoError("the list has no line 'users: [...]' to add a person to")
    users = [user.strip() for user in match["users"].split(",") if user.strip()]
    if name in users:
        return text
    line = f"{match['head']}{', '.join([*users, name])}]"
    return f"{text[: match.start()]}{line}{text[match.end() :]}"
