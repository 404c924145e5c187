"""`mailstead`: the command line. Every command is a few lines over a module that does the work."""

import json
import os
import signal
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console

from core.errors import InputError, MailsteadError, RefusedError
from core.free_tier import check_free_tier
from core.settings import config_table
from ops.destroy import Destruction
from ops.doctor import examine
from ops.engine import Outcome
from ops.project import Project, find_project
from ops.report import as_json, budget_as_json, print_budget, print_config_keys, print_findings, print_words
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

StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", help="The stack; needed when there is more than one stack file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def _out() -> Console:
    # Made anew for each command: it looks at where its output goes, and colours only a terminal.
    # Without markup, because a file's own words may hold brackets.
    return Console(highlight=False, soft_wrap=True, markup=False)


def _err() -> Console:
    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


@contextmanager
def _told_plainly() -> Generator[None]:
    """Turn our errors into one clear message and an exit code; being ended by a signal is a Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except InputError as problem:
        _err().print(f"mailstead: {problem}", style="red")
        raise typer.Exit(EXIT_INPUT) from None
    except MailsteadError as problem:
        _err().print(f"mailstead: {problem}", style="red")
        raise typer.Exit(EXIT_REFUSED) from None
    except (KeyboardInterrupt, typer.Abort):
        _err().print("mailstead: stopped before anything was changed", style="yellow")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _project(stack: str | None) -> Project:
    return find_project(Path.cwd(), stack)


def _end(outcome: Outcome, *, done: str) -> None:
    """Say how a change ended, and end with its exit code."""
    for error in outcome.errors:
        _err().print(f"mailstead: {error}", style="red")
    if outcome.interrupted:
        _err().print("mailstead: stopped; the same command goes on from here", style="yellow")
        raise typer.Exit(EXIT_INTERRUPTED)
    if outcome.status != 0:
        _err().print("mailstead: the same command finishes the job when the cause is gone", style="yellow")
        raise typer.Exit(EXIT_FAILED)
    _out().print(done)


@app.command()
def up(stack: StackOption = None, *, yes: YesOption = False) -> None:
    """Say in words what would change, ask, and change it.

    Example: mailstead up --stack prod

    Example: mailstead up --stack dev --yes
    """

    def confirm(question: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise RefusedError("nothing was done, because nobody can be asked: this is no terminal; add --yes to agree")
        return typer.confirm(question, default=False)

    with _told_plainly():
        project = _project(stack)
        outcome = Update(project=project, env=os.environ, console=_out(), confirm=confirm).run()
        _end(outcome, done=f"Done. DNS records to enter: pulumi stack output dns_records --stack {project.stack}")


@app.command()
def preview(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say in words what `up` would do, and change nothing.

    Example: mailstead preview --stack prod

    Example: mailstead preview --stack prod --json | jq .counts
    """
    with _told_plainly():
        project = _project(stack)
        words = Update(project=project, env=os.environ, console=_err(), confirm=lambda _: False).preview()
        if as_machine:
            typer.echo(as_json(words))
        else:
            print_words(words, _out())


@app.command()
def destroy(
    stack: StackOption = None,
    *,
    name: Annotated[str, typer.Option("--name", help="The stack's name, instead of typing it when asked.")] = "",
) -> None:
    """Say what goes, ask for the stack's name, and destroy it, what is protected included.

    Example: mailstead destroy --stack dev

    Example: mailstead destroy --stack dev --name dev
    """

    def ask(question: str) -> str:
        if name:
            return name
        if not sys.stdin.isatty():
            raise RefusedError(
                "nothing was done, because nobody can be asked: this is no terminal; add --name and the stack's name"
            )
        return str(typer.prompt(question))

    with _told_plainly():
        project = _project(stack)
        outcome = Destruction(project=project, env=os.environ, console=_out(), ask_name=ask).run()
        _end(outcome, done=f"Done. Stack {project.stack} holds nothing.")


@app.command()
def doctor(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say what is missing on this machine or in this stack, each with the command that mends it.

    Example: mailstead doctor --stack dev

    Example: mailstead doctor --stack dev --json
    """
    with _told_plainly():
        findings = examine(_project(stack), os.environ)
        if as_machine:
            typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            print_findings(findings, _out())
        if not all(finding.ok for finding in findings):
            raise typer.Exit(EXIT_FAILED)


@app.command()
def config(*, as_machine: JsonOption = False) -> None:
    """List the keys of a stack file: name, type, default, meaning.

    Example: mailstead config

    Example: mailstead config --json | jq -r '.[].name'
    """
    keys = config_table()
    if as_machine:
        typer.echo(json.dumps([asdict(key) for key in keys], indent=2))
    else:
        print_config_keys(keys, _out())


@app.command()
def plan(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Put what the stack asks of the cloud beside what is free; exit code 2 when `up` would refuse it.

    Example: mailstead plan --stack dev

    Example: mailstead plan --stack dev --json
    """
    with _told_plainly():
        project = _project(stack)
        settings = project.settings()
        if as_machine:
            typer.echo(budget_as_json(settings))
        else:
            print_budget(settings, _out())
        check_free_tier(settings, stack_file=project.stack_file.name)
