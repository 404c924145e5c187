"""The reference of exit codes, from what the commands' own help says."""

import re
from collections.abc import Iterator

import typer.main

from docs.commands import commands_of
from docs.tables import table
from ops.cli import app
from ops.cli_app import EXIT_FAILED, EXIT_INPUT, EXIT_INTERRUPTED, EXIT_REFUSED

_GENERAL = (
    (0, "done; of a command that compares: nothing differs"),
    (EXIT_FAILED, "failed: Vault, mailcow, a host or the engine did not do its part, or a finding is bad"),
    (EXIT_INPUT, "a file or an argument has to be corrected; the message names every place"),
    (EXIT_REFUSED, "refused: it could be done and would do harm; the message says what to do instead"),
    (EXIT_INTERRUPTED, "stopped by Ctrl-C or a signal; the same command goes on"),
)


def exit_codes(made: str) -> str:
    """Write the reference of exit codes.

    Args:
        made: The line that says what it is made from.
    """
    return (
        f"# Exit codes\n\n{made}\n"
        "Of every command of `mailstead`:\n\n"
        f"{table(('code', 'meaning'), ((str(code), meaning) for code, meaning in _GENERAL))}\n"
        "Some commands tell more by theirs:\n\n"
        f"{table(('command', 'what it says'), _special())}\n"
        "Plain `pulumi` commands have the engine's own.\n"
    )


def _special() -> Iterator[tuple[str, str]]:
    for name, command in commands_of(typer.main.get_command(app)):
        told = [part for part in command.help.split("\n\n") if re.search(r"\bexit code", part, re.IGNORECASE)]
        if told:
            yield f"`mailstead {name}`", " ".join(" ".join(told).split())
