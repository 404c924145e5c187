"""`mailstead handover`: registers the command; ``ops.handover`` does the work."""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from core.desired import DesiredMailbox
from core.errors import RefusedError
from core.handover import DEFAULT_TTL, ttl_s
from core.inputs import Inputs
from mailcow.rows import MailboxChange
from ops.addressees import person
from ops.cli_app import JsonOption, StackOption, app, err, out, project_of, told_plainly
from ops.handover import HandingOver, receive
from ops.handover_words import Recipient, made_as_json, message, notices, status_as_json, status_sentence
from ops.project import Project
from vault.api import VaultApi
from vault.wrapping import WrappingApi

_WAYS = "--status, --deliver and --unwrap are three different things; name one of them"


@app.command()
def handover(
    address: Annotated[str | None, typer.Argument(help="The person's address.")] = None,
    stack: StackOption = None,
    *,
    ttl: Annotated[str, typer.Option("--ttl", help="How long the token is open: 30m, 24h, 3d.")] = DEFAULT_TTL,
    status: Annotated[
        bool, typer.Option("--status", help="Say what became of the token: open, used, expired or never handed over.")
    ] = False,
    deliver: Annotated[
        bool,
        typer.Option("--deliver", help="Show the password here, once; the web page then asks its person for another."),
    ] = False,
    unwrap: Annotated[
        bool, typer.Option("--unwrap", help="Open a token as the person who got it: from standard input, once.")
    ] = False,
    vault_address: Annotated[
        str, typer.Option("--vault-address", help="How the person reaches Vault, if not by your VAULT_ADDR.")
    ] = "",
    without_terminal: Annotated[
        bool, typer.Option("--without-terminal", help="With --deliver: print the password although nobody looks.")
    ] = False,
    as_machine: JsonOption = False,
) -> None:
    """Hand a first password over: make a token that opens it once, and say what to send to its person.

    What to send goes to standard output, everything else to standard error.

    Example: mailstead handover alice@example.com

    Example: mailstead handover alice@example.com --ttl 3d --vault-address https://vault.example.com

    Example: mailstead handover alice@example.com --status

    Example: mailstead handover alice@example.com --deliver

    Example: mailstead handover --unwrap
    """
    if status + deliver + unwrap > 1:
        raise typer.BadParameter(_WAYS)
    if deliver and as_machine:
        raise typer.BadParameter("--deliver shows a password to a person, so there is no --json of it")
    if unwrap == bool(address):
        raise typer.BadParameter("name one address, such as alice@example.com; only --unwrap goes without")
    if unwrap:
        with told_plainly():
            _unwrap(as_machine=as_machine)
        return
    seconds = _seconds(ttl)
    with told_plainly():
        project = project_of(stack)
        inputs = project.inputs()
        mailbox = person(inputs.state, address or "", mail_list=inputs.settings.mail_list)
        if status:
            _tell_status(_handing_over(project), mailbox, as_machine=as_machine)
        elif deliver:
            _deliver(project, mailbox, without_terminal=without_terminal)
        else:
            _make(project, inputs, mailbox, seconds=seconds, vault_address=vault_address, as_machine=as_machine)


def _seconds(ttl: str) -> int:
    try:
        return ttl_s(ttl)
    except ValueError as problem:
        raise typer.BadParameter(str(problem), param_hint="--ttl") from None


def _handing_over(project: Project) -> HandingOver:
    return HandingOver(
        vault=VaultApi.from_environment(), wrapping=WrappingApi.from_environment(), stack=project.stack, now=_now
    )


def _make(
    project: Project, inputs: Inputs, mailbox: DesiredMailbox, *, seconds: int, vault_address: str, as_machine: bool
) -> None:
    made = _handing_over(project).make(mailbox, ttl_s=seconds)
    to = Recipient(
        address=mailbox.address,
        hostname=next(host.hostname for host in inputs.state.hosts if host.number == mailbox.server),
        vault_address=(vault_address or os.environ["VAULT_ADDR"]).rstrip("/"),
        vault_namespace=os.environ.get("VAULT_NAMESPACE", ""),
        vault_ca=os.environ.get("VAULT_CACERT", ""),
    )
    for notice in notices(made, to):
        err().print(f"notice: {notice}", style="yellow")
    if as_machine:
        typer.echo(json.dumps(made_as_json(made, to, now=_now()), indent=2))
        return
    err().print("Send this to the person, by another way than this mailbox:\n")
    typer.echo(message(made, to, now=_now()))
    err().print(f"\nSee what became of it: mailstead handover {mailbox.address} --status --stack {project.stack}")


def _tell_status(handing_over: HandingOver, mailbox: DesiredMailbox, *, as_machine: bool) -> None:
    found = handing_over.status(mailbox)
    if as_machine:
        typer.echo(json.dumps(status_as_json(mailbox.address, found), indent=2))
    else:
        out().print(status_sentence(mailbox.address, found, now=_now()))


def _deliver(project: Project, mailbox: DesiredMailbox, *, without_terminal: bool) -> None:
    if not sys.stdout.isatty() and not without_terminal:
        raise RefusedError(
            "nothing was shown, because the output is no terminal and a password would stay where it goes; "
            "run it at a terminal, or add --without-terminal"
        )
    from ops.mail_servers import mail_servers  # noqa: PLC0415 — loads the engine's SDK, which nothing else here needs

    handing_over = _handing_over(project)
    with mail_servers(project, os.environ, vault=handing_over.vault) as server:

        def force_change() -> None:
            server(mailbox.server).mailcow.edit_mailbox(mailbox.address, MailboxChange(change_password=True))

        handing_over.deliver(mailbox, force_change=force_change, show=lambda password: _show(mailbox, password))
    err().print(f"{mailbox.address} has to choose another password in the web page at the first log-in.")


def _show(mailbox: DesiredMailbox, password: str) -> None:
    """Show it on a screen of its own, which leaves nothing in the terminal's history."""
    if not sys.stdout.isatty():
        typer.echo(password)
        return
    console = out()
    with console.screen():
        console.print(f"\n  First password of {mailbox.address}:\n\n      {password}\n")
        console.input("  Enter takes it off the screen: ")


def _unwrap(*, as_machine: bool) -> None:
    asked = sys.stdin.isatty()
    token = str(typer.prompt("Token", hide_input=True, err=True)) if asked else sys.stdin.read()
    received = receive(WrappingApi.without_login(), token.strip())
    if as_machine:
        typer.echo(json.dumps({"address": received.address, "password": received.password}, indent=2))
        return
    err().print(f"First password of {received.address}, which this token will never show again:")
    typer.echo(received.password)
    err().print("Log in with it, and choose one of your own.")


def _now() -> datetime:
    return datetime.now(tz=UTC)
