"""`mailstead status`: registers the command; ``ops.status`` does the work."""

import contextlib
import os
import time
from typing import Final

import typer

from core.status import exit_code
from ops.agent import ssh_agent
from ops.cli_app import EXIT_FAILED, JsonOption, StackOption, app, out, project_of, told_plainly
from ops.dns_known import addresses_of
from ops.engine import Engine
from ops.status_report import as_json, print_status
from ssh.client import SshClient

EXIT_ATTENTION: Final = 10
_PATIENCE_S: Final = 15.0


@app.command()
def status(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say at a glance how a stack stands: mailcow, people, queue, certificate, backups, drills, alerts.

    Reads what the collectors of each host wrote down, in one read over SSH, and asks mailcow and Alertmanager;
    changes nothing. What nobody has measured yet is said to have no data, and is no alarm.

    Exit codes: 0 all that is measured is fine, 10 something needs attention, 1 a host could not be asked.

    Example: mailstead status --stack prod

    Example: mailstead status --stack prod --json | jq -r '.lines[] | select(.level != "fine") | .said'
    """
    # They load the engine's SDK, which nothing else of the command line waits for.
    from ops.server_access import no_server, server_access  # noqa: PLC0415
    from ops.status import Status, Watched  # noqa: PLC0415
    from ops.status_alerts import ops_host  # noqa: PLC0415
    from vault.api import VaultApi  # noqa: PLC0415

    with told_plainly():
        project = project_of(stack)
        inputs = project.inputs()
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        exported = engine.export()
        access = server_access(exported, patience_s=_PATIENCE_S, vault=VaultApi.from_environment)
        if not access:
            raise no_server(project.stack)
        addresses, beside = addresses_of(exported, inputs), ops_host(exported)
        look = Status(
            state=inputs.state,
            settings=inputs.settings,
            hosts=[
                Watched(
                    number=one.number,
                    hostname=one.hostname,
                    address=addresses.get(one.number, ""),
                    mailcow=one.mailcow,
                    shell=None if one.host is None else SshClient(one.host),
                )
                for one in access
            ],
            ops=None if beside is None else SshClient(beside),
            now_s=time.time(),
        )
        with ssh_agent(os.environ) if any(one.host for one in access) or beside else contextlib.nullcontext():
            lines = look.lines()
        if as_machine:
            typer.echo(as_json(lines, stack=project.stack, now_s=look.now_s))
        else:
            print_status(lines, out())
        raise typer.Exit(exit_code(lines, attention=EXIT_ATTENTION, unreachable=EXIT_FAILED))
