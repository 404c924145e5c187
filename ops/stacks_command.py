"""`mailstead stacks`: registers the command; ``ops.stacks`` does the work."""

from pathlib import Path
from typing import Annotated

import typer

from ops.cli_app import EXIT_REFUSED, JsonOption, app, err, out, told_plainly
from ops.stacks import as_json, find_stacks, print_stacks

ProductionOption = Annotated[bool, typer.Option("--production", help="Only those that serve people.")]


@app.command()
def stacks(*, production: ProductionOption = False, as_machine: JsonOption = False) -> None:
    """List the stacks, and refuse when a domain of the list is not served by exactly one production stack.

    A pipeline makes its jobs from it, one a stack, so that none is forgotten.

    Exit codes: 0 each domain has its stack, 3 one has none or several, 2 a file has to be corrected.

    Example: mailstead stacks

    Example: mailstead stacks --production --json | jq -c '[.[].name]'
    """
    with told_plainly():
        found = find_stacks(Path.cwd())
        shown = [stack for stack in found.stacks if stack.production or not production]
        if as_machine:
            typer.echo(as_json(shown))
        else:
            print_stacks(shown, out())
        for problem in found.problems:
            err().print(f"mailstead: {problem}", style="red")
        if found.problems:
            raise typer.Exit(EXIT_REFUSED)
