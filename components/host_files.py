"""Running a script of this repository on a host as root, with files that it is to put there."""

import base64
import io
import shlex
import tarfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ssh.client import RunResult, SshClient

_PROJECT: Final = Path(__file__).resolve().parent.parent
_LIBRARY: Final = _PROJECT / "mailcow" / "scripts" / "lib.sh"
_FUNCTION: Final = "sent_files() {\n  base64 --decode <<'END_OF_FILES'\n%s\nEND_OF_FILES\n}\n"
_WIDTH: Final = 1_000
"""Characters a line; a shell reads a long line more slowly than many."""


@dataclass(frozen=True, kw_only=True)
class HostFile:
    """One file to put on a host."""

    content: bytes = field(repr=False)
    """May be a secret, so it does not show when this is printed."""
    mode: int = 0o644


def folder_files(folder: str, *, below: str) -> dict[str, HostFile]:
    """Read a folder of the project with all that is in it.

    Args:
        folder: Seen from the project.
        below: Name of the folder that they are to be in on the way to the host.

    Returns:
        The files by their path there; those that can be run stay so.
    """
    root = _PROJECT / folder
    found = sorted(path for path in root.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {
        f"{below}/{path.relative_to(root).as_posix()}": HostFile(
            content=path.read_bytes(), mode=0o755 if path.stat().st_mode & 0o100 else 0o644
        )
        for path in found
    }


def run_with_files(
    ssh: SshClient, script: str, *arguments: str, files: Mapping[str, HostFile], timeout_s: float
) -> RunResult:
    """Run a script as root over standard input; it prints the files that come with it, as a tar, by ``sent_files``.

    Args:
        ssh: The connection.
        script: Its path, seen from the project.
        arguments: What it is given; no secret, because they show in errors.
        files: By path below the folder where it unpacks them; they may be secret, and show nowhere.
        timeout_s: How long it may take.

    Raises:
        HostUnreachableError: The host does not answer.
        LoginRefusedError: It does not let us in.
        RemoteCommandError: The script failed; has its last words.
    """
    text = b"\n".join((_LIBRARY.read_bytes(), as_function(files), (_PROJECT / script).read_bytes()))
    # Its name is in the command, so that an error says which one it was.
    name = Path(script).name
    return ssh.run(shlex.join(["sudo", "bash", "-s", "--", *arguments]) + f" # {name}", stdin=text, timeout_s=timeout_s)


def as_function(files: Mapping[str, HostFile]) -> bytes:
    """Write the files as a function of a shell that prints them as a tar."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        for path, file in sorted(files.items()):
            entry = tarfile.TarInfo(path)
            entry.size, entry.mode = len(file.content), file.mode
            tar.addfile(entry, io.BytesIO(file.content))
    text = base64.b64encode(packed.getvalue()).decode("ascii")
    lines = "\n".join(text[at : at + _WIDTH] for at in range(0, len(text), _WIDTH))
    return (_FUNCTION % lines).encode()
