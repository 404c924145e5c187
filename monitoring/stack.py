"""Monitoring of a stack: exporters on every mail host, and the ops host that asks them."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import pulumi

from components.mail_host import MailHost
from components.mail_site import Machine, MailSite
from core import names
from core.desired import DesiredState, Host
from core.dns import DnsRecord
from core.dns_watch import Watched, watched_blocklists, watched_records
from core.monitoring_settings import OFF, OPS_HOST
from core.settings import Settings
from monitoring.exporters import Exporters
from monitoring.ops_host import OpsHost, OpsHostArgs

_THIS_HOST: Final = "127.0.0.1"


@dataclass(frozen=True, kw_only=True)
class MonitoringArgs:
    """What ``Monitoring`` needs.

    Attributes:
        settings: The stack's config.
        state: Its mail hosts, and the domains on them.
        records: What has to stand in DNS, as the stack's output has it.
        site: The machines, and where further things of the cloud are made.
        after: What a host has to have first: mailcow, which is what is asked.
    """

    settings: Settings
    state: DesiredState
    records: pulumi.Output[list[dict[str, Any]]]
    site: MailSite
    after: Sequence[pulumi.Resource]


class Monitoring(pulumi.ComponentResource):
    """What the stack's ``monitoring`` says: nothing, exporters, or exporters and an ops host.

    Attributes:
        ops_address: Public address of the ops host, for SSH; None where there is none.
    """

    ops_address: pulumi.Output[str] | None = None

    def __init__(self, name: str, args: MonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:monitoring:Monitoring", name, None, opts)
        self._args = args
        if args.settings.monitoring != OFF:
            exporters = [self._exporters(host, args.site.machines[host.number]) for host in args.state.hosts]
            if args.settings.monitoring == OPS_HOST:
                self.ops_address = self._ops_host([one for one in exporters if one]).address
        self.register_outputs({})

    def _exporters(self, host: Host, machine: Machine) -> Exporters | None:
        settings = self._args.settings
        if machine.host_key is None:  # refused before: exporters need SSH
            return None
        in_cloud = isinstance(machine, MailHost)
        return Exporters(
            names.host_part(host.number, "exporters"),
            instance_id=machine.instance_id if in_cloud else _identity(machine, settings),
            address=machine.address,
            user=names.SSH_USER if in_cloud else settings.ssh_user,
            host_key=machine.host_key,
            hostname=host.hostname,
            # On a server of somebody else's making nobody knows which of its networks are private.
            listen=machine.private_ip if in_cloud else _THIS_HOST,
            asked_from=settings.vcn_cidr if in_cloud else "",
            image=settings.exporter_image,
            dns_records=self._watched(host),
            blocklists=watched_blocklists(self._args.state, host),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(self._args.after)),
        )

    def _watched(self, host: Host) -> pulumi.Output[Watched]:
        state = self._args.state
        return self._args.records.apply(
            lambda records: watched_records([DnsRecord(**record) for record in records], state, host)
        )

    def _ops_host(self, exporters: Sequence[Exporters]) -> OpsHost:
        site, hostnames = self._args.site, {host.number: host.hostname for host in self._args.state.hosts}
        machines = {hostnames[number]: machine for number, machine in site.machines.items()}
        return OpsHost(
            names.OPS_HOST,
            OpsHostArgs(
                settings=self._args.settings,
                subnet_id=site.subnet_ids[0],
                machines={name: machine for name, machine in machines.items() if isinstance(machine, MailHost)},
                after=exporters,
            ),
            pulumi.ResourceOptions.merge(site.in_region, pulumi.ResourceOptions(parent=self)),
        )


def _identity(machine: Machine, settings: Settings) -> pulumi.Output[str]:
    return machine.address.apply(lambda address: f"{address} generation {settings.host_generation}")
