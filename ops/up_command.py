"""`mailstead up`: registers the command; ``ops.update`` does the work."""

import os
from typing import Annotated

import typer

from core.errors import RefusedError
from ops.address_first import AddressFirst
from ops.cli_app import StackOption, YesOption, app, asking, end, out, project_of, told_plainly
from ops.dns import hint
from ops.update import Update

VerboseOption = Annotated[bool, typer.Option("--verbose", "-v", help="Show the engine's own lines.")]
RefreshOption = Annotated[
    bool, typer.Option("--refresh", help="Read first what is really there, and mend what was changed by hand.")
]

AddressFirstOption = Annotated[
    bool,
    typer.Option(
        "--address-first",
        help="Stop after the reserved address, and list the records that are known by it, so that DNS can be prepared.",
    ),
]


@app.command()
def up(
    stack: StackOption = None,
    *,
    yes: YesOption = False,
    refresh: RefreshOption = False,
    verbose: VerboseOption = False,
    address_first: AddressFirstOption = False,
) -> None:
    """Say in words what would change, ask, and change it.

    While it works it says what it is doing and how far it is; run again after a failure, it goes on.

    Example: mailstead up --stack prod

    Example: mailstead up --stack dev --yes

    Example: mailstead up --stack prod --refresh

    Example: mailstead up --stack prod --address-first
    """
    with told_plainly():
        project = project_of(stack)
        if address_first:
            if refresh or verbose:
                raise RefusedError("--address-first takes neither --refresh nor --verbose; leave them out")
            first = AddressFirst(project=project, env=os.environ, console=out(), confirm=asking(yes=yes))
            end(first.run(), done=f"The address is yours. What is left: mailstead up --stack {project.stack}")
            return
        update = Update(
            project=project,
            env=os.environ,
            console=out(),
            confirm=asking(yes=yes),
            verbose=verbose,
            refresh=refresh,
        )
        outcome = update.run()
        end(outcome, done=" ".join(["Done.", *hint(outcome.outputs, stack=project.stack)]))
