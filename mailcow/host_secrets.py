"""The HostSecrets resource: what a mail server made for itself, read over SSH and put into Vault.

The state holds paths and version numbers, never a value.
"""

import shlex
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from core.errors import RefusedError
from core.names import INSTALL_ROOT, VAULT_MOUNT, HostSecretKind, host_secret
from ssh.client import HostAddress, SshClient
from vault.api import Vault, VaultApi

_INPUTS = ("instance_id", "address", "user", "host_key", "hostname", "secrets_file", "marker_file", "configured")
_KINDS: tuple[HostSecretKind, ...] = ("admin", "api_key", "api_key_read_only")
_KEYS_IN_FILE: dict[HostSecretKind, str] = {
    "admin": "ADMIN_PASSWORD",
    "api_key": "API_KEY",
    "api_key_read_only": "API_KEY_READ_ONLY",
}
_ADMIN = "admin"  # mailcow's first administrator
_TIMEOUT_S = 60


class HostSecretsProvider(ResourceProvider):
    """The secrets of one mail server: API keys and the administrator's password.

    State holds this class as a reference, ``mailcow.host_secrets.HostSecretsProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    open_vault = staticmethod(VaultApi.from_environment)
    open_ssh = staticmethod(SshClient)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Another hostname is other paths; any other change is a reason to read the file again."""
        changed = any(_olds.get(key) != _news.get(key) for key in _INPUTS)
        renamed = _olds.get("hostname") != _news.get("hostname")
        return DiffResult(changes=changed, replaces=["hostname"] if renamed else [])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Read the host's file and put what is new or different into Vault.

        Raises:
            RefusedError: The file lacks a secret, and Vault does, too; says what to do.
            SshError: The host does not answer or refuses.
            VaultError: Vault does not answer or refuses.
        """
        return CreateResult(str(props["hostname"]), self._bring(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring what differs now, as ``create``."""
        return UpdateResult(self._bring(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report whether all are there, by what Vault tells without the values."""
        vault = self.open_vault()
        outs = _outs(vault, props)
        if outs is None:
            return ReadResult(None, {})
        return ReadResult(id_, outs, _inputs(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Delete them from Vault for good: the server they are of goes, too."""
        vault = self.open_vault()
        for kind in _KINDS:
            vault.delete_all(host_secret(str(_props["hostname"]), kind))

    def _bring(self, props: dict[str, Any]) -> dict[str, Any]:
        vault = self.open_vault()
        hostname = str(props["hostname"])
        found, admin_replaced = self._on_the_host(props)
        _refuse_what_is_missing(found, admin_replaced=admin_replaced, vault=vault, props=props)
        for kind, secret in found.items():
            data = {"username": _ADMIN, "password": secret} if kind == "admin" else {"key": secret}
            path = host_secret(hostname, kind)
            made = vault.create_secret(path, data, {"host": hostname})
            if not made and vault.read(path) != data:
                # The server's is the one that works: Vault's is of an earlier server of that name.
                vault.write_version(path, data)
                pulumi.log.info(f"{path} in Vault has a new version, because {hostname} has another {kind}")
        outs = _outs(vault, props)
        if outs is None:
            raise RefusedError(f"a secret of {hostname} vanished from Vault meanwhile; run again")
        return outs

    def _on_the_host(self, props: dict[str, Any]) -> tuple[dict[HostSecretKind, str], bool]:
        """Read the secrets in the host's file, and whether the admin password was taken out of it on purpose."""
        host = HostAddress(address=str(props["address"]), user=str(props["user"]), key=str(props["host_key"]))
        with self.open_ssh(host) as ssh:
            file = shlex.quote(str(props["secrets_file"]))
            marker = shlex.quote(str(props["marker_file"]))
            text = ssh.run(f"sudo cat {file}", timeout_s=_TIMEOUT_S).stdout.decode()
            replaced = ssh.run(f"sudo test -e {marker}", timeout_s=_TIMEOUT_S, check=False).status == 0
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        found: dict[HostSecretKind, str] = {}
        for kind in _KINDS:
            if secret := values.get(_KEYS_IN_FILE[kind], "").strip():
                found[kind] = secret
        return found, replaced


class HostSecrets(Resource, module="mailstead", name="HostSecrets"):
    """A mail server's own secrets, in Vault."""

    api_key_path: pulumi.Output[str]
    """Path in Vault, below the mount, of the key that people are provisioned with."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: pulumi.Input[str],
        host_key: pulumi.Input[str],
        hostname: str,
        secrets_file: str,
        marker_file: str,
        configured: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The host; of another one the file is read anew.
            address: Where its SSH answers.
            user: Who logs in there.
            host_key: Its pinned key.
            hostname: mailcow's name; part of the paths in Vault.
            secrets_file: Lines ``API_KEY=``, ``API_KEY_READ_ONLY=`` and, until it is set, ``ADMIN_PASSWORD=``.
            marker_file: Says that the admin password was set and taken out of the file.
            configured: What the step that makes the file printed; when that changes, the file is read anew.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "hostname": hostname,
            "secrets_file": secrets_file,
            "marker_file": marker_file,
            "configured": configured,
        }
        super().__init__(HostSecretsProvider(), name, {**inputs, "api_key_path": None}, opts)


def _refuse_what_is_missing(
    found: dict[HostSecretKind, str], *, admin_replaced: bool, vault: Vault, props: dict[str, Any]
) -> None:
    hostname, file = props["hostname"], props["secrets_file"]
    missing: list[HostSecretKind] = [kind for kind in _KINDS if kind not in found]
    if missing == ["admin"] and admin_replaced:
        path = host_secret(str(hostname), "admin")
        metadata = vault.metadata(path)
        if metadata is not None and metadata.live:
            return
        if metadata is not None and metadata.deleted:
            raise RefusedError(
                f"the admin password of {hostname} is deleted in Vault; bring it back with: "
                f"vault kv undelete -mount={VAULT_MOUNT} -versions={metadata.version} {path}"
            )
        raise RefusedError(
            f"the admin password of {hostname} was set and is not in Vault at {path}; on the host run "
            f"'cd {INSTALL_ROOT} && sudo ./helper-scripts/mailcow-reset-admin.sh', then here "
            f"'vault kv put -mount={VAULT_MOUNT} {path} username={_ADMIN} password=-' with the new password as input"
        )
    if missing:
        keys = ", ".join(_KEYS_IN_FILE[kind] for kind in missing)
        raise RefusedError(f"{file} on {hostname} has no {keys}; run configure-mailcow.sh there, which makes them")


def _outs(vault: Vault, props: dict[str, Any]) -> dict[str, Any] | None:
    """Return what the state holds; None when one of the secrets is not in Vault."""
    versions: dict[str, int] = {}
    paths: dict[str, str] = {}
    for kind in _KINDS:
        path = host_secret(str(props["hostname"]), kind)
        metadata = vault.metadata(path)
        if metadata is None or not metadata.live:
            return None
        versions[kind] = metadata.version
        paths[f"{kind}_path"] = path
    return {**_inputs(props), **paths, "versions": versions}


def _inputs(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}
