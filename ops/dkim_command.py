"""`mailstead dkim`: registers the commands; ``ops.dkim`` does the work."""

import json
import os
import time
from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.dns import DnsRecord
from core.dns_finding import Finding
from core.errors import RefusedError
from ops.cli_app import JsonOption, StackOption, app, err, out, project_of, told_plainly
from ops.dkim import KeyRing, Rotation, Stage
from ops.dns_check import BETWEEN_S
from ops.dns_known import known_records
from ops.engine import Engine
from ops.figures import span
from probes.live_dns import check_dns
from probes.resolvers import Resolvers

EXIT_DIFFERS = 10

dkim_app = typer.Typer(
    no_args_is_help=True,
    help="Change the keys that domains sign with, and no mail fails.\n\nExample: mailstead dkim status --stack prod",
)
app.add_typer(dkim_app, name="dkim")

DomainArgument = Annotated[str, typer.Argument(metavar="[DOMAIN]", help="One domain.")]
AllOption = Annotated[bool, typer.Option("--all", help="Every domain of the stack.")]
WaitOption = Annotated[
    float,
    typer.Option("--wait", metavar="MINUTES", help="Look again and again until the name servers have the record."),
]
AtOnceOption = Annotated[bool, typer.Option("--at-once", help="Also before its time is over.")]


@dkim_app.command()
def rotate(
    domain: DomainArgument = "", stack: StackOption = None, *, everybody: AllOption = False, wait: WaitOption = 0
) -> None:
    """Take the next step of changing a domain's key: name the next one, then, when DNS has it, sign with it.

    Writes into the list of people and nowhere else; what it wrote is in force after `mailstead up`.

    Exit codes: 0 done or written, 10 something else comes first, which is said, 3 refused.

    Example: mailstead dkim rotate example.com

    Example: mailstead dkim rotate example.com --stack prod --wait 30

    Example: mailstead dkim rotate --all --stack prod
    """
    with told_plainly():
        rotation = _rotation(stack)
        later = False
        for one in rotation.domains(_named(domain, everybody=everybody)):
            ring = _seen(rotation, rotation.ring(one), wait)
            written = rotation.rotate(ring)
            later = later or not written
            out().print(f"{ring.domain}: {_said(ring, written)}")
        if later:
            raise typer.Exit(EXIT_DIFFERS)


@dkim_app.command()
def retire(
    domain: DomainArgument = "",
    stack: StackOption = None,
    *,
    everybody: AllOption = False,
    at_once: AtOnceOption = False,
) -> None:
    """Take the key that signed before out of the list, when no mail of it is on its way any more.

    After the following `mailstead up` its record may go from DNS too; Vault's copy of it goes with that update.

    Exit codes: 0 written, 3 refused: mail may be on its way, or no key is retired.

    Example: mailstead dkim retire example.com

    Example: mailstead dkim retire --all --stack prod --at-once
    """
    with told_plainly():
        rotation = _rotation(stack)
        rings = [rotation.ring(one) for one in rotation.domains(_named(domain, everybody=everybody))]
        if everybody:
            rings = [ring for ring in rings if ring.retired]
        for ring in rings:
            rotation.retire(ring, at_once=at_once)
            out().print(f"{ring.domain}: {ring.retired} is out of the list; next: mailstead up, then delete its record")


@dkim_app.command()
def status(domain: DomainArgument = "", stack: StackOption = None, *, as_machine: JsonOption = False) -> None:
    """Say which key each domain signs with, which comes next or was before, and what is to be done.

    Example: mailstead dkim status --stack prod

    Example: mailstead dkim status example.com --stack prod --json | jq -r '.[].to_do'
    """
    with told_plainly():
        rotation = _rotation(stack)
        rings = [rotation.ring(one) for one in rotation.domains(domain)]
        if as_machine:
            typer.echo(json.dumps([_plain(ring) for ring in rings], indent=2))
            return
        for ring in rings:
            out().print(f"{ring.domain}: {_said(ring, '')}")


def _named(domain: str, *, everybody: bool) -> str:
    if bool(domain) == everybody:
        raise RefusedError("name one domain, or give --all")
    return domain


def _rotation(stack: str | None) -> Rotation:
    project = project_of(stack)
    inputs = project.inputs()
    engine = Engine.of(project, env=os.environ, extra={})
    engine.require()
    exported = engine.export()
    records = tuple(known_records(exported, inputs, stack=project.stack))
    resolvers = Resolvers.named("", os.environ)

    def look(record: DnsRecord) -> Finding:
        (found,) = [one for one in check_dns([record], resolvers=resolvers, among=records) if one.type == "TXT"]
        return found

    return Rotation(
        state=inputs.state,
        exported=exported,
        records=records,
        look=look,
        mail_list=project.folder / inputs.settings.mail_list,
        today=datetime.now(tz=UTC).date(),
    )


def _seen(rotation: Rotation, ring: KeyRing, wait_min: float) -> KeyRing:
    """Look again until the name servers have the next key, or the time is over."""
    until = time.monotonic() + wait_min * 60
    while ring.stage == "publish" and (left := until - time.monotonic()) > 0:
        name = ring.record.name if ring.record else ring.domain
        err().print(f"{name} is not right at the name servers yet. Looking again; {span(left)} left.")
        time.sleep(min(BETWEEN_S, left))
        (domain,) = rotation.domains(ring.domain)
        ring = rotation.ring(domain)
    return ring


def _said(ring: KeyRing, written: str) -> str:
    """Say where a domain stands, and what comes next."""
    if written:
        then = "makes the key and says its record" if ring.stage == "steady" else f"has {ring.following} sign"
        return f"wrote {written}; next: mailstead up, which {then}"
    signs = f"signs with {ring.signing}"
    when = f" from {ring.retire_from} on" if ring.to_do == "wait" else ""
    words: dict[Stage, str] = {
        "steady": signs,
        "named": f"{signs}; {ring.following} is not made yet; next: mailstead up",
        "publish": f"{signs}; {_to_publish(ring)}",
        "switch": f"{signs}; {ring.following} is published; next: mailstead dkim rotate {ring.domain}",
        "switched": f"{ring.signing} is to sign; next: mailstead up",
        "retired": f"{signs}; {ring.retired} stays published; next{when}: mailstead dkim retire {ring.domain}",
    }
    return words[ring.stage]


def _to_publish(ring: KeyRing) -> str:
    """Say what the name servers have instead of the next key's record."""
    record, finding = ring.record, ring.finding
    if record is None or finding is None:
        return ""
    why = finding.flaws[0].message if finding.flaws else "it is not seen yet"
    return f"{record.name} TXT is {finding.verdict}: {why}. Enter: {record.value}"


def _plain(ring: KeyRing) -> dict[str, Any]:
    plain = asdict(replace(ring, finding=None))
    plain["retire_from"] = ring.retire_from.isoformat() if ring.retire_from else None
    plain["seen"] = ring.finding.verdict if ring.finding else None
    del plain["finding"]
    return plain
