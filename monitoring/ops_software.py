"""The OpsSoftware resource: Prometheus, Alertmanager and what they need, on the ops host.

The state holds wishes, addresses, a digest and version numbers; secrets go from Vault to the ops host.
"""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from components.host_files import HostFile, folder_files, run_with_files
from components.host_script import run_script
from core.alerting import (
    HEARTBEAT_FILE,
    RELAY_FILE,
    SLACK_FILE,
    TOKEN_FILE,
    AlertWishes,
    Watched,
    alertmanager_file,
    prometheus_file,
    rules_file,
    target_files,
)
from core.ports import SSH
from monitoring.vault_paths import HEARTBEAT, SLACK, TOKEN, exporter_token, required, version
from monitoring.watched_host import ADDRESS_INPUTS, SCRIPT_LIMIT_S, digest_of, host_of
from ssh.client import SshClient
from vault.api import Vault, VaultApi

_WISHES: Final = "wishes"
_INPUTS: Final = (
    *ADDRESS_INPUTS,
    *("hostname", "timezone", "ssh_public_key", "ssh_from"),
    *(_WISHES, "relay_password_in", "watched", "open_ports", "programs"),
)
_VERSIONS: Final = "secret_versions"
"""Output: number of the version that the host has of each secret, by path; a newer one in Vault is brought there."""
_INSTALL: Final = "monitoring/install/install-ops-host.sh"
_RENDERING: Final = "core/alerting.py"
_RULES: Final = "alerts/"
_RESTART_AT: Final = "05:00"
"""For a restart that a security update asks for: not when a mail host has its own."""


class OpsSoftwareProvider(ResourceProvider):
    """What runs on the ops host.

    State holds this class as a reference, ``monitoring.ops_software.OpsSoftwareProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    open_vault = staticmethod(VaultApi.from_environment)
    open_ssh = staticmethod(SshClient)

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Take any change as an update: the same scripts bring the host to what is wanted."""
        changed = any(_olds.get(key) != _news.get(key) for key in _INPUTS)
        return DiffResult(changes=changed or not _olds.get(_VERSIONS), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Prepare the machine, install everything and wait until it answers.

        Raises:
            RefusedError: A secret is not in Vault; says where it belongs, and how to do without.
            SshError: The host does not answer, refuses the login, or a script failed.
            VaultError: Vault does not answer or refuses.
        """
        return CreateResult(str(props["hostname"]), self._installed(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Bring what differs, as ``create``."""
        return UpdateResult(self._installed(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded, and whether Vault has newer secrets; that it lives is the heartbeat's to say."""
        recorded = dict(props.get(_VERSIONS) or {})
        is_newest = recorded == _versions(self.open_vault(), props)
        return ReadResult(id_, {**_recorded(props), _VERSIONS: recorded if is_newest else {}}, _recorded(props))

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Leave it: the machine goes with all that is on it."""

    def _installed(self, props: dict[str, Any]) -> dict[str, Any]:
        vault = self.open_vault()
        secrets = _secrets(vault, props)
        # Before the host has them: one that is written meanwhile is then recorded as not the newest.
        versions = _versions(vault, props)
        prepare = [str(props[key]) for key in ("hostname", "timezone", "ssh_public_key")]
        with self.open_ssh(host_of(props)) as ssh:
            run_script(ssh, "prepare-host.sh", *prepare, str(SSH), timeout_s=SCRIPT_LIMIT_S)
            run_script(ssh, "harden-host.sh", ",".join(props["ssh_from"]), _RESTART_AT, timeout_s=SCRIPT_LIMIT_S)
            files = {**_configuration(props), **secrets}
            run_with_files(ssh, _INSTALL, files=files, timeout_s=SCRIPT_LIMIT_S)
        return {**_recorded(props), _VERSIONS: versions}


class OpsSoftware(Resource, module="mailstead", name="OpsSoftware"):
    """What runs on the ops host."""

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
        timezone: str,
        ssh_public_key: str,
        ssh_from: Sequence[str],
        wishes: AlertWishes,
        relay_password_in: str,
        watched: Mapping[str, pulumi.Input[str]],
        open_ports: Sequence[int],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The machine; on another one all of it is installed again.
            address: Where its SSH answers.
            user: Who logs in there.
            host_key: Its pinned key.
            hostname: What it calls itself.
            timezone: Such as ``Etc/UTC``.
            ssh_public_key: The one key that may log in.
            ssh_from: IPv4 blocks that may try.
            wishes: Whom alerts reach, and by what.
            relay_password_in: Path in Vault of the relay's password; empty for a relay without a log-in.
            watched: Private address of each mail host, by its fully qualified name.
            open_ports: Ports that are tried on each of them.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "user": user,
            "host_key": host_key,
            "hostname": hostname,
            "timezone": timezone,
            "ssh_public_key": ssh_public_key,
            "ssh_from": list(ssh_from),
            _WISHES: dataclasses.asdict(wishes),
            "relay_password_in": relay_password_in,
            "watched": dict(watched),
            "open_ports": sorted(open_ports),
            "programs": digest_of(_files(), [_INSTALL, _RENDERING]),
        }
        super().__init__(OpsSoftwareProvider(), name, {**inputs, _VERSIONS: None}, opts)


def _files() -> dict[str, HostFile]:
    """Read the files of the project that the ops host gets, before the wishes are put into them."""
    alerts = folder_files("monitoring/alerts", below=_RULES.rstrip("/"))
    return {
        **folder_files("monitoring/prometheus", below="."),
        # Their tests lie in a folder below.
        **{path: file for path, file in alerts.items() if path.count("/") == 1},
        **folder_files("monitoring/dashboards", below="dashboards"),
        **folder_files("monitoring/grafana", below="grafana"),
    }


def _configuration(props: Mapping[str, Any]) -> dict[str, HostFile]:
    wishes = _wishes(props)
    rendering = {"./alertmanager.yml": alertmanager_file, "./prometheus.yml": prometheus_file}
    files = _files()
    for path, file in files.items():
        render = rendering.get(path) or (rules_file if path.startswith(_RULES) else None)
        if render:
            files[path] = HostFile(content=render(file.content.decode(), wishes).encode())
    watched = [Watched(hostname=name, private_ip=str(ip)) for name, ip in sorted(props["watched"].items())]
    targets = target_files(watched, [int(port) for port in props["open_ports"]])
    return files | {f"targets/{name}": HostFile(content=text.encode()) for name, text in targets.items()}


def _secrets(vault: Vault, props: Mapping[str, Any]) -> dict[str, HostFile]:
    readers = {
        TOKEN_FILE: lambda: exporter_token(vault),
        SLACK_FILE: lambda: required(
            vault, SLACK, "url", "the webhook of Slack for alerts (or do without: mailstead:alert_slack: false)"
        ),
        HEARTBEAT_FILE: lambda: required(vault, HEARTBEAT, "url", "the address of the dead-man service"),
        RELAY_FILE: lambda: required(
            vault, str(props["relay_password_in"]), "password", "the password of the alert relay"
        ),
    }
    return {
        f"secrets/{name}": HostFile(content=readers[name]().encode(), mode=0o600)
        for name in _wishes(props).secret_files
    }


def _versions(vault: Vault, props: Mapping[str, Any]) -> dict[str, int]:
    paths = {
        TOKEN_FILE: TOKEN,
        SLACK_FILE: SLACK,
        HEARTBEAT_FILE: HEARTBEAT,
        RELAY_FILE: str(props["relay_password_in"]),
    }
    return {paths[name]: version(vault, paths[name]) for name in _wishes(props).secret_files}


def _wishes(props: Mapping[str, Any]) -> AlertWishes:
    # Numbers come back from the state as floats.
    told = dict(cast("dict[str, Any]", props[_WISHES]))
    told["relay_port"] = int(told["relay_port"])
    return AlertWishes(**told)


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    return {key: props.get(key) for key in _INPUTS}
