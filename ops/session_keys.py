"""Opens the keys of single archives with the private key, which never leaves this machine.

Each archive is encrypted with a key of its own, and that one to ours (OpenPGP, RFC 9580, 5.1). Whoever is given it can
open this archive and no other: that is what a host gets for a restore.
"""

import base64
import contextlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Generator, Sequence
from pathlib import Path
from typing import Final

from core.errors import RefusedError, VaultError
from core.names import VAULT_MOUNT, host_secret
from core.restore import Head
from vault.api import Vault

_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 — where there is one, a private key never touches a disk
_SESSION_KEY: Final = re.compile(rb"session key: '([0-9]+:[0-9A-Fa-f]+)'")
_LIMIT_S: Final = 60
_KEY_PACKET: Final = 1
"""Public-key encrypted session key packet (RFC 9580, 5.1)."""
_NO_MAIL: Final = bytes([0xD2, 41, 1, *range(40)])
"""An encrypted packet of 40 bytes: gpg reads a packet in large blocks, and a cut one is an error before the key."""


def private_key(vault: Callable[[], Vault], *, hostname: str, file: Path | None) -> bytes:
    """Get the private key of a stack's backups.

    Args:
        vault: Connects to Vault; not asked when there is a file.
        hostname: The stack's first mail host: its name is in the path.
        file: Where the offline copy is, instead.

    Raises:
        RefusedError: The file cannot be read.
        VaultError: Vault does not answer, refuses, or has none.
    """
    if file is not None:
        try:
            return file.read_bytes()
        except OSError as problem:
            raise RefusedError(f"{file} cannot be read: {problem.strerror}") from None
    path = host_secret(hostname, "backup_key")
    found = (vault().read(path) or {}).get("private_key", "")
    if not found:
        raise VaultError(
            f"there is no private key of the backups at {VAULT_MOUNT}/{path}; name its offline copy with --key-file"
        )
    return found.encode()


def session_keys(key: bytes, heads: Sequence[Head]) -> bytes:
    """Open the session key of each archive.

    Args:
        key: Private key without passphrase, as gpg exports it.
        heads: Of the archives.

    Returns:
        Lines ``<SHA-256 of the archive> <session key>``.

    Raises:
        RefusedError: gpg is missing, takes no private key from this, or an archive is not encrypted to it.
    """
    with _keyring(key) as home:
        return b"".join(f"{head.sha256} {_session_key(home, head)}\n".encode() for head in heads)


@contextlib.contextmanager
def _keyring(key: bytes) -> Generator[Path]:
    if shutil.which("gpg") is None:
        raise RefusedError("gpg is not installed on this machine; install it: sudo apt-get install gnupg")
    place = _IN_MEMORY if _IN_MEMORY.is_dir() else None
    home = Path(tempfile.mkdtemp(prefix="mailstead-", dir=place))
    try:
        imported = _gpg(home, "--import", stdin=key)
        listed = _gpg(home, "--list-secret-keys", "--with-colons").stdout
        if imported.returncode != 0 or b"sec:" not in listed:
            raise RefusedError("this is no private key that gpg takes; it has to be the one of `mailstead backup key`")
        yield home
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "gpg-agent"], capture_output=True, check=False)
        shutil.rmtree(home)


def _session_key(home: Path, head: Head) -> str:
    # It ends with an error, because what follows is no mail; the key comes before that.
    said = _gpg(
        home, "--show-session-key", "--decrypt", stdin=_key_packets(base64.b64decode(head.head)) + _NO_MAIL
    ).stderr
    found = _SESSION_KEY.search(said)
    if found is None:
        raise RefusedError(
            f"{head.archive} is not encrypted to this key, or its beginning is damaged; is it the key of these backups?"
        )
    return found[1].decode()


def _key_packets(head: bytes) -> bytes:
    """Take the packets at the beginning that hold the session key (RFC 9580, 4.2: headers in the old and new form)."""
    end = 0
    while len(head) > end + 2:
        first, length = head[end], head[end + 1]
        is_new = bool(first & 0x40)
        tag = first & 0x3F if is_new else first >> 2 & 0x0F
        if tag != _KEY_PACKET:
            break
        size = 2
        if is_new and 192 <= length < 224:
            length, size = ((length - 192) << 8) + head[end + 2] + 192, 3
        elif not is_new and first & 3 == 1:
            length, size = int.from_bytes(head[end + 1 : end + 3]), 3
        end += size + length
    return head[:end]


def _gpg(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = ["gpg", "--homedir", str(home), "--batch", "--no-tty", "--pinentry-mode", "loopback", *arguments]
    return subprocess.run(command, input=stdin, capture_output=True, check=False, timeout=_LIMIT_S)
