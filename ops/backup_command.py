"""`mailstead backup`: registers the group and its commands; the other modules ``ops.backup_…`` do the work."""

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from core.backup_manifest import DayOfBackups
from ops.backup_key import Made, export_key, make_key
from ops.cli_app import EXIT_FAILED, JsonOption, StackOption, app, err, out, project_of, told_plainly
from ops.figures import count, size, span
from ops.project import Project
from vault.api import VaultApi

backup_app = typer.Typer(
    no_args_is_help=True,
    rich_markup_mode=None,
    help="Key of the backups, a backup now, what there is.\n\nExample: mailstead backup list --stack prod",
)
"""The group; a module ``ops/backup_<name>_command.py`` registers further commands on it."""
app.add_typer(backup_app, name="backup")
HostOption = Annotated[int, typer.Option("--host", min=0, metavar="NUMBER", help="One mail host; without it, all.")]


@backup_app.command("key")
def key(
    stack: StackOption = None,
    *,
    export: Annotated[
        Path | None, typer.Option("--export", metavar="FILE", help="Write the private half there, to be kept offline.")
    ] = None,
) -> None:
    """Make the key that backups are encrypted to: the private half into Vault, the public half into the project.

    Backups are lost without the private half, and hosts never have it: keep a copy offline too (--export). Run again,
    it makes no second key.

    Example: mailstead backup key --stack prod

    Example: mailstead backup key --stack prod --export /media/usb/backup-private.asc
    """
    with told_plainly():
        project = project_of(stack)
        inputs = project.inputs(with_key=False)
        name = inputs.settings.backup_public_key or f"backup-key.{project.stack}.asc"
        made = make_key(
            VaultApi.from_environment(),
            hostname=inputs.state.hosts[0].hostname,
            file=project.folder / name,
        )
        _tell_key(project, name, made, written=bool(inputs.settings.backup_public_key))
        if export:
            export_key(made.key, export)
            out().print(f"The private half is in {export}: take it off this machine, to where no network leads.")


@backup_app.command("run")
def run(
    stack: StackOption = None,
    *,
    host: HostOption = 0,
    wait: Annotated[bool, typer.Option("--wait", help="Follow it, and say how it ended.")] = False,
) -> None:
    """Start the backup job of the mail hosts now; one that is running goes on. Exit code 1 when one failed.

    Example: mailstead backup run --stack prod

    Example: mailstead backup run --stack prod --host 1 --wait
    """
    # Here, and not above: these load the engine's SDK.
    from ops.backup_hosts import backup_hosts  # noqa: PLC0415
    from ops.backup_run import run_and_follow, start  # noqa: PLC0415

    with told_plainly(), backup_hosts(project_of(stack), os.environ, only=host) as hosts:
        if not wait:
            for one in hosts:
                start(one)
                out().print(f"{one.hostname}: started. How it goes: mailstead backup run --wait")
            return
        ended = [run_and_follow(one, lambda line: err().print(f"  {line}")) for one in hosts]
        for one in ended:
            _tell_end(one.hostname, ok=one.ok, took_s=one.took_s, result=one.result)
        if not all(one.ok for one in ended):
            raise typer.Exit(EXIT_FAILED)


@backup_app.command("list")
def list_(stack: StackOption = None, *, host: HostOption = 0, as_machine: JsonOption = False) -> None:
    """List the backups that are on the mail hosts, by day and domain; sizes in JSON are bytes.

    Example: mailstead backup list --stack prod

    Example: mailstead backup list --json | jq -r '.[] | [.day, .domain, .mailboxes, .archive_bytes] | @tsv'
    """
    from ops.backup_hosts import backup_hosts  # noqa: PLC0415 — loads the engine's SDK
    from ops.backup_list import list_backups  # noqa: PLC0415

    with told_plainly(), backup_hosts(project_of(stack), os.environ, only=host) as hosts:
        found = list_backups(hosts)
        if as_machine:
            typer.echo(json.dumps([asdict(one) for one in found], indent=2))
        elif found:
            out().print(_table(found))
        else:
            out().print("There are no backups yet. The first one now: mailstead backup run --wait")


def _tell_key(project: Project, name: str, made: Made, *, written: bool) -> None:
    verb = "made" if made.is_new else "was there already"
    out().print(f"Key {made.key.fingerprint} {verb}; its private half is in Vault at {made.path}.")
    out().print(f"Its public half is in {name}{'' if made.wrote_file else ', as before'}: commit that file.")
    if not written:
        out().print(f"Write into {project.stack_file.name}, under config:")
        out().print(f"  mailstead:backup_public_key: {name}")


def _tell_end(hostname: str, *, ok: bool, took_s: float, result: str) -> None:
    if ok:
        out().print(f"{hostname}: backup done in {span(took_s)}.", style="green")
    else:
        out().print(
            f"{hostname}: backup FAILED after {span(took_s)} ({result}); the last good one is as it was.", style="red"
        )


def _table(found: list[DayOfBackups]) -> Table:
    several = len({one.host for one in found}) > 1
    table = Table("day", "domain", "mailboxes", "messages", "size", "new", *(["host"] if several else []), box=None)
    for one in found:
        table.add_row(
            f"{one.day[:4]}-{one.day[4:6]}-{one.day[6:]}",
            one.domain,
            str(one.mailboxes or ""),
            f"{one.messages:,}" if one.mailboxes else "",
            size(one.archive_bytes),
            size(one.new_bytes),
            *([one.host] if several else []),
        )
    table.caption = f"{count(len({one.day for one in found}), 'day')}; new: written on that day, the rest are links"
    table.caption_justify = "left"
    return table
