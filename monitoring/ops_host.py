"""The ops host: a small machine beside the mail hosts that asks them, decides, and tells people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi
import pulumi_oci as oci

from components.cloud_init import user_data
from components.cloud_lookups import availability_domain, newest_image
from components.host_key import HostKey
from components.mail_host import MailHost
from core import names
from core.alerting import AlertWishes
from core.free_tier_facts import MICRO_SHAPE, SMALLEST_VOLUME
from core.ports import public_ports
from core.settings import Settings
from monitoring.ops_software import OpsSoftware

_NAME: Final = names.OPS_HOST
_HOSTNAME: Final = "ops-host.mail.mail.oraclevcn.com"
"""The name that the cloud network itself gives it: nobody outside ever asks for it."""
_OS_RELEASE: Final = "24.04"
"""Whatever the mail hosts run: Ubuntu 22.04's Alertmanager takes no password from a file."""


@dataclass(frozen=True, kw_only=True)
class OpsHostArgs:
    """What an ``OpsHost`` needs.

    Attributes:
        settings: The stack's config.
        subnet_id: The subnet that the mail hosts are in: their exporters answer nowhere else.
        machines: The mail hosts, by their fully qualified names.
        after: What they have to have before somebody asks them.
    """

    settings: Settings
    subnet_id: pulumi.Input[str]
    machines: Mapping[str, MailHost]
    after: Sequence[pulumi.Resource]


class OpsHost(pulumi.ComponentResource):
    """A machine that Oracle gives away, with nothing on it that is not made again from the repository and Vault.

    Attributes:
        address: Its public address, for SSH; another machine has another one.
    """

    address: pulumi.Output[str]

    def __init__(self, name: str, args: OpsHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:monitoring:OpsHost", name, None, opts)
        settings, child = args.settings, pulumi.ResourceOptions(parent=self)
        instance = self._instance(args)
        key = HostKey(
            f"{_NAME}-key",
            instance_id=instance.id,
            address=instance.public_ip,
            user=names.SSH_USER,
            opts=child,
        )
        OpsSoftware(
            f"{_NAME}-software",
            instance_id=instance.id,
            address=instance.public_ip,
            user=names.SSH_USER,
            host_key=key.host_key,
            hostname=_HOSTNAME,
            timezone=settings.timezone,
            ssh_public_key=settings.ssh_public_key,
            ssh_from=settings.ssh_from,
            wishes=AlertWishes.of(settings),
            relay_password_in=settings.alert_relay_password_in,
            watched={hostname: machine.private_ip for hostname, machine in args.machines.items()},
            open_ports=list(public_ports(settings)),
            opts=pulumi.ResourceOptions(parent=self, depends_on=list(args.after)),
        )
        self.address = instance.public_ip
        self.register_outputs({"address": self.address})

    def _instance(self, args: OpsHostArgs) -> oci.core.Instance:
        settings = args.settings
        return oci.core.Instance(
            f"{_NAME}-instance",
            compartment_id=settings.compartment_ocid,
            availability_domain=availability_domain(
                compartment_id=settings.compartment_ocid,
                number=settings.ops_availability_domain,
                key="ops_availability_domain",
                region=settings.region,
                parent=self,
            ),
            display_name=_NAME,
            shape=MICRO_SHAPE,
            source_details=oci.core.InstanceSourceDetailsArgs(
                source_type="image",
                source_id=newest_image(
                    compartment_id=settings.compartment_ocid, shape=MICRO_SHAPE, os_release=_OS_RELEASE, parent=self
                ),
                boot_volume_size_in_gbs=str(SMALLEST_VOLUME.amount),
            ),
            create_vnic_details=oci.core.InstanceCreateVnicDetailsArgs(
                subnet_id=args.subnet_id,
                # Its way out, to Slack and the relay; one that stays would be a second reserved address.
                assign_public_ip="true",
                hostname_label=_NAME,
            ),
            metadata={"ssh_authorized_keys": settings.ssh_public_key, "user_data": user_data(_HOSTNAME)},
            instance_options=oci.core.InstanceInstanceOptionsArgs(are_legacy_imds_endpoints_disabled=True),
            is_pv_encryption_in_transit_enabled=True,
            availability_config=oci.core.InstanceAvailabilityConfigArgs(recovery_action="RESTORE_INSTANCE"),
            opts=pulumi.ResourceOptions(
                parent=self,
                delete_before_replace=True,  # the free share may have room for no other
                replacement_trigger=settings.host_generation,
                # As for a mail host: a newer image or key is no reason for another machine.
                ignore_changes=["sourceDetails.sourceId", "metadata.user_data", "metadata.ssh_authorized_keys"],
            ),
        )
