"""`mailstead adopt`: registers the command; ``ops.adoption`` does the work."""

import os
import sys
from datetime import UTC, datetime
from typing import Annotated

import typer

from ops.cli_app import JsonOption, StackOption, app, err, out, project_of, told_plainly


@app.command()
def adopt(
    stack: StackOption = None,
    *,
    list_file: Annotated[
        str, typer.Option("--list", metavar="FILE", help="Write this file, instead of the stack's mail_list.")
    ] = "",
    api_key_stdin: Annotated[
        bool, typer.Option("--api-key-stdin", help="Read mailcow's API key from standard input and keep it in Vault.")
    ] = False,
    replace_key: Annotated[
        bool, typer.Option("--replace-key", help="Let the key given take the place of another in Vault.")
    ] = False,
    force: Annotated[bool, typer.Option("--force", help="Overwrite a list that says something else.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be written, and write nothing.")] = False,
    as_machine: JsonOption = False,
) -> None:
    """Write the list of people from a mailcow that is there already; changes nothing on it.

    The stack file says where it is: host: existing, host_address, mail_hostname.
    A list that is there is never overwritten unasked: the new one is then written beside it.

    Example: mailstead adopt --stack prod --api-key-stdin <key.txt

    Example: mailstead adopt --stack prod --list people.yml

    Example: mailstead adopt --stack prod --dry-run --json | jq .left_out
    """
    # They load the engine's SDK, which nothing else here needs.
    from ops.adoption import Adoption, Wishes, reach  # noqa: PLC0415
    from ops.adoption_key import key_from  # noqa: PLC0415
    from ops.adoption_words import as_json, sentences  # noqa: PLC0415
    from vault.api import VaultApi  # noqa: PLC0415

    with told_plainly():
        project = project_of(stack)
        given = None
        if api_key_stdin:
            asked = sys.stdin.isatty()
            given = key_from(str(typer.prompt("API key", hide_input=True, err=True)) if asked else sys.stdin.read())
        adoption = Adoption(
            project=project,
            env=os.environ,
            vault=VaultApi.from_environment(),
            now=lambda: datetime.now(tz=UTC),
            say=lambda sentence: err().print(f"notice: {sentence}", style="yellow"),
            reach=reach,
        )
        adopted = adoption.run(
            Wishes(api_key=given, replace_key=replace_key, list_file=list_file, force=force, dry_run=dry_run)
        )
        for notice in adopted.notices:
            err().print(f"notice: {notice}", style="yellow")
        if as_machine:
            typer.echo(as_json(adopted))
            return
        for sentence in sentences(adopted, stack=project.stack, dry_run=dry_run):
            out().print(sentence)
