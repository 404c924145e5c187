"""Files to a host over SFTP, as the login user, into the places pulumi-command puts them."""

from __future__ import annotations

import hashlib
import posixpath
from pathlib import Path
from typing import TYPE_CHECKING, Any

import asyncssh
import pulumi

from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Iterator


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


def digest(source: Any) -> str:
    """A digest of what a source holds now."""
    content = hashlib.sha256()
    if isinstance(source, pulumi.StringAsset):
        content.update(source.text.encode())
        return content.hexdigest()
    root = Path(source.path)
    if not root.exists():
        raise PluginError(f"open {root}: no such file or directory")
    for path, name in _files(root):
        body = path.read_bytes()
        content.update(f"{name}\0{len(body)}\0".encode())
        content.update(body)
    return content.hexdigest()


async def copy(connection: asyncssh.SSHClientConnection, source: Any, remote_path: str) -> None:
    """Copy a source. A folder goes *into* the remote path under its own name, unless it is written with a slash.

    Raises:
        PluginError: what the host or its disk refused.
    """
    try:
        async with connection.start_sftp_client() as sftp:
            await _copy(sftp, source, remote_path)
    except asyncssh.SFTPError as error:
        raise PluginError(f"failed to copy to remote path {remote_path}: {error.reason}") from None


async def _copy(sftp: asyncssh.SFTPClient, source: Any, remote_path: str) -> None:
    is_folder = not isinstance(source, pulumi.StringAsset) and Path(source.path).is_dir()
    if is_folder:
        await _copy_folder(sftp, source.path, remote_path)
        return
    destination = remote_path
    if await sftp.isdir(remote_path):
        if isinstance(source, pulumi.StringAsset):
            raise PluginError(f"remote path {remote_path} is a directory; cannot determine destination filename")
        destination = posixpath.join(remote_path, Path(source.path).name)
    elif not await sftp.exists(remote_path):
        await sftp.makedirs(posixpath.dirname(destination) or ".", exist_ok=True)
    body = source.text.encode() if isinstance(source, pulumi.StringAsset) else Path(source.path).read_bytes()
    await _write(sftp, destination, body)


async def _copy_folder(sftp: asyncssh.SFTPClient, path: str, remote_path: str) -> None:
    destination = remote_path if path.endswith("/") else posixpath.join(remote_path, Path(path).name)
    await _make_folder(sftp, remote_path)
    await _make_folder(sftp, destination)
    root = Path(path)
    for folder in sorted(entry for entry in root.rglob("*") if entry.is_dir()):
        await _make_folder(sftp, posixpath.join(destination, folder.relative_to(root).as_posix()))
    for file, name in _files(root):
        await _write(sftp, posixpath.join(destination, name), file.read_bytes())


async def _make_folder(sftp: asyncssh.SFTPClient, path: str) -> None:
    if await sftp.exists(path) and not await sftp.isdir(path):
        raise PluginError(f"remote path {path} exists but is not a directory")
    await sftp.makedirs(path, exist_ok=True)


async def _write(sftp: asyncssh.SFTPClient, path: str, body: bytes) -> None:
    async with sftp.open(path, "wb") as file:
        await file.write(body)


def _files(root: Path) -> Iterator[tuple[Path, str]]:
    """The files of a folder with their names in it, or the one file there is, in an order that never changes."""
    if not root.is_dir():
        yield root, root.name
        return
    for path in sorted(root.rglob("*")):
        if not path.is_dir():
            yield path, path.relative_to(root).as_posix()
