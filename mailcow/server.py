"""Mail servers: from a host with disks to mailcow that runs, is closed to the default password and has been probed."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.dynamic_provider import dynamic_provider
from components.mail_host import MailHost
from components.mail_site import Machine
from components.remote_script import RemoteHost, RemoteScripts
from core import names
from core.desired import DesiredState, Host
from core.ports import public_ports
from core.settings import Settings
from mailcow import versions
from mailcow.existing_server import ExistingServer, ExistingServerArgs
from mailcow.host_secrets import HostSecrets
from mailcow.port_probe import PortProbe

_SCRIPTS = "mailcow/scripts"
_RESTART_AT = "04:30"
"""For a restart that a security update asks for: the night's backup is done by then."""


@dataclass(frozen=True, kw_only=True)
class MailServerArgs:
    """What a ``MailServer`` needs.

    Attributes:
        host: The host's number and names.
        machine: The host, its disks mounted.
        settings: The stack's config: sources, versions, switches.
        stack: The stack's name; it is part of the tag on everything that is made in mailcow.
    """

    host: Host
    machine: MailHost
    settings: Settings
    stack: str


class MailServer(pulumi.ComponentResource):
    """mailcow on one host.

    Attributes:
        provider: What mailboxes, domains, aliases and DKIM keys of this host are made through. It waits for the
            server to be verified and for its keys to be in the vault.
    """

    provider: pulumi.ProviderResource

    def __init__(self, name: str, args: MailServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:mailcow:MailServer", name, None, opts)
        host, machine, settings = args.host, args.machine, args.settings
        prefix = host.name
        scripts = RemoteScripts(
            RemoteHost(
                instance_id=machine.instance_id,
                address=machine.address,
                user=names.SSH_USER,
                host_key=machine.host_key,
            ),
            folder=_SCRIPTS,
            remote_folder=names.HOST_SCRIPTS,
        )
        open_ports = public_ports(settings)
        # Nothing may be installed before the disks are there: it would land on the boot volume.
        copied = scripts.copy(f"{prefix}-scripts", self._after(*machine.disks))
        prepared = scripts.command(
            f"{prefix}-prepare",
            "prepare-host.sh",
            [
                host.hostname,
                settings.timezone,
                settings.ssh_public_key,
                ",".join(str(port) for port in sorted(open_ports)),
            ],
            self._after(copied),
        )
        docker = scripts.command(
            f"{prefix}-docker",
            "install-docker.sh",
            [
                settings.docker_source,
                versions.DOCKER,
                versions.CONTAINERD,
                versions.BUILDX,
                versions.COMPOSE,
                *([settings.registry_mirror] if settings.registry_mirror else []),
            ],
            self._after(prepared),
        )
        installed = scripts.command(
            f"{prefix}-mailcow",
            "install-mailcow.sh",
            [settings.mailcow_repository, settings.mailcow_version],
            self._after(docker),
        )
        configured = scripts.command(
            f"{prefix}-configure",
            "configure-mailcow.sh",
            [
                host.hostname,
                settings.timezone,
                _switch(on=settings.clamav),
                _switch(on=settings.lets_encrypt),
                *([settings.acme_directory_url] if settings.acme_directory_url else []),
            ],
            self._after(installed),
        )
        secrets = HostSecrets(
            f"{prefix}-secrets",
            instance_id=machine.instance_id,
            address=machine.address,
            user=names.SSH_USER,
            host_key=machine.host_key,
            hostname=host.hostname,
            secrets_file=names.HOST_SECRETS_FILE,
            marker_file=names.ADMIN_PASSWORD_MARKER,
            configured=configured.stdout,
            opts=pulumi.ResourceOptions(parent=self),
        )
        # The admin password is in the vault before the host forgets it and lets the world in.
        opened = scripts.command(f"{prefix}-open", "open-mailcow.sh", [], self._after(secrets))
        verified = scripts.command(f"{prefix}-verify", "verify-mailcow.sh", [host.hostname], self._after(opened))
        # Last, so that nobody's mailbox waits for it: until now only the configured key opened SSH, and still does.
        scripts.command(
            f"{prefix}-harden",
            "harden-host.sh",
            [",".join(settings.ssh_from), _RESTART_AT],
            self._after(verified),
        )
        ports = PortProbe(
            f"{prefix}-ports",
            instance_id=machine.instance_id,
            address=machine.address,
            ports=sorted(open_ports),
            after=verified.stdout,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.provider = dynamic_provider(
            prefix,
            {
                "host:name": host.hostname,
                "host:address": machine.address,
                "host:key": machine.host_key,
                "host:user": names.SSH_USER,
                "host:stack": args.stack,
                "host:adopt": "true" if settings.adopt else "",
            },
            self._after(verified, ports, secrets),
        )
        self.register_outputs({"hostname": host.hostname})

    def _after(self, *resources: pulumi.Resource) -> pulumi.ResourceOptions:
        return pulumi.ResourceOptions(parent=self, depends_on=list(resources))


@dataclass(frozen=True, kw_only=True)
class MailServersArgs:
    """What ``MailServers`` needs.

    Attributes:
        state: What the stack is to have.
        machines: The mail hosts, by number.
        settings: The stack's config.
    """

    state: DesiredState
    machines: Mapping[int, Machine]
    settings: Settings


class MailServers(pulumi.ComponentResource):
    """mailcow on every host of the stack.

    Attributes:
        providers: For each host's number, the provider of what lives in its mailcow.
    """

    providers: Mapping[int, pulumi.ProviderResource]

    def __init__(self, name: str, args: MailServersArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:mailcow:MailServers", name, None, opts)
        self.providers = {host.number: self._server(host, args).provider for host in args.state.hosts}
        self.register_outputs({})

    def _server(self, host: Host, args: MailServersArgs) -> MailServer | ExistingServer:
        name, child = f"{host.name}-server", pulumi.ResourceOptions(parent=self)
        match args.machines[host.number]:
            case MailHost() as machine:
                return MailServer(
                    name,
                    MailServerArgs(host=host, machine=machine, settings=args.settings, stack=args.state.stack),
                    child,
                )
            case machine:
                return ExistingServer(
                    name,
                    ExistingServerArgs(
                        machine=machine, settings=args.settings, stack=args.state.stack, prefix=host.name
                    ),
                    child,
                )


def _switch(*, on: bool) -> str:
    return "on" if on else "off"
