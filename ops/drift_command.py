"""`mailstead drift`: registers the command; ``ops.drift`` does the work."""

import contextlib
import os
from datetime import UTC, datetime

import typer

from ops.agent import ssh_agent
from ops.cli_app import JsonOption, StackOption, app, out, project_of, told_plainly
from ops.engine import Engine
from ops.words import recorded_addresses

_PATIENCE_S = 15.0


@app.command()
def drift(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say where the servers differ from the list, and what they have that the list does not know.

    Compares everything: domains, mailboxes field by field, aliases, forwards, moves; changes nothing.
    What was made by hand is shown with the line to write into the list, and how to be rid of it.

    Exit codes: 0 nothing differs, 10 something does, 1 a server could not be asked.

    Example: mailstead drift --stack prod

    Example: mailstead drift --stack prod --json | jq -r '.findings[] | [.kind, .what, .name] | @tsv'
    """
    # They load the engine's SDK, which nothing else of the command line waits for.
    from ops.drift import find_drift  # noqa: PLC0415
    from ops.drift_report import as_json, exit_code, print_drift  # noqa: PLC0415
    from ops.server_access import no_server, server_access  # noqa: PLC0415
    from vault.api import VaultApi  # noqa: PLC0415

    with told_plainly():
        project = project_of(stack)
        state = project.inputs().state
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        exported = engine.export()
        access = server_access(exported, patience_s=_PATIENCE_S, vault=VaultApi.from_environment)
        if not access:
            raise no_server(project.stack)
        now = datetime.now(tz=UTC)
        with ssh_agent(os.environ) if any(one.host for one in access) else contextlib.nullcontext():
            found = find_drift(state, access, recorded=recorded_addresses(exported), today=now.date())
        if as_machine:
            typer.echo(as_json(found))
        else:
            print_drift(found, out(), stack=project.stack, adopts=any(one.adopt for one in access))
        raise typer.Exit(exit_code(found))
