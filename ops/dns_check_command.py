"""`mailstead dns check`: registers the command; ``ops.dns_check`` does the work."""

import json
import os
from typing import Annotated

import typer

from core.dns_finding import Finding, failing, unasked
from ops.cli_app import EXIT_FAILED, JsonOption, StackOption, err, out, project_of, told_plainly
from ops.dns_check import Check, chosen
from ops.dns_check_report import as_json, print_check, summary
from ops.dns_command import dns_app
from ops.dns_known import known_records
from ops.engine import Engine
from ops.figures import span
from probes.resolvers import Resolvers

EXIT_DIFFERS = 10

DomainArgument = Annotated[str, typer.Argument(metavar="[DOMAIN]", help="One domain; without it all of the stack.")]
ResolverOption = Annotated[
    str,
    typer.Option(
        "--resolver",
        metavar="ADDRESS[:PORT]",
        help="Whom to ask where zones are, instead of this machine's resolver or MAILSTEAD_RESOLVER: for those whose"
        " own one shows another world inside.",
    ),
]
WaitOption = Annotated[
    float, typer.Option("--wait", metavar="MINUTES", help="Look again and again until everything required is right.")
]


@dns_app.command("check")
def dns_check(
    domain: DomainArgument = "",
    stack: StackOption = None,
    *,
    resolver: ResolverOption = "",
    wait: WaitOption = 0,
    as_machine: JsonOption = False,
) -> None:
    """Ask the zones' own name servers, and say record by record what is right, missing or wrong, and what to do.

    Certificates and MTA-STS policies are looked at as the world sees them. Exit code 0 when everything required is
    right, 10 when some of it is wrong or missing, 1 when it could not be asked.

    Example: mailstead dns check --stack prod

    Example: mailstead dns check example.com --stack prod --wait 30

    Example: mailstead dns check --stack prod --json --resolver 192.0.2.53 | jq -r '.[].verdict'
    """
    with told_plainly():
        resolvers = Resolvers.named(resolver, os.environ)
        project = project_of(stack)
        inputs = project.inputs()
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        everything = known_records(engine.export(), inputs, stack=project.stack)
        records = chosen(everything, domain.lower().rstrip("."))
        bundle = inputs.settings.api_ca_bundle
        check = Check(
            records=records,
            among=everything,
            resolvers=resolvers,
            ca_bundle=str(project.folder / bundle) if bundle else "",
            trusted=inputs.settings.lets_encrypt or bool(bundle),
        )
        findings = check.when_green(wait, _told)
        if as_machine:
            typer.echo(json.dumps(as_json(findings), indent=2))
        else:
            print_check(findings, out())
        if failing(findings):
            raise typer.Exit(EXIT_DIFFERS)
        if unasked(findings):
            raise typer.Exit(EXIT_FAILED)


def _told(findings: list[Finding], left_s: float) -> None:
    """Say on standard error how far it is: standard output is for the end."""
    err().print(f"{summary(findings)} Looking again; {span(left_s)} left.")
