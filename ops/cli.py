"""`mailstead`: the command line. Every command is a few lines over a module that does the work."""

import json
import os
import sys
from dataclasses import asdict
from typing import Annotated

import typer

from core.errors import RefusedError
from core.free_tier import check_free_tier
from core.settings import config_table
from ops import (
    adopt_command,
    backup_command,
    dkim_command,
    dns_check_command,
    dns_checklist_command,
    dns_command,
    dns_octodns_command,
    dns_zone_command,
    drift_command,
    drill_command,
    guides_command,
    handover_command,
    move_in_command,
    preflight_command,
    preview_command,
    restore_command,
    rotate_command,
    stacks_command,
    status_command,
    up_command,
)
from ops.cli_app import (
    EXIT_FAILED,
    JsonOption,
    StackOption,
    app,
    end,
    out,
    project_of,
    told_plainly,
)
from ops.destroy import Destruction
from ops.doctor import examine
from ops.report import budget_as_json, print_budget, print_config_keys, print_findings

__all__ = ["app"]

REGISTERED = (
    adopt_command,
    backup_command,
    dkim_command,
    dns_check_command,
    dns_checklist_command,
    dns_command,
    dns_octodns_command,
    dns_zone_command,
    drift_command,
    drill_command,
    guides_command,
    handover_command,
    move_in_command,
    preflight_command,
    preview_command,
    restore_command,
    rotate_command,
    stacks_command,
    status_command,
    up_command,
)
"""Modules of commands; each registers its own on ``app``."""


@app.command()
def destroy(
    stack: StackOption = None,
    *,
    name: Annotated[str, typer.Option("--name", help="The stack's name, instead of typing it when asked.")] = "",
) -> None:
    """Say what goes, ask for the stack's name, and destroy it, what is protected included.

    Example: mailstead destroy --stack dev

    Example: mailstead destroy --stack dev --name dev
    """

    def ask(question: str) -> str:
        if name:
            return name
        if not sys.stdin.isatty():
            raise RefusedError(
                "nothing was done, because nobody can be asked: this is no terminal; add --name and the stack's name"
            )
        return str(typer.prompt(question))

    with told_plainly():
        project = project_of(stack)
        outcome = Destruction(project=project, env=os.environ, console=out(), ask_name=ask).run()
        end(outcome, done=f"Done. Stack {project.stack} holds nothing.")


@app.command()
def doctor(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say what is missing on this machine or in this stack, each with the command that mends it.

    Example: mailstead doctor --stack dev

    Example: mailstead doctor --stack dev --json
    """
    with told_plainly():
        findings = examine(project_of(stack), os.environ)
        if as_machine:
            typer.echo(json.dumps([asdict(finding) for finding in findings], indent=2))
        else:
            print_findings(findings, out())
        if not all(finding.ok for finding in findings):
            raise typer.Exit(EXIT_FAILED)


@app.command()
def config(*, as_machine: JsonOption = False) -> None:
    """List the keys of a stack file: name, type, default, meaning.

    Example: mailstead config

    Example: mailstead config --json | jq -r '.[].name'
    """
    keys = config_table()
    if as_machine:
        typer.echo(json.dumps([asdict(key) for key in keys], indent=2))
    else:
        print_config_keys(keys, out())


@app.command()
def plan(stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Put what the stack asks of the cloud beside what is free; exit code 2 when `up` would refuse it.

    Example: mailstead plan --stack dev

    Example: mailstead plan --stack dev --json
    """
    with told_plainly():
        project = project_of(stack)
        settings = project.settings()
        if as_machine:
            typer.echo(budget_as_json(settings))
        else:
            print_budget(settings, out())
        check_free_tier(settings, stack_file=project.stack_file.name)
