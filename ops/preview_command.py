"""`mailstead preview`: registers the command; ``ops.preview`` does the work."""

import os
from typing import Annotated

import typer

from core.errors import RefusedError
from ops.cli_app import JsonOption, StackOption, app, err, out, project_of, told_plainly
from ops.preview_markdown import as_markdown
from ops.preview_report import as_json, exit_code, print_words
from ops.update import Update

MarkdownOption = Annotated[
    bool, typer.Option("--markdown", help="Print Markdown for a comment on a pull request, with a line to find it by.")
]


@app.command()
def preview(stack: StackOption = None, *, as_machine: JsonOption = False, markdown: MarkdownOption = False) -> None:
    """Say in words what `up` would do, and change nothing.

    Where a mailbox would be closed or deleted, its size, messages and last log-in are asked of the server.

    Exit codes: 0 nothing changes, 10 additions and changes only, 11 somebody is closed,
    12 something is deleted or made again empty, 3 refused: the reasons are printed.

    Example: mailstead preview --stack prod

    Example: mailstead preview --stack prod --markdown >comment.md

    Example: mailstead preview --stack prod --json | jq .counts
    """
    with told_plainly():
        if as_machine and markdown:
            raise RefusedError("--json and --markdown are two forms of the same; give one of them")
        project = project_of(stack)
        words = Update(project=project, env=os.environ, console=err(), confirm=lambda _: False).preview()
        if as_machine:
            typer.echo(as_json(words))
        elif markdown:
            typer.echo(as_markdown(words, stack=project.stack), nl=False)
        else:
            print_words(words, out())
        raise typer.Exit(exit_code(words))
