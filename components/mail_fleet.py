"""All mail hosts of a stack."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi

from components.cloud_lookups import availability_domain
from components.mail_host import MailHost, MailHostArgs
from core.desired import Host
from core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class MailFleetArgs:
    """What a ``MailFleet`` needs.

    Attributes:
        hosts: The hosts to have, by number.
        settings: The stack's config.
        subnet_id: The subnet they are in.
    """

    hosts: tuple[Host, ...]
    settings: Settings
    subnet_id: pulumi.Input[str]


class MailFleet(pulumi.ComponentResource):
    """The stack's mail hosts; a host's number is its identity, so taking one away touches no other.

    Attributes:
        hosts: Each host by its number.
    """

    hosts: Mapping[int, MailHost]

    def __init__(self, name: str, args: MailFleetArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:host:MailFleet", name, None, opts)
        domain = availability_domain(
            compartment_id=args.settings.compartment_ocid,
            number=args.settings.availability_domain,
            key="availability_domain",
            region=args.settings.region,
            parent=self,
        )
        self.hosts = {
            host.number: MailHost(
                host.name,
                MailHostArgs(
                    host=host,
                    settings=args.settings,
                    availability_domain=domain,
                    subnet_id=args.subnet_id,
                ),
                pulumi.ResourceOptions(parent=self),
            )
            for host in args.hosts
        }
        self.register_outputs({"addresses": [self.hosts[number].address for number in sorted(self.hosts)]})

    @property
    def instance_ids(self) -> list[pulumi.Output[str]]:
        """OCIDs of the machines, in the order of the hosts' numbers."""
        return [self.hosts[number].instance_id for number in sorted(self.hosts)]
