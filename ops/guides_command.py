"""`mailstead guides`: registers the command; ``ops.guides`` does the work."""

import os
from pathlib import Path
from typing import Annotated

import typer

from core.addresses import domain_in_dns
from core.desired import DesiredDomain, DesiredState
from core.errors import RefusedError
from core.suggestions import did_you_mean, shown
from ops.cli_app import StackOption, app, out, project_of, told_plainly
from ops.engine import Engine
from ops.guides import hostnames_of, write_guides


@app.command()
def guides(
    domain: Annotated[str, typer.Argument(help="The domain; all of the stack's when none is named.")] = "",
    stack: StackOption = None,
    *,
    folder: Annotated[Path, typer.Option("--out", help="Folder to write into; a domain gets a folder in it.")],
) -> None:
    """Write the guides for the people of each domain, and the security checklist of the stack.

    For mail programs, phones, Gmail, webmail, passwords and the second factor, with the domain's own names in them.
    A protocol that nobody of a domain may use is left out.

    Example: mailstead guides --out guides --stack prod

    Example: mailstead guides example.com --out guides --stack prod
    """
    with told_plainly():
        project = project_of(stack)
        state = project.inputs().state
        domains = _chosen(state, domain)
        engine = Engine.of(project, env=os.environ, extra={})
        engine.require()
        written = write_guides(state, domains, hostnames_of(engine.export(), stack=project.stack), folder)
        for file in written:
            out().print(str(file))


def _chosen(state: DesiredState, domain: str) -> tuple[DesiredDomain, ...]:
    if not domain:
        return state.domains
    try:
        wanted = domain_in_dns(domain.strip().lower())
    except ValueError:
        wanted = domain
    served = {each.name: each for each in state.domains}
    if wanted not in served:
        meant = did_you_mean(wanted, served)
        advice = f"did you mean {meant}?" if meant else f"it serves {', '.join(served)}"
        raise RefusedError(f"stack {state.stack} serves no domain {shown(domain)}; {advice}")
    return (served[wanted],)
