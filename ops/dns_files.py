"""Files that commands about DNS write."""

from pathlib import Path
from typing import Annotated

import typer

from core.errors import RefusedError

FolderOption = Annotated[
    Path, typer.Option("--out", help="Folder to write to; it is made, and files of the same name are replaced.")
]


def write(path: Path, text: str) -> None:
    """Write a file, and the folders that lead to it.

    Raises:
        RefusedError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as problem:
        raise RefusedError(f"{path} cannot be written: {problem.strerror}; write to another folder") from problem
