"""Makes the key pair of a stack's backups: the private half into Vault, the public half into a file of the project."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from core.backup_key import read_backup_key
from core.errors import RefusedError
from core.names import VAULT_MOUNT, host_secret
from vault.api import Vault

_PRIVATE: Final = "private_key"
_PUBLIC: Final = "public_key"
_FINGERPRINT: Final = "fingerprint"
_LIMIT_S: Final = 120
_IN_MEMORY: Final = Path("/dev/shm")  # noqa: S108 — where there is one, a private key never touches a disk


@dataclass(frozen=True, kw_only=True)
class BackupKey:
    """A key pair."""

    fingerprint: str
    public: str
    private: str = field(repr=False)


@dataclass(frozen=True, kw_only=True)
class Made:
    """What became of a wish for a key."""

    key: BackupKey
    path: str
    """Where in Vault the private half is, below the mount."""
    is_new: bool
    wrote_file: bool


def make_key(vault: Vault, *, hostname: str, file: Path) -> Made:
    """Make the key, or find the one that is there: a second one would make two kinds of backups.

    Args:
        vault: Gets the private half, where none ever was (``cas=0``).
        hostname: The stack's first mail host: its name is in the path, and in the key.
        file: Gets the public half; a file that says the same stays as it is.

    Raises:
        RefusedError: The file holds another key, or gpg is missing or fails.
        VaultError: Vault does not answer or refuses.
    """
    path = host_secret(hostname, "backup_key")
    found = _in_vault(vault, path)
    is_new = found is None
    if found is None:
        _refuse_another(file, None, path)
        found = _generate(f"Mailstead backups of {hostname}")
        data = {_PRIVATE: found.private, _PUBLIC: found.public, _FINGERPRINT: found.fingerprint}
        if not vault.create_secret(path, data, {"host": hostname, _FINGERPRINT: found.fingerprint}):
            raise RefusedError(f"somebody else made a key meanwhile at {VAULT_MOUNT}/{path}; run again to use that")
    _refuse_another(file, found, path)
    wrote = not file.exists()
    if wrote:
        file.write_text(found.public, encoding="utf-8")
    return Made(key=found, path=path, is_new=is_new, wrote_file=wrote)


def export_key(key: BackupKey, file: Path) -> None:
    """Write the private half into a new file that only its owner can read.

    Raises:
        RefusedError: There is such a file already, or it cannot be written.
    """
    try:
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise RefusedError(f"{file} is there already and is not overwritten; name another file") from None
    except OSError as problem:
        raise RefusedError(f"{file} cannot be written: {problem.strerror}; name another file") from None
    with os.fdopen(handle, "w", encoding="utf-8") as open_file:
        open_file.write(key.private)


def _in_vault(vault: Vault, path: str) -> BackupKey | None:
    found = vault.read(path)
    if found is None:
        return None
    if not found.get(_PRIVATE) or not found.get(_PUBLIC):
        raise RefusedError(f"{VAULT_MOUNT}/{path} holds no {_PRIVATE} and {_PUBLIC}; look who wrote it")
    return BackupKey(fingerprint=found.get(_FINGERPRINT, ""), public=found[_PUBLIC], private=found[_PRIVATE])


def _refuse_another(file: Path, key: BackupKey | None, path: str) -> None:
    """Never write over a public key: backups that were made with it are opened by its own private half alone."""
    if not file.exists():
        return
    try:
        there = read_backup_key(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        raise RefusedError(f"{file.name} {problem}; move it away and run again") from None
    if key is None or there != read_backup_key(key.public):
        where = f"{VAULT_MOUNT}/{path} has no private half for it"
        raise RefusedError(f"{file.name} holds a key, and {where}; put that there, or move the file away and run again")


def _generate(name: str) -> BackupKey:
    """Make a pair: a signing key that carries the name, and below it the one that backups are encrypted to.

    In the form of RFC 4880 (gpg's option), so that every gpg since 2.2 opens what is encrypted to it: newer ones would
    write another kind of packet for a key that says it can read them. It has no passphrase: who may read it in Vault is
    decided there, and the offline copy is locked away.
    """
    with _home() as home:
        unlocked = ("--rfc4880", "--pinentry-mode", "loopback", "--passphrase", "")
        _gpg(home, *unlocked, "--quick-generate-key", name, "ed25519", "cert", "never")
        fingerprint = next(_fingerprints(_gpg(home, "--with-colons", "--list-keys")))
        _gpg(home, *unlocked, "--quick-add-key", fingerprint, "cv25519", "encr", "never")
        return BackupKey(
            fingerprint=fingerprint,
            public=_gpg(home, "--armor", "--export", fingerprint),
            private=_gpg(home, *unlocked, "--armor", "--export-secret-keys", fingerprint),
        )


def _fingerprints(listed: str) -> Iterator[str]:
    return (line.split(":")[9] for line in listed.splitlines() if line.startswith("fpr:"))


@contextmanager
def _home() -> Generator[Path]:
    """Give gpg a home of its own that ends with the block, and its agent with it."""
    if not shutil.which("gpg"):
        raise RefusedError("gpg is not on PATH; install GnuPG (Debian: apt-get install gnupg) and run again")
    with tempfile.TemporaryDirectory(dir=_IN_MEMORY if _IN_MEMORY.is_dir() else None) as folder:
        try:
            yield Path(folder)
        finally:
            subprocess.run(["gpgconf", "--homedir", folder, "--kill", "all"], capture_output=True, check=False)


def _gpg(home: Path, *arguments: str) -> str:
    env: Mapping[str, str] = {**os.environ, "GNUPGHOME": str(home), "LC_ALL": "C"}
    command = ["gpg", "--batch", "--no-options", "--quiet", *arguments]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=_LIMIT_S, check=False)
    if done.returncode != 0:
        said = done.stderr.strip().splitlines()
        raise RefusedError(f"gpg could not make a key: {said[-1] if said else f'exit {done.returncode}'}")
    return done.stdout
