"""`mailstead restore`: registers the group and its commands; ``ops.restoring`` does the work."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from core.errors import RefusedError
from core.restore import Wanted, day
from ops.cli_app import StackOption, YesOption, app, asking, err, out, project_of, told_plainly
from ops.project import Project
from ops.session_keys import private_key
from vault.api import VaultApi

restore_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Bring mail, or a whole server, back from the backups.\n\n"
    "Example: mailstead restore mailbox alice@example.com --beside",
)
app.add_typer(restore_app, name="restore")

DayOption = Annotated[
    str, typer.Option("--day", metavar="DAY", help="The snapshot's day: 2026-11-23; without it, the newest.")
]
FromOption = Annotated[
    str,
    typer.Option(
        "--from", metavar="PLACE", help="Folder on the host, or a remote of rclone; without it, the host's own backups."
    ),
]
KeyFileOption = Annotated[
    Path | None,
    typer.Option("--key-file", metavar="FILE", help="The private key's offline copy; without it, Vault is asked."),
]
HostOption = Annotated[int, typer.Option("--host", min=1, metavar="NUMBER", help="Which mail host.")]
BesideOption = Annotated[
    bool, typer.Option("--beside", help="Into a folder Restored-<day> of the mailbox, not among its mail.")
]
OverwriteOption = Annotated[
    bool, typer.Option("--overwrite", help="Replace what is there; it is kept aside on the host.")
]
DryRunOption = Annotated[bool, typer.Option("--dry-run", help="Open and check all of it, change nothing.")]


@restore_app.command("list")
def list_(stack: StackOption = None, *, host: HostOption = 1, place: FromOption = "") -> None:
    """List the snapshots of a place: day, domain or system, archives, size.

    Example: mailstead restore list --stack prod

    Example: mailstead restore list --from offsite:mail-backup-prod/mail.example.com
    """
    # Here, and not above: these load the engine's SDK.
    from ops.backup_hosts import backup_hosts  # noqa: PLC0415
    from ops.restoring import Restoring  # noqa: PLC0415

    with told_plainly(), backup_hosts(project_of(stack), os.environ, only=host) as hosts:
        out().print(Restoring(host=hosts[0], key=bytes).snapshots(place).rstrip())


@restore_app.command()
def mailbox(
    address: Annotated[str, typer.Argument(help="Whose mailbox.")],
    stack: StackOption = None,
    *,
    on_day: DayOption = "",
    beside: BesideOption = False,
    overwrite: OverwriteOption = False,
    dry_run: DryRunOption = False,
    place: FromOption = "",
    key_file: KeyFileOption = None,
    yes: YesOption = False,
) -> None:
    """Restore one mailbox: what it has stays as it is, what is missing is added.

    A mailbox that was removed is made again first: put its person back into mail_list.yml and run `mailstead up`.

    Example: mailstead restore mailbox alice@example.com --stack prod

    Example: mailstead restore mailbox alice@example.com --beside --day 2026-11-23
    """
    with told_plainly():
        wanted = Wanted(
            what="mailbox", name=address, day=day(on_day), place=place,
            beside=beside, overwrite=overwrite, dry_run=dry_run,
        )  # fmt: skip
        _restore(project_of(stack), wanted, key_file=key_file, confirm=asking(yes=yes))


@restore_app.command()
def domain(
    name: Annotated[str, typer.Argument(help="All mailboxes of which domain.")],
    stack: StackOption = None,
    *,
    on_day: DayOption = "",
    beside: BesideOption = False,
    overwrite: OverwriteOption = False,
    dry_run: DryRunOption = False,
    place: FromOption = "",
    key_file: KeyFileOption = None,
    yes: YesOption = False,
) -> None:
    """Restore all mailboxes of a domain, as `restore mailbox` does one.

    Example: mailstead restore domain example.com --stack prod --dry-run
    """
    with told_plainly():
        wanted = Wanted(
            what="domain", name=name, day=day(on_day), place=place,
            beside=beside, overwrite=overwrite, dry_run=dry_run,
        )  # fmt: skip
        _restore(project_of(stack), wanted, key_file=key_file, confirm=asking(yes=yes))


@restore_app.command("host")
def host_(
    stack: StackOption = None,
    *,
    host: HostOption = 1,
    only_system: Annotated[bool, typer.Option("--only-system", help="Without the mail.")] = False,
    on_day: DayOption = "",
    overwrite: OverwriteOption = False,
    dry_run: DryRunOption = False,
    place: FromOption = "",
    key_file: KeyFileOption = None,
    yes: YesOption = False,
) -> None:
    """Make a new host what the lost one was: mail keys, database, DKIM keys, settings, certificates, then all mail.

    Run `mailstead up` first, which makes the host. A server with people is refused without --overwrite, which
    replaces its database; mail is added to, never taken away.

    Example: mailstead restore host --stack prod --from offsite:mail-backup-prod/mail.example.com

    Example: mailstead restore host --stack prod --host 2 --overwrite
    """
    with told_plainly():
        wanted = Wanted(
            what="system" if only_system else "all", day=day(on_day), place=place, overwrite=overwrite, dry_run=dry_run
        )
        _restore(project_of(stack), wanted, key_file=key_file, confirm=asking(yes=yes), number=host)


def _restore(
    project: Project, wanted: Wanted, *, key_file: Path | None, confirm: Callable[[str], bool], number: int = 0
) -> None:
    from ops.backup_hosts import backup_hosts  # noqa: PLC0415
    from ops.restoring import Restoring  # noqa: PLC0415

    state = project.inputs().state
    if not number:
        number = next((one.server for one in state.domains if one.name == wanted.domain), 1)
    with backup_hosts(project, os.environ, only=number) as (host,):
        if wanted.overwrite and not wanted.dry_run and not confirm(_question(wanted, host.hostname)):
            raise RefusedError("nothing was done")

        def key() -> bytes:
            return private_key(VaultApi.from_environment, hostname=state.hosts[0].hostname, file=key_file)

        err().print(f"Restoring on {host.hostname}; the same command goes on with it if it is stopped.")
        out().print(Restoring(host=host, key=key).restore(wanted).rstrip())


def _question(wanted: Wanted, hostname: str) -> str:
    what = {
        "mailbox": f"the mailbox {wanted.name}",
        "domain": f"all mailboxes of {wanted.name}",
    }.get(wanted.what, "the server's database, Redis and mail keys")
    return f"Replace {what} on {hostname} by the backup's? What is there now is kept aside on the host."
