"""`mailstead dns`: registers the command; ``ops.dns`` does the work."""

import json
import os
from dataclasses import asdict

import typer

from ops.cli_app import JsonOption, StackOption, app, out, project_of, told_plainly
from ops.dns import lines, records_of
from ops.engine import Engine


@app.command()
def dns(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """List the DNS records to enter: type, name, value, why, and whether mail works without it.

    They are as the last `up` left them; nobody's DNS is asked.

    Example: mailstead dns --stack prod

    Example: mailstead dns --stack prod --json | jq -r '.[] | select(.required) | [.name, .type, .value] | @tsv'
    """
    with told_plainly():
        project = project_of(stack)
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        records = records_of(engine.export(), stack=project.stack)
        if as_machine:
            typer.echo(json.dumps([asdict(record) for record in records], indent=2))
        else:
            for line in lines(records):
                out().print(line)
