"""Where a stack's mail servers stand: on machines made in the cloud, or on one that is there already."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import pulumi
import pulumi_oci as oci

from components.existing_host import ExistingHost, ExistingHostArgs
from components.mail_fleet import MailFleet, MailFleetArgs
from components.mail_host import MailHost
from components.mail_network import MailNetwork, MailNetworkArgs
from core import host_choice
from core.desired import Host
from core.monitoring_settings import OFF
from core.ports import MONITORING, public_ports
from core.settings import Settings

Machine = MailHost | ExistingHost


@dataclass(frozen=True, kw_only=True)
class MailSite:
    """The machines, and what the cloud calls the things around them; nothing where there is no cloud."""

    machines: Mapping[int, Machine]
    """By the host's number."""
    in_region: pulumi.ResourceOptions | None = None
    """What puts further things of the cloud into the stack's region; None where there is no cloud."""
    vcn_id: pulumi.Output[str] | None = None
    security_list_id: pulumi.Output[str] | None = None
    subnet_ids: Sequence[pulumi.Output[str]] = ()
    instance_ids: Sequence[pulumi.Output[str]] = field(default=())
    """In the order of the hosts' numbers."""

    @property
    def address_of(self) -> Mapping[int, pulumi.Output[str]]:
        """Public address of each host, by its number."""
        return {number: machine.address for number, machine in self.machines.items()}

    @property
    def addresses(self) -> list[pulumi.Output[str]]:
        """Public addresses, in the order of the hosts' numbers."""
        return [self.machines[number].address for number in sorted(self.machines)]

    @property
    def hostnames(self) -> list[str]:
        """Fully qualified names, in the order of the hosts' numbers."""
        return [self.machines[number].hostname for number in sorted(self.machines)]


def mail_site(settings: Settings, hosts: Sequence[Host]) -> MailSite:
    """Bring about what ``host`` in the stack's config says.

    Args:
        settings: The stack's config.
        hosts: The mail hosts to have.
    """
    return _KINDS[settings.host](settings, hosts)


def _in_the_cloud(settings: Settings, hosts: Sequence[Host]) -> MailSite:
    # Default providers for oci are disabled, so that nothing can land in another region.
    in_region = pulumi.ResourceOptions(providers=[oci.Provider("oci", region=settings.region)])
    network = MailNetwork(
        "mail-network",
        MailNetworkArgs(
            compartment_id=settings.compartment_ocid,
            cidr=settings.vcn_cidr,
            public_ports=public_ports(settings),
            private_ports={} if settings.monitoring == OFF else MONITORING,
            ssh_from=settings.ssh_from,
        ),
        in_region,
    )
    fleet = MailFleet(
        "mail-fleet",
        MailFleetArgs(hosts=tuple(hosts), settings=settings, subnet_id=network.subnet_id),
        in_region,
    )
    return MailSite(
        machines=fleet.hosts,
        in_region=in_region,
        vcn_id=network.vcn_id,
        security_list_id=network.security_list_id,
        subnet_ids=[network.subnet_id],
        instance_ids=fleet.instance_ids,
    )


def _already_there(settings: Settings, hosts: Sequence[Host]) -> MailSite:
    return MailSite(
        machines={
            host.number: ExistingHost(host.name, ExistingHostArgs(host=host, settings=settings)) for host in hosts
        }
    )


_KINDS: Final[Mapping[str, Callable[[Settings, Sequence[Host]], MailSite]]] = {
    host_choice.OCI: _in_the_cloud,
    host_choice.EXISTING: _already_there,
}
