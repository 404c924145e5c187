"""What every command of `mailstead` is registered on and made with: app, options, exit codes, clear endings.

A command lives in a module of its own, ``ops/<name>_command.py``, which registers it on ``app`` and calls the module
that does the work; ``ops/cli.py`` imports them all.
"""

import signal
import sys
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Final

import typer
from rich.console import Console

from core.errors import InputError, MailsteadError, RefusedError
from ops.engine import Outcome
from ops.project import Project, find_project

EXIT_FAILED: Final = 1
EXIT_INPUT: Final = 2
EXIT_REFUSED: Final = 3
EXIT_INTERRUPTED: Final = 130

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # a traceback may show a value that is nobody's business
    help="Run a company's mail from one list of people.\n\n"
    "Exit codes: 0 done, 1 failed, 2 a file has to be corrected, 3 refused, 130 interrupted; "
    "some commands tell more by theirs, which stands at the command.",
    rich_markup_mode=None,
)

StackOption = Annotated[
    str | None,
    typer.Option("--stack", "-s", help="The stack; needed when there is more than one stack file."),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for machines.")]
YesOption = Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")]


def out() -> Console:
    """Make a console of standard output.

    Made anew for each command: it looks at where its output goes, and colours only a terminal.
    Without markup, because a file's own words may hold brackets.
    """
    return Console(highlight=False, soft_wrap=True, markup=False)


def err() -> Console:
    """Make a console of standard error, as ``out`` is made."""
    return Console(stderr=True, highlight=False, soft_wrap=True, markup=False)


@contextmanager
def told_plainly() -> Generator[None]:
    """Turn our errors into one clear message and an exit code; being ended by a signal is a Ctrl-C."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    except MailsteadError as problem:
        err().print(f"mailstead: {problem}", style="red")
        raise typer.Exit(_exit_code(problem)) from None
    except (KeyboardInterrupt, typer.Abort):
        err().print("mailstead: stopped before anything was changed", style="yellow")
        raise typer.Exit(EXIT_INTERRUPTED) from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _exit_code(problem: MailsteadError) -> int:
    match problem:
        case InputError():
            return EXIT_INPUT
        case RefusedError():
            return EXIT_REFUSED
        case _:  # Vault, mailcow or a host did not do its part
            return EXIT_FAILED


def project_of(stack: str | None) -> Project:
    """Say which project and stack a command is about, from where it was started and ``--stack``."""
    return find_project(Path.cwd(), stack)


def asking(*, yes: bool) -> Callable[[str], bool]:
    """Give what asks the person at the terminal; with ``yes`` it agrees, and without a terminal it refuses."""

    def confirm(question: str) -> bool:
        if yes:
            return True
        if not sys.stdin.isatty():
            raise RefusedError("nothing was done, because nobody can be asked: this is no terminal; add --yes to agree")
        return typer.confirm(question, default=False)

    return confirm


def end(outcome: Outcome, *, done: str) -> None:
    """Say how a change ended, and end with its exit code."""
    for error in outcome.errors:
        err().print(f"mailstead: {error}", style="red")
    if outcome.interrupted:
        err().print("mailstead: stopped; the same command goes on from here", style="yellow")
        raise typer.Exit(EXIT_INTERRUPTED)
    if outcome.status != 0:
        err().print("mailstead: the same command finishes the job when the cause is gone", style="yellow")
        raise typer.Exit(EXIT_FAILED)
    out().print(done)
