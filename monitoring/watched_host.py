"""The host that a resource of monitoring works on, as its properties say."""

import contextlib
import hashlib
from collections.abc import Generator, Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import pulumi

from components.host_files import HostFile
from core.errors import HostKeyChangedError, HostUnreachableError
from ssh.client import HostAddress, SshClient

ADDRESS_INPUTS: Final = ("instance_id", "address", "user", "host_key")
SCRIPT_LIMIT_S: Final = 5_400.0
"""Another run may hold the host's lock for an hour, and packages have to be fetched."""

_PROJECT: Final = Path(__file__).resolve().parent.parent
_DIGEST_LENGTH: Final = 12


def host_of(props: Mapping[str, Any]) -> HostAddress:
    """Read where SSH answers, and with which key."""
    return HostAddress(address=str(props["address"]), user=str(props["user"]), key=str(props["host_key"]))


@contextlib.contextmanager
def still_there(ssh: SshClient, what: str) -> Generator[bool]:
    """Connect to a host from which something is to be removed; False when it is gone, or another is in its place.

    Args:
        ssh: The connection.
        what: What is then taken as removed, for the log.
    """
    try:
        ssh.connect()
    except (HostUnreachableError, HostKeyChangedError) as error:
        pulumi.log.warn(f"{what} taken as removed, because the host is gone: {error}")
        yield False
    else:
        yield True


def digest_of(files: Mapping[str, HostFile], scripts: Iterable[str]) -> str:
    """Digest what a host gets and the scripts that put it there: other ones are put there again."""
    content = hashlib.sha256()
    for path, file in sorted(files.items()):
        content.update(f"{path}\0{file.mode:o}\0{len(file.content)}\0".encode() + file.content)
    for script in scripts:
        content.update((_PROJECT / script).read_bytes())
    return content.hexdigest()[:_DIGEST_LENGTH]


def project_file(path: str) -> HostFile:
    """Read one file of the project."""
    return HostFile(content=(_PROJECT / path).read_bytes())
