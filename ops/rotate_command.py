"""`mailstead rotate`: registers the command; ``ops.rotation`` and ``ops.rotate_people`` do the work."""

import json
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from core.inputs import Inputs
from ops.addressees import people_of, person
from ops.cli_app import (
    EXIT_FAILED,
    EXIT_INTERRUPTED,
    JsonOption,
    StackOption,
    YesOption,
    app,
    asking,
    err,
    out,
    project_of,
    told_plainly,
)
from ops.project import Project
from ops.rotate_people import PeopleRotating, Rotated
from ops.rotation import Rotating
from vault.api import VaultApi
from vault.wrapping import WrappingApi

_WORDS = {
    "rotated": "rotated",
    "done_before": "done before",
    "offboarded": "offboarded, left alone",
    "failed": "failed",
    "waiting": "not tried",
}


@app.command()
def rotate(
    who: Annotated[str, typer.Argument(help="An address, or a domain for everybody in it.")],
    stack: StackOption = None,
    *,
    app_passwords: Annotated[bool, typer.Option("--app-passwords", help="Delete app passwords as well.")] = False,
    anew: Annotated[
        bool, typer.Option("--anew", help="For a domain: everybody again, also who was done by a run that was stopped.")
    ] = False,
    yes: YesOption = False,
    as_machine: JsonOption = False,
) -> None:
    """Give one person, or everybody of a domain, a new first password, and end what is logged in with the old one.

    Stopped or failed, the same command goes on where it was. Exit code 1 says that not everybody is done.

    Example: mailstead rotate alice@example.com

    Example: mailstead rotate example.com --stack prod

    Example: mailstead rotate example.com --yes --json | jq .counts
    """
    with told_plainly():
        project = project_of(stack)
        inputs = project.inputs()
        try:
            results = _rotate(project, inputs, who, anew=anew, yes=yes, app_passwords=app_passwords)
        except KeyboardInterrupt:
            err().print("mailstead: stopped; the same command goes on from here", style="yellow")
            raise typer.Exit(EXIT_INTERRUPTED) from None
    if results is None:
        err().print("Nothing was done.")
        return
    _sum_up(who, results, as_machine=as_machine)
    if any(result.outcome in {"failed", "waiting"} for result in results):
        raise typer.Exit(EXIT_FAILED)


def _rotate(
    project: Project, inputs: Inputs, who: str, *, anew: bool, yes: bool, app_passwords: bool
) -> Sequence[Rotated] | None:
    from ops.mail_servers import mail_servers  # noqa: PLC0415 — loads the engine's SDK, which nothing else here needs

    mail_list, env = inputs.settings.mail_list, os.environ
    one = person(inputs.state, who, mail_list=mail_list) if "@" in who else None
    people = () if one else people_of(inputs.state, who, mail_list=mail_list)
    vault = VaultApi.from_environment()
    with mail_servers(project, env, vault=vault) as server:
        rotating = Rotating(
            vault=vault,
            wrapping=WrappingApi.from_environment(),
            server=server,
            stack=project.stack,
            app_passwords=app_passwords,
            now=lambda: datetime.now(tz=UTC),
        )
        if one is None:
            return PeopleRotating(rotating=rotating, confirm=asking(yes=yes), tell=_tell).run(
                people, domain=who, anew=anew
            )
        result = Rotated(address=one.address, outcome="rotated", sentence=rotating.rotate(one) or "")
        _tell(result, 1, 1)
        return [result]


def _tell(result: Rotated, place: int, count: int) -> None:
    """Say at once what became of a person; to standard error, as the sum may be JSON."""
    style = {"failed": "red", "waiting": "yellow"}.get(result.outcome, "default")
    sentence = f": {result.sentence}" if result.sentence else ""
    err().print(f"{place}/{count}  {result.address}  {_WORDS[result.outcome]}{sentence}", style=style)


def _sum_up(who: str, results: Sequence[Rotated], *, as_machine: bool) -> None:
    counts = Counter(result.outcome for result in results)
    if as_machine:
        document: dict[str, Any] = {
            "who": who,
            "counts": dict(counts),
            "people": [asdict(result) for result in results],
        }
        typer.echo(json.dumps(document, indent=2))
        return
    out().print(", ".join(f"{count} {_WORDS[outcome]}" for outcome, count in counts.items()) + ".")
    left = [result.address for result in results if result.outcome in {"failed", "waiting"}]
    if left:
        err().print(f"mailstead: not done: {', '.join(left)}; the same command goes on with these", style="red")
    if counts["rotated"]:
        out().print("Hand the new passwords over, one by one: mailstead handover ADDRESS")
