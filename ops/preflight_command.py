"""`mailstead preflight`: registers the command; ``ops.preflight`` does the work."""

import json
import os
from dataclasses import asdict
from typing import Annotated, Final

import typer
from rich.console import Console

from core.errors import InputError, Problem
from core.inputs import Inputs
from core.preflight import KNOWN_MX, Finding, Verdict
from ops.agent import agent_of
from ops.cli_app import EXIT_FAILED, JsonOption, StackOption, app, out, project_of, told_plainly
from ops.engine import Engine
from ops.oci_limits import mail_allowance
from probes.resolvers import Resolvers

EXIT_TO_DO: Final = 10
_MARKS: Final[dict[Verdict, tuple[str, str]]] = {
    "ready": ("ready  ", "green"),
    "note": ("note   ", "yellow"),
    "unknown": ("unknown", "yellow"),
    "to do": ("TO DO  ", "red"),
}

DomainArgument = Annotated[str, typer.Argument(metavar="[DOMAIN]", help="One domain; without it all of the stack.")]
MxOption = Annotated[str, typer.Option("--mx", metavar="HOST", help="The mail server that port 25 is tried with.")]
ResolverOption = Annotated[
    str, typer.Option("--resolver", metavar="ADDRESS[:PORT]", help="Whom to ask for PTR records and blocklists.")
]


@app.command()
def preflight(
    domain: DomainArgument = "",
    stack: StackOption = None,
    *,
    mx: MxOption = KNOWN_MX,
    resolver: ResolverOption = "",
    as_machine: JsonOption = False,
) -> None:
    """Say before the first mail whether it will leave: port 25, relay, HELO, PTR, blocklists, allowance, clock.

    Connections are tried from the mail host, DNS is asked from here, and no mail is sent. Exit code 0 when mail can
    leave, 10 when something needs doing, 1 when something could not be asked.

    Example: mailstead preflight --stack prod

    Example: mailstead preflight example.com --stack prod --json
    """
    # Here, and not above: these load the engine's SDK.
    from ops.preflight import Preflight, exit_code_of  # noqa: PLC0415
    from ops.preflight_hosts import hosts_of  # noqa: PLC0415
    from vault.api import VaultApi  # noqa: PLC0415

    with told_plainly():
        resolvers = Resolvers.named(resolver, os.environ)
        project = project_of(stack)
        inputs = project.inputs()
        wanted = _domains(inputs, domain.lower().rstrip("."))
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        hosts = hosts_of(engine.export(), inputs, stack=project.stack)
        with agent_of(inputs.settings, os.environ):
            run = Preflight(
                hosts=hosts,
                domains=[one for one in inputs.state.domains if one.name in wanted],
                resolvers=resolvers,
                vault=VaultApi.from_environment,
                allowance=lambda region: mail_allowance(region, os.environ),
                mx=mx,
            )
            findings = list(run.look())
        if as_machine:
            typer.echo(json.dumps([asdict(one) for one in findings], indent=2))
        else:
            print_preflight(findings, out())
        code = exit_code_of(findings, {"to do": EXIT_TO_DO, "unknown": EXIT_FAILED})
        if code:
            raise typer.Exit(code)


def print_preflight(findings: list[Finding], console: Console) -> None:
    """Print every finding, and under it what to do."""
    for one in findings:
        mark, style = _MARKS[one.verdict]
        console.print(f"{mark}  {one.name}, {one.about}: {one.found}", style=style)
        if one.to_do:
            console.print(f"{' ' * 9}→ {one.to_do}")
    left = sum(one.verdict == "to do" for one in findings)
    unheard = sum(one.verdict == "unknown" for one in findings)
    if left or unheard:
        console.print(f"{left} to do, {unheard} could not be asked.")
    else:
        console.print("Mail can leave.")


def _domains(inputs: Inputs, name: str) -> set[str]:
    names = {one.name for one in inputs.state.domains}
    if name and name not in names:
        raise InputError([Problem("DOMAIN", None, f"{name} is not in the list; it has: {', '.join(sorted(names))}")])
    return {name} if name else names
