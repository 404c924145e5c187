"""One machine with an address that stays: instance, boot volume, first boot, reserved public IP."""

from dataclasses import dataclass

import pulumi
import pulumi_oci as oci

from components.cloud_init import user_data
from components.cloud_lookups import newest_image

_FLEXIBLE = ".Flex"


@dataclass(frozen=True, kw_only=True)
class MailInstanceArgs:
    """What a ``MailInstance`` needs.

    Attributes:
        compartment_id: OCID of the compartment.
        availability_domain: Name of the availability domain.
        subnet_id: The subnet its one network card is in.
        hostname: Fully qualified name of the mail host.
        shape: OCI's name of the machine type.
        ocpus: Cores; only for shapes that are flexible.
        memory_gib: Memory in GiB; only for shapes that are flexible.
        os_release: Ubuntu's release, such as ``24.04``.
        boot_volume_size_gib: Size of the boot volume in GiB.
        ssh_public_key: The key that may log in at first; later ones arrive over SSH.
        generation: Raising it replaces the machine; nothing else does.
    """

    compartment_id: str
    availability_domain: pulumi.Input[str]
    subnet_id: pulumi.Input[str]
    hostname: str
    shape: str
    ocpus: int
    memory_gib: int
    os_release: str
    boot_volume_size_gib: int
    ssh_public_key: str
    generation: int


class MailInstance(pulumi.ComponentResource):
    """A machine that may be replaced, behind an address that may not."""

    instance_id: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    public_ip: pulumi.Output[str]

    def __init__(self, name: str, args: MailInstanceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:compute:MailInstance", name, None, opts)
        instance = oci.core.Instance(
            f"{name}-instance",
            compartment_id=args.compartment_id,
            availability_domain=args.availability_domain,
            display_name=name,
            shape=args.shape,
            shape_config=oci.core.InstanceShapeConfigArgs(ocpus=args.ocpus, memory_in_gbs=args.memory_gib)
            if args.shape.endswith(_FLEXIBLE)
            else None,
            source_details=oci.core.InstanceSourceDetailsArgs(
                source_type="image",
                source_id=newest_image(
                    compartment_id=args.compartment_id,
                    shape=args.shape,
                    os_release=args.os_release,
                    parent=self,
                ),
                boot_volume_size_in_gbs=str(args.boot_volume_size_gib),
            ),
            create_vnic_details=oci.core.InstanceCreateVnicDetailsArgs(
                subnet_id=args.subnet_id,
                assign_public_ip="false",  # the reserved one takes its place
                hostname_label=name,
            ),
            metadata={"ssh_authorized_keys": args.ssh_public_key, "user_data": user_data(args.hostname)},
            instance_options=oci.core.InstanceInstanceOptionsArgs(are_legacy_imds_endpoints_disabled=True),
            is_pv_encryption_in_transit_enabled=True,
            availability_config=oci.core.InstanceAvailabilityConfigArgs(recovery_action="RESTORE_INSTANCE"),
            opts=pulumi.ResourceOptions(
                parent=self,
                # The free share has room for one machine only, so the old one goes first.
                delete_before_replace=True,
                replacement_trigger=args.generation,
                # A newer image would swap the boot volume as an "update"; a new key or new first-boot text would
                # replace the machine. Nested paths are in the engine's spelling: only top-level names are translated.
                ignore_changes=[
                    "sourceDetails.sourceId",
                    "metadata.user_data",
                    "metadata.ssh_authorized_keys",
                ],
            ),
        )
        address = oci.core.PublicIp(
            f"{name}-ip",
            compartment_id=args.compartment_id,
            lifetime="RESERVED",
            display_name=name,
            private_ip_id=oci.core.get_private_ips_output(
                ip_address=instance.private_ip,
                subnet_id=args.subnet_id,
                opts=pulumi.InvokeOptions(parent=self),
            ).apply(_only_private_ip),
            # DNS and the reverse name point here: it outlives every machine. Whoever replaces it all the same
            # gives it back first, because a free tenancy may hold one reserved address.
            opts=pulumi.ResourceOptions(parent=self, protect=True, delete_before_replace=True),
        )
        self.instance_id = instance.id
        self.private_ip = instance.private_ip
        self.public_ip = address.ip_address
        self.register_outputs({"instance_id": self.instance_id, "public_ip": self.public_ip})


def _only_private_ip(found: oci.core.GetPrivateIpsResult) -> str:
    if not found.private_ips:
        raise pulumi.RunError("the instance's network card has no address yet; run the same command again")
    return found.private_ips[0].id
