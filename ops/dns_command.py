"""`mailstead dns`: registers the group, which by itself lists the records; ``ops.dns`` does the work."""

import json
import os
from dataclasses import asdict
from typing import Annotated

import typer

from core.dns import DnsRecord
from core.errors import RefusedError
from ops.cli_app import JsonOption, StackOption, app, out, project_of, told_plainly
from ops.dns import lines, records_of
from ops.dns_known import known_records
from ops.engine import Engine

dns_app = typer.Typer(invoke_without_command=True, rich_markup_mode=None)
"""The group; a module ``ops/dns_<name>_command.py`` registers its command on it."""
app.add_typer(dns_app, name="dns")
DomainArgument = Annotated[str | None, typer.Argument(help="One domain of the list; without it, all.")]


def recorded(stack: str | None) -> list[DnsRecord]:
    """Read the records of a stack as its last update left them, required ones first.

    Raises:
        RefusedError: There are none yet.
    """
    project = project_of(stack)
    engine = Engine.of(project, env=os.environ, extra={})
    engine.require()
    exported = engine.export()
    try:
        return records_of(exported, stack=project.stack)
    except RefusedError:
        # An update that broke off, as one does at a gate, has exported nothing, and the records are needed just then.
        return known_records(exported, project.inputs(), stack=project.stack)


@dns_app.callback()
def dns(context: typer.Context, stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """List the DNS records to enter: type, name, value, why, and whether mail works without it.

    They are as the last `up` left them; nobody's DNS is asked.

    Example: mailstead dns --stack prod

    Example: mailstead dns --stack prod --json | jq -r '.[] | select(.required) | [.name, .type, .value] | @tsv'
    """
    if context.invoked_subcommand:
        if stack or as_machine:
            # Nobody would read them there, and another stack's records would be shown in silence.
            raise typer.BadParameter(f"write options behind the command: mailstead dns {context.invoked_subcommand} …")
        return
    with told_plainly():
        records = recorded(stack)
        if as_machine:
            typer.echo(json.dumps([asdict(record) for record in records], indent=2))
        else:
            for line in lines(records):
                out().print(line)
