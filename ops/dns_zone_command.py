"""`mailstead dns zone`: registers the command; ``core.zone_file`` writes the zones."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from core.addresses import domain_problem
from core.errors import RefusedError
from core.suggestions import shown
from core.zone_file import TTL_S, Authority, zone_file
from ops.cli_app import StackOption, out, told_plainly
from ops.dns import chosen
from ops.dns_command import DomainArgument, dns_app, recorded
from ops.dns_files import write


@dns_app.command("zone")
def zone(
    domain: DomainArgument = None,
    stack: StackOption = None,
    *,
    relative: Annotated[bool, typer.Option("--relative", help="Write names without the domain, and @ for it.")] = False,
    ttl: Annotated[int, typer.Option("--ttl", min=60, max=86_400, help="Life of a record in seconds.")] = TTL_S,
    nameservers: Annotated[
        list[str] | None,
        typer.Option("--with-soa", help="Add SOA and NS for this name server; once for each, the primary first."),
    ] = None,
    folder: Annotated[
        Path | None, typer.Option("--out", help="Folder for a file DOMAIN.zone of each; else they are printed.")
    ] = None,
) -> None:
    """Write BIND zone files: one domain's, or all.

    SOA and NS are left to the provider, who has them already, unless name servers are named.

    Example: mailstead dns zone example.com --stack prod

    Example: mailstead dns zone --out zones --with-soa ns1.example.net --with-soa ns2.example.net
    """
    with told_plainly():
        records = recorded(stack)
        authority = _authority(nameservers or [])
        for name in chosen(records, domain):
            text = zone_file(records, name, relative=relative, ttl_s=ttl, authority=authority)
            if folder:
                write(folder / f"{name}.zone", text)
                out().print(f"Written: {folder / f'{name}.zone'}")
            else:
                typer.echo(text)


def _authority(nameservers: list[str]) -> Authority | None:
    for name in nameservers:
        if wrong := domain_problem(name):
            raise RefusedError(f"name server {shown(name)} {wrong}")
    serial = int(datetime.now(UTC).timestamp())
    return Authority(nameservers=nameservers, serial=serial) if nameservers else None
