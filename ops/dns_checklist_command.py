"""`mailstead dns checklist`: registers the command; ``core.dns_checklist`` writes the checklists."""

from pathlib import Path
from typing import Annotated

import typer

from core.dns_checklist import checklist
from ops.cli_app import StackOption, out, told_plainly
from ops.dns import chosen
from ops.dns_command import DomainArgument, dns_app, recorded
from ops.dns_files import write


@dns_app.command("checklist")
def dns_checklist(
    domain: DomainArgument = None,
    stack: StackOption = None,
    *,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for a file DOMAIN.md of each; else they are printed.")
    ] = None,
) -> None:
    """Write what to enter in DNS as a checklist, for a person with a provider's web form: one domain's, or all.

    Example: mailstead dns checklist example.com --stack prod

    Example: mailstead dns checklist --out checklists
    """
    with told_plainly():
        records = recorded(stack)
        for name in chosen(records, domain):
            text = checklist(records, name)
            if folder:
                write(folder / f"{name}.md", text)
                out().print(f"Written: {folder / f'{name}.md'}")
            else:
                typer.echo(text)
