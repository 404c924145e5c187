"""`mailstead`: the command line. Every command is a few lines over a module that does the work."""

import json
import os
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from core.errors import InputError, MailsteadError
from core.free_tier import budget
from core.settings import config_table
from ops.destroy import Destruction
from ops.doctor import examine
from ops.engine import Outcome
from ops.project import Project, find_project
from ops.report import as_json, print_words
from ops.update import Update

EXIT_FAILED = 1
EXIT_INPUT = 2
EXIT_REFUSED = 3
EXIT_INTERRUPTED = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback may show a value that is nobody's business
    help="Run a company's mail from one list of people.\n\n"
    "Exit codes: 0 done, 1 failed, 2 a file has to be corrected, 3 refused, 130 interrupted.",
    rich_markup_mode=None,
)
_out = Console(highlight=False, soft_wrap=True)
_err = Console(stderr=True, highlight=False, soft_wrap=True)

StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", help="The stack; needed when there is more than one stack file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


@contextmanager
def _told_plainly() -> Generator[None]:
    """Turn our errors into one clear message and an exit code."""
    try:
        yield
    except InputError as problem:
        _err.print(f"mailstead: {problem}", style="red", markup=False)
        raise typer.Exit(EXIT_INPUT) from None
    except MailsteadError as problem:
        _err.print(f"mailstead: {problem}", style="red", markup=False)
        raise typer.Exit(EXIT_REFUSED) from None


def _project(stack: str | None) -> Project:
    return find_project(Path.cwd(), stack)


def _end(outcome: Outcome) -> None:
    for error in outcome.errors:
        _err.print(f"mailstead: {error}", style="red", markup=False)
    if outcome.interrupted:
        raise typer.Exit(EXIT_INTERRUPTED)
    if outcome.status != 0:
        _err.print("mailstead: the same command finishes the job when the cause is gone", style="yellow")
        raise typer.Exit(EXIT_FAILED)


@app.command()
def up(stack: StackOption = None, *, yes: YesOption = False) -> None:
    """Say in words what would change, ask, and change it.

    Example: mailstead up --stack prod

    Example: mailstead up --stack dev --yes
    """

    def confirm(question: str) -> bool:
        if yes:
            return True
        return sys.stdin.isatty() and typer.confirm(question, default=False)

    with _told_plainly():
        _end(Update(project=_project(stack), env=os.environ, console=_out, confirm=confirm).run())


@app.command()
def preview(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say in words what `up` would do, and change nothing.

    Example: mailstead preview --stack prod

    Example: mailstead preview --stack prod --json | jq .counts
    """
    with _told_plainly():
        project = _project(stack)
        words = Update(project=project, env=os.environ, console=_err, confirm=lambda _: False).preview()
        if as_machine:
            typer.echo(as_json(words))
        else:
            print_words(words, _out)


@app.command()
def destroy(
    stack: StackOption = None,
    *,
    name: Annotated[str, typer.Option("--name", help="The stack's name, instead of typing it when asked.")] = "",
) -> None:
    """Say what goes, ask for the stack's name, lift protection, destroy.

    Example: mailstead destroy --stack dev
    """

    def ask(question: str) -> str:
        return name or (str(typer.prompt(question)) if sys.stdin.isatty() else "")

    with _told_plainly():
        _end(Destruction(project=_project(stack), env=os.environ, console=_out, ask_name=ask).run())


@app.command()
def doctor(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say what is missing on this machine or in this stack, each with the command that mends it.

    Example: mailstead doctor --stack dev
    """
    with _told_plainly():
        findings = examine(_project(stack), os.environ)
    if as_machine:
        typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
    for finding in () if as_machine else findings:
        _out.print(f"{'ok  ' if finding.ok else 'MEND'}  {finding.name}: {finding.found}", markup=False)
        if finding.mend:
            _out.print(f"      {finding.mend}", style="yellow", markup=False)
    if not all(finding.ok for finding in findings):
        raise typer.Exit(EXIT_FAILED)


@app.command()
def config(*, as_machine: JsonOption = False) -> None:
    """List the keys of a stack file: name, type, default, meaning.

    Example: mailstead config
    """
    keys = config_table()
    if as_machine:
        typer.echo(json.dumps([asdict(key) for key in keys], indent=2))
        return
    table = Table("key", "type", "default", "meaning", box=None)
    for key in keys:
        table.add_row(key.name, key.type_text, key.default_text, key.meaning)
    _out.print(table)


@app.command()
def plan(stack: StackOption = None) -> None:
    """Put what the stack asks of the cloud beside what is free.

    Example: mailstead plan --stack dev
    """
    with _told_plainly():
        settings = _project(stack).inputs().settings
    table = Table("what", "planned", "free", "unit", "", box=None)
    for row in budget(settings):
        table.add_row(row.what, f"{row.planned:g}", f"{row.allowed:g}", row.unit, "ok" if row.ok else "beyond")
    _out.print(table)
