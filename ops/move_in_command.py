"""`mailstead move-in`: registers the command; ``ops.move_in`` does the work."""

import contextlib
import json
import os
from collections.abc import Generator, Mapping, Sequence
from enum import StrEnum
from typing import Annotated

import typer

from core.desired import DesiredMoveIn
from mailcow.rows import Mailcow
from ops.agent import ssh_agent
from ops.cli_app import JsonOption, StackOption, app, out, project_of, told_plainly
from ops.engine import Engine
from ops.move_in import Progress, as_document, chosen, exit_code, progress
from ops.project import Project
from vault.api import VaultApi


class Action(StrEnum):
    """What can be done with mail that moves in."""

    STATUS = "status"


@app.command(name="move-in")
def move_in(
    action: Annotated[Action, typer.Argument(help="status: how far it is.")],
    address: Annotated[str | None, typer.Argument(help="The person's address here; everybody if not said.")] = None,
    stack: StackOption = None,
    *,
    as_machine: JsonOption = False,
) -> None:
    """Say how far the mail is that people bring along from another provider, and whether all of it is here.

    The messages there are counted by IMAP, with the password that Vault holds; those here are mailcow's own count.

    Exit codes: 0 all of it is here, 1 somebody has to do something, 10 not finished, or fewer messages here than there.

    Example: mailstead move-in status

    Example: mailstead move-in status bob@example.com --stack prod

    Example: mailstead move-in status --json | jq '.people[] | select(.done | not) | .address'
    """
    assert action is Action.STATUS  # noqa: S101 — there is no other yet
    with told_plainly():
        project = project_of(stack)
        wanted = chosen(project.inputs().state.move_ins, address)
        found: Sequence[Progress] = ()
        if wanted:
            with _servers(project, os.environ, wanted) as servers:
                found = progress(wanted, servers, VaultApi.from_environment())
        if as_machine:
            typer.echo(json.dumps(as_document(found), indent=2))
        else:
            _print(found)
        raise typer.Exit(exit_code(found))


@contextlib.contextmanager
def _servers(
    project: Project, env: Mapping[str, str], wanted: Sequence[DesiredMoveIn]
) -> Generator[Mapping[int, Mailcow]]:
    """Give mailcow of each mail host by its number; nothing is connected before its first call."""
    from ops.server_access import no_server, server_access  # noqa: PLC0415 — loads the engine's SDK

    numbers = {one.server for one in wanted}
    engine = Engine.of(project, env=env, extra={})
    engine.require()
    found = [access for access in server_access(engine.export()) if access.number in numbers]
    if not found:
        raise no_server(project.stack)
    by_ssh = any(access.host for access in found)
    with ssh_agent(env) if by_ssh else contextlib.nullcontext():
        yield {access.number: access.mailcow for access in found}


def _print(found: Sequence[Progress]) -> None:
    console = out()
    if not found:
        console.print("Nobody brings mail along: no line of the list has move_in.")
    for one in found:
        console.print(f"{one.address} from {one.user} at {one.server}: {_state(one)}")
        if one.said:
            console.print(f"    {one.said}")
        console.print(f"    {_counts(one)}", style="yellow" if one.problem or one.missing else "default")
        width = max((len(folder.name) for folder in one.folders), default=0)
        for folder in one.folders:
            messages = "not told" if folder.messages is None else f"{folder.messages:7}"
            console.print(f"      {folder.name:{width}}  {messages}")


def _state(one: Progress) -> str:
    if one.done:
        return f"done, last run {one.last_run}"
    words = {
        "missing": "not there",
        "waiting": "has not run yet",
        "running": "running",
        "ok": f"not all is here yet, last run {one.last_run}",
        "failed": f"failed, last run {one.last_run}",
    }
    return words[one.job]


def _counts(one: Progress) -> str:
    if one.problem:
        return f"{one.here} messages here; those there could not be counted: {one.problem}"
    doubles = f" ({one.doubles} of them a second time, which come once)" if one.doubles else ""
    missing = f"; {one.missing} are not here" if one.missing else ""
    return f"{one.there} messages there{doubles}, {one.here} here{missing}"
