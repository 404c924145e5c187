"""What is installed on a host: the files of backup/host, the units of its timers, and rclone by its digest."""

import hashlib
from pathlib import Path
from typing import Final

from components.host_files import HostFile, folder_files

INSTALL: Final = "backup/install/install-backup.sh"
REMOVE: Final = "backup/install/remove-backup.sh"
_HERE: Final = Path(__file__).resolve().parent
_RCLONE: Final = "install/rclone.txt"
_DIGEST_LENGTH: Final = 12
_BESIDE: Final = {
    "restore.sh": "backup/restore.sh",
    "drill.sh": "backup/drill.sh",
    "restore/lib.sh": "mailcow/scripts/lib.sh",
}
"""Scripts by which a person restores on the host itself, and what they are read from."""


def programs() -> dict[str, HostFile]:
    """Read the files that every host gets."""
    return {
        **folder_files("backup/host", below="programs"),
        **folder_files("backup/restore", below="programs/restore"),
        **folder_files("backup/drill", below="programs/drill"),
        **{f"programs/{name}": _script(path) for name, path in _BESIDE.items()},
        **folder_files("backup/install/units", below="units"),
    }


def _script(path: str) -> HostFile:
    return HostFile(content=(_HERE.parent / path).read_bytes(), mode=0o755)


def rclone_version() -> bytes:
    """Read which rclone is installed: its version, and the digest of its package for each kind of processor."""
    return (_HERE / _RCLONE).read_bytes()


def metadata_rules() -> bytes:
    """Read what keeps a host's containers from the cloud's metadata."""
    return (_HERE / "install" / "metadata.nft").read_bytes()


def digest() -> str:
    """Digest all that is installed, and what installs it: another one is installed again."""
    content = hashlib.sha256(rclone_version() + metadata_rules())
    for path, file in sorted(programs().items()):
        content.update(f"{path}\0{file.mode:o}\0{len(file.content)}\0".encode() + file.content)
    content.update((_HERE.parent / INSTALL).read_bytes())
    return content.hexdigest()[:_DIGEST_LENGTH]


def credentials_file(access_key_id: str, secret_access_key: str) -> HostFile:
    """Write a bucket's credentials as tools for S3 read them (AWS: "Shared config and credentials files")."""
    text = f"[default]\naws_access_key_id = {access_key_id}\naws_secret_access_key = {secret_access_key}\n"
    return HostFile(content=text.encode(), mode=0o600)
