"""`mailstead drill`: registers the command; ``ops.restoring`` does the work."""

import json
import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from core.restore import day
from ops.cli_app import EXIT_FAILED, JsonOption, StackOption, app, out, project_of, told_plainly
from ops.restore_command import DayOption, KeyFileOption
from ops.session_keys import private_key
from vault.api import VaultApi

if TYPE_CHECKING:
    from ops.restoring import Drilled


@app.command()
def drill(
    stack: StackOption = None,
    *,
    host: Annotated[int, typer.Option("--host", min=0, metavar="NUMBER", help="One mail host; without it, all.")] = 0,
    seed: Annotated[
        int | None, typer.Option("--seed", min=0, max=2**32 - 1, help="Choose the mailbox that this number chose.")
    ] = None,
    on_day: DayOption = "",
    key_file: KeyFileOption = None,
    as_machine: JsonOption = False,
) -> None:
    """Try the backups: restore a random mailbox and the system set into an empty place, read and compare all of it.

    Nothing live is touched, and the private key does not leave this machine. Exit code 1 says that a backup is bad.

    Example: mailstead drill --stack prod

    Example: mailstead drill --stack prod --seed 4 --json
    """
    # Here, and not above: these load the engine's SDK.
    from ops.backup_hosts import backup_hosts  # noqa: PLC0415
    from ops.restoring import Restoring  # noqa: PLC0415

    with told_plainly():
        project = project_of(stack)
        inputs = project.inputs()
        first = inputs.state.hosts[0].hostname

        def key() -> bytes:
            return private_key(VaultApi.from_environment, hostname=first, file=key_file)

        with backup_hosts(project, os.environ, only=host) as hosts:
            drilled = [Restoring(host=one, key=key).drill(seed=seed, day=day(on_day)) for one in hosts]
        if as_machine:
            typer.echo(json.dumps([asdict(one) for one in drilled], indent=2))
        else:
            for one in drilled:
                out().print(_sentence(one), style="green" if one.ok else "red")
        if not all(one.ok for one in drilled):
            raise typer.Exit(EXIT_FAILED)


def _sentence(one: "Drilled") -> str:
    tried = f"{one.hostname}: {one.mailbox} of day {one.day}, seed {one.seed}"
    return f"{tried}: passed." if one.ok else f"{tried}: FAILED; {one.said}"
