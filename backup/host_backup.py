"""The HostBackup resource: programs, settings and timers of the backup on one mail host.

The state holds names, settings and digests; credentials of a bucket go from Vault to the host and stay in neither.
"""

from collections.abc import Mapping
from typing import Any, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from backup.programs import INSTALL, REMOVE, credentials_file, metadata_rules, programs, rclone_version
from components.host_files import HostFile, run_with_files
from core.errors import HostKeyChangedError, HostUnreachableError, RefusedError
from core.names import VAULT_MOUNT, host_secret
from ssh.client import HostAddress, SshClient
from vault.api import VaultApi

_SETTINGS = ("backup_at", "root_is", "public_key", "settings", "rclone_config", "credentials", "programs")
_INPUTS = ("instance_id", "address", "user", "host_key", "hostname", *_SETTINGS)
_VERSION: Final = "credentials_version"
_INSTALL_LIMIT_S: Final = 5_400.0
"""Another run may hold the host's lock for an hour, and packages have to be fetched."""
_REMOVE_LIMIT_S: Final = 4_200.0


class HostBackupProvider(ResourceProvider):
    """One host's backup job.

    State holds this class as a reference, ``backup.host_backup.HostBackupProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    open_vault = staticmethod(VaultApi.from_environment)
    open_ssh = staticmethod(SshClient)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Take any change as an update: the same script brings the host to what is wanted."""
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in _INPUTS), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Install the job and start its timers.

        Raises:
            RefusedError: Vault has no credentials for the bucket; says where they belong.
            SshError: The host does not answer, refuses the login, or the script failed.
            VaultError: Vault does not answer or refuses.
        """
        return CreateResult(f"backup of {props['hostname']}", self._installed(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Install what differs now, as ``create``."""
        return UpdateResult(self._installed(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded, and credentials that Vault has anew as none, so that the next update brings them.

        Whether the job runs, the age of the last backup tells.
        """
        recorded = _recorded(props)
        if props.get("credentials") and props.get(_VERSION) != self._version(props):
            recorded["credentials"] = ""
        return ReadResult(id_, {**recorded, _VERSION: props.get(_VERSION)}, recorded)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Take the job off the host, backups stay; a host that is gone, or another one in its place, is done.

        Raises:
            SshError: The host is there, and refuses the login or the script failed.
        """
        with self.open_ssh(_host(_props)) as ssh:
            try:
                ssh.connect()
            except (HostUnreachableError, HostKeyChangedError) as error:
                pulumi.log.warn(f"the backup job is taken as removed, because its host is gone: {error}")
                return
            run_with_files(ssh, REMOVE, files={}, timeout_s=_REMOVE_LIMIT_S)

    def _installed(self, props: dict[str, Any]) -> dict[str, Any]:
        """Install it, and return what the state holds."""
        # Before the credentials themselves: a version that is written in between is brought once more, and not missed.
        version = self._version(props)
        files = {**programs(), **self._settings(props)}
        with self.open_ssh(_host(props)) as ssh:
            arguments = (str(props["backup_at"]), str(props["root_is"]))
            run_with_files(ssh, INSTALL, *arguments, files=files, timeout_s=_INSTALL_LIMIT_S)
        return {**_recorded(props), _VERSION: version}

    def _version(self, props: dict[str, Any]) -> int:
        """Ask which version of the bucket's credentials Vault has; 0 where none are needed, or there are none."""
        if not props.get("credentials"):
            return 0
        found = self.open_vault().metadata(str(props["credentials"]))
        return found.version if found is not None and found.live else 0

    def _settings(self, props: dict[str, Any]) -> dict[str, HostFile]:
        found = {
            "backup.env": HostFile(content=_lines(props["settings"]).encode()),
            "backup-key.asc": HostFile(content=str(props["public_key"]).encode()),
        }
        if props.get("rclone_config"):
            found["rclone.conf"] = HostFile(content=str(props["rclone_config"]).encode())
            found["rclone.txt"] = HostFile(content=rclone_version())
            if not props.get("credentials"):  # then the host's own name opens the bucket, and its containers share it
                found["metadata.nft"] = HostFile(content=metadata_rules())
        if props.get("credentials"):
            found["offsite-credentials"] = self._credentials(str(props["hostname"]))
        return found

    def _credentials(self, hostname: str) -> HostFile:
        path = host_secret(hostname, "offsite")
        found = self.open_vault().read(path)
        if not found or not found.get("access_key_id") or not found.get("secret_access_key"):
            raise RefusedError(
                f"Vault has no credentials for the off-site bucket of {hostname}; put them there:"
                f" vault kv put -mount={VAULT_MOUNT} {path} access_key_id=… secret_access_key=-"
            )
        return credentials_file(found["access_key_id"], found["secret_access_key"])


class HostBackup(Resource, module="mailstead", name="HostBackup"):
    """A host's backup job."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: str,
        host_key: pulumi.Input[str],
        hostname: str,
        backup_at: str,
        root_is: str,
        public_key: str,
        settings: Mapping[str, pulumi.Input[str]],
        rclone_config: pulumi.Input[str],
        credentials: str,
        programs: str,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The host; on another one all of it is installed again.
            address: Where its SSH answers.
            user: Who logs in there.
            host_key: Its pinned key.
            hostname: mailcow's name; part of the path of the bucket's credentials.
            backup_at: Time of day: ``02:30``.
            root_is: What /backup is there: ``volume`` or ``folder``.
            public_key: What backups are encrypted to.
            settings: The job's other settings: ``KEY=value``.
            rclone_config: Where the off-site copy goes; empty for none.
            credentials: Path in Vault of the bucket's key and secret; empty where it needs none.
            programs: Digest of what is installed.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "hostname": hostname,
            "backup_at": backup_at,
            "root_is": root_is,
            "public_key": public_key,
            "settings": dict(settings),
            "rclone_config": rclone_config,
            "credentials": credentials,
            "programs": programs,
        }
        super().__init__(HostBackupProvider(), name, inputs, opts)


def _host(props: dict[str, Any]) -> HostAddress:
    return HostAddress(address=str(props["address"]), user=str(props["user"]), key=str(props["host_key"]))


def _lines(settings: Mapping[str, Any]) -> str:
    return "".join(f"{key}={value}\n" for key, value in sorted(settings.items()))


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}
