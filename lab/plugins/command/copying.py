"""Files to a host over SFTP, as the login user, into the places pulumi-command puts them."""

from __future__ import annotations

import asyncio
import hashlib
import posixpath
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pulumi

from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True)
class Payload:
    """What a source holds, read once."""

    name: str
    """Its own last name; empty for a text, which has none."""
    is_folder: bool
    keeps_name: bool
    """A folder goes into the remote path under its own name, unless it was written with a slash at its end."""
    folders: tuple[str, ...]
    files: Mapping[str, bytes]
    """By path in the folder; a file or text on its own is under the empty path."""

    @property
    def digest(self) -> str:
        """A digest of the content."""
        whole = hashlib.sha256()
        for name, body in self.files.items():
            whole.update(f"{name}\0{len(body)}\0".encode() + body)
        return whole.hexdigest()


def source_problem(source: Any) -> str:
    """Why a source cannot be copied; empty when it can."""
    if isinstance(source, pulumi.FileAsset | pulumi.StringAsset | pulumi.FileArchive):
        return ""
    if isinstance(source, pulumi.Asset):
        return "asset must be a path-based file asset or a text asset"
    if isinstance(source, pulumi.Archive):
        return "archive must be a path to a file or directory"
    # An unknown source at preview comes here too, as it does in 1.2.1.
    return "either asset or archive must be set"


def read(source: Any) -> Payload:
    """Read a source that `source_problem` let pass.

    Raises:
        PluginError: there is no such file or folder.
    """
    if isinstance(source, pulumi.StringAsset):
        return Payload("", is_folder=False, keeps_name=False, folders=(), files={"": source.text.encode()})
    path: str = source.path
    root = Path(path)
    if root.is_dir():
        entries = sorted(root.rglob("*"))
        return Payload(
            root.name,
            is_folder=True,
            keeps_name=not path.endswith("/"),
            folders=tuple(entry.relative_to(root).as_posix() for entry in entries if entry.is_dir()),
            files={entry.relative_to(root).as_posix(): entry.read_bytes() for entry in entries if not entry.is_dir()},
        )
    try:
        return Payload(root.name, is_folder=False, keeps_name=False, folders=(), files={"": root.read_bytes()})
    except OSError as error:
        raise PluginError(f"open {path}: {error.strerror}") from None


async def copy(connection: asyncssh.SSHClientConnection, source: Any, remote_path: str) -> None:
    """Copy a source to where pulumi-command would put it.

    Raises:
        PluginError: what the host or its disk refused.
    """
    payload = await asyncio.to_thread(read, source)
    try:
        async with connection.start_sftp_client() as sftp:
            if payload.is_folder:
                await _copy_folder(sftp, payload, remote_path)
            else:
                await _copy_file(sftp, payload, remote_path)
    except asyncssh.SFTPError as error:
        raise PluginError(f"failed to copy to remote path {remote_path}: {error.reason}") from None


async def _copy_file(sftp: asyncssh.SFTPClient, payload: Payload, remote_path: str) -> None:
    destination = remote_path
    if await sftp.isdir(remote_path):
        if not payload.name:
            raise PluginError(f"remote path {remote_path} is a directory; cannot determine destination filename")
        destination = posixpath.join(remote_path, payload.name)
    elif not await sftp.exists(remote_path):
        await sftp.makedirs(posixpath.dirname(destination) or ".", exist_ok=True)
    await _write(sftp, destination, payload.files[""])


async def _copy_folder(sftp: asyncssh.SFTPClient, payload: Payload, remote_path: str) -> None:
    destination = posixpath.join(remote_path, payload.name) if payload.keeps_name else remote_path
    for folder in (remote_path, destination, *(posixpath.join(destination, name) for name in payload.folders)):
        if await sftp.exists(folder) and not await sftp.isdir(folder):
            raise PluginError(f"remote path {folder} exists but is not a directory")
        await sftp.makedirs(folder, exist_ok=True)
    for name, body in payload.files.items():
        await _write(sftp, posixpath.join(destination, name), body)


async def _write(sftp: asyncssh.SFTPClient, path: str, body: bytes) -> None:
    async with sftp.open(path, "wb") as file:
        await file.write(body)
