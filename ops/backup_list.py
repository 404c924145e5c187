"""Reads which backups there are on mail hosts: the manifests of all days, in one command a host."""

from collections.abc import Iterable

from core.backup_manifest import DayOfBackups, Manifest, read_manifests
from core.errors import RefusedError
from core.names import BACKUP_ROOT
from ops.backup_hosts import BackupHost

_LIMIT_S = 120.0
# A day that is being written is called otherwise and has no place here.
_READ = (
    f"sudo find {BACKUP_ROOT}/mailcow -mindepth 3 -maxdepth 3 -name manifest.json"
    " -path '*/[0-9][0-9][0-9][0-9][0-9][0-9][0-9][0-9]/*' -exec cat {} +"
)
_IS_THERE = f"test -d {BACKUP_ROOT}/mailcow"


def manifests_of(host: BackupHost) -> list[Manifest]:
    """Read a host's manifests, oldest day first; none where no backup was ever made.

    Raises:
        RefusedError: One is damaged; says on which host.
        SshError: The host does not answer or refuses.
    """
    if host.shell.run(f"sudo {_IS_THERE}", timeout_s=_LIMIT_S, check=False).status != 0:
        return []
    text = host.shell.run(_READ, timeout_s=_LIMIT_S).stdout.decode(errors="replace")
    try:
        return sorted(read_manifests(text), key=lambda manifest: (manifest.day, manifest.domain))
    except ValueError as problem:
        raise RefusedError(
            f"the backups of {host.hostname} cannot be listed: {problem}; look at {BACKUP_ROOT}/mailcow there"
        ) from None


def list_backups(hosts: Iterable[BackupHost]) -> list[DayOfBackups]:
    """List what all of them have.

    Raises:
        RefusedError: As ``manifests_of``.
        SshError: As ``manifests_of``.
    """
    return [DayOfBackups.of(manifest) for host in hosts for manifest in manifests_of(host)]
