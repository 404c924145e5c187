"""The Exporters resource: what measures one mail host, put on it over SSH and taken off again.

The state holds names, addresses, a digest and version numbers; key and token go from Vault to the host.
"""

import json
from collections.abc import Sequence
from typing import Any, Final

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.host_files import HostFile, folder_files, run_with_files
from core.dns_watch import Watched
from core.names import host_secret
from monitoring.vault_paths import TOKEN, exporter_token, read_only_key, version
from monitoring.watched_host import ADDRESS_INPUTS, SCRIPT_LIMIT_S, digest_of, host_of, project_file, still_there
from ssh.client import SshClient
from vault.api import Vault, VaultApi

_WATCHED: Final = ("dns_records", "blocklists")
_INPUTS: Final = (*ADDRESS_INPUTS, "hostname", "listen", "asked_from", "image", *_WATCHED, "programs")
_VERSIONS: Final = "secret_versions"
"""Output: number of the version that the host has of each secret, by path; a newer one in Vault is brought there."""
_INSTALL: Final = "monitoring/install/install-exporters.sh"
_REMOVE: Final = "monitoring/install/remove-exporters.sh"
_FIREWALL: Final = "monitoring/install/firewall.sh"
_NOBODY: Final = "-"


class ExportersProvider(ResourceProvider):
    """One mail host's exporters and collectors.

    State holds this class as a reference, ``monitoring.exporters.ExportersProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    open_vault = staticmethod(VaultApi.from_environment)
    open_ssh = staticmethod(SshClient)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Take any change as an update: the same script brings the host to what is wanted."""
        changed = any(_olds.get(key) != _news.get(key) for key in _INPUTS)
        return DiffResult(changes=changed or not _olds.get(_VERSIONS), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Install them and wait until they answer.

        Raises:
            RefusedError: Vault has no read-only key of this host; says where it belongs.
            SshError: The host does not answer, refuses the login, or the script failed.
            VaultError: Vault does not answer or refuses.
        """
        return CreateResult(f"exporters of {props['hostname']}", self._installed(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring what differs, as ``create``."""
        return UpdateResult(self._installed(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded, and whether Vault has newer secrets; whether they answer is Prometheus' to see."""
        recorded = dict(props.get(_VERSIONS) or {})
        is_newest = recorded == _versions(self.open_vault(), props)
        return ReadResult(id_, {**_recorded(props), _VERSIONS: recorded if is_newest else {}}, _recorded(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Take them off the host; a host that is gone, or another one in its place, is done.

        Raises:
            SshError: The host is there, and refuses the login or the script failed.
        """
        with self.open_ssh(host_of(_props)) as ssh, still_there(ssh, "exporters") as there:
            if there:
                files = {"firewall.sh": project_file(_FIREWALL)}
                run_with_files(ssh, _REMOVE, files=files, timeout_s=SCRIPT_LIMIT_S)

    def _installed(self, props: dict[str, Any]) -> dict[str, Any]:
        vault, hostname = self.open_vault(), str(props["hostname"])
        token, key = exporter_token(vault), read_only_key(vault, hostname)
        # Before the host has them: one that is written meanwhile is then recorded as not the newest.
        versions = _versions(vault, props)
        environment = f"MAILCOW_EXPORTER_API_KEY={key}\nMAILCOW_EXPORTER_SECURITY_TOKEN={token}\n"
        files = {
            **exporter_files(),
            "exporter.env": HostFile(content=environment.encode(), mode=0o600),
            "metrics.env": HostFile(content=_metrics_environment(props).encode()),
            "dns-records.json": HostFile(content=json.dumps(props["dns_records"], indent=1, sort_keys=True).encode()),
        }
        arguments = (str(props["listen"]), str(props["asked_from"]) or _NOBODY, str(props["image"]))
        with self.open_ssh(host_of(props)) as ssh:
            run_with_files(ssh, _INSTALL, *arguments, files=files, timeout_s=SCRIPT_LIMIT_S)
        return {**_recorded(props), _VERSIONS: versions}


class Exporters(Resource, module="mailstead", name="Exporters"):
    """What measures one mail host."""

    secret_versions: pulumi.Output[dict[str, int]]
    """Number of the version that the host has of each secret, by path in Vault."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        user: str,
        host_key: pulumi.Input[str],
        hostname: str,
        listen: pulumi.Input[str],
        asked_from: str,
        image: str,
        dns_records: pulumi.Input[Watched],
        blocklists: Sequence[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The host; on another one all of it is installed again.
            address: Where its SSH answers.
            user: Who logs in there.
            host_key: Its pinned key.
            hostname: mailcow's name; part of the path of its read-only key in Vault.
            listen: IPv4 address that the exporters answer at: never a public one.
            asked_from: IPv4 block that may ask them; empty for nobody but the host itself.
            image: mailcow's exporter, with its tag.
            dns_records: What the host asks DNS for every hour.
            blocklists: Zones of the lists that it asks for its address.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "hostname": hostname,
            "listen": listen,
            "asked_from": asked_from,
            "image": image,
            "dns_records": dns_records,
            "blocklists": list(blocklists),
            "programs": digest_of(exporter_files(), [_INSTALL]),
        }
        super().__init__(ExportersProvider(), name, {**inputs, _VERSIONS: None}, opts)


def exporter_files() -> dict[str, HostFile]:
    """Read the files that every mail host gets; none is a secret."""
    return {
        "firewall.sh": project_file(_FIREWALL),
        **folder_files("monitoring/collectors", below="collectors"),
        **folder_files("monitoring/units", below="units"),
    }


def _metrics_environment(props: dict[str, Any]) -> str:
    """Write what the collectors have to know of their host."""
    known = {
        "METRICS_HOSTNAME": props["hostname"],
        "METRICS_ADDRESS": props["address"],
        "METRICS_BLOCKLISTS": " ".join(props["blocklists"]),
    }
    return "".join(f'{name}="{value}"\n' for name, value in known.items())


def _versions(vault: Vault, props: dict[str, Any]) -> dict[str, int]:
    paths = (TOKEN, host_secret(str(props["hostname"]), "api_key_read_only"))
    return {path: version(vault, path) for path in paths}


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}
