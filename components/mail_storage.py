"""The disks of one mail host: mail and backup, each attached under a name that does not change."""

from dataclasses import dataclass

import pulumi
import pulumi_oci as oci

from core import names


@dataclass(frozen=True, kw_only=True)
class MailStorageArgs:
    """What a ``MailStorage`` needs.

    Attributes:
        compartment_id: OCID of the compartment.
        availability_domain: Name of the instance's availability domain; a volume never leaves it.
        instance_id: The instance that gets the volumes.
        sizes_gib: Sizes of mail volume and backup volume in GiB; they may grow, never shrink.
    """

    compartment_id: str
    availability_domain: pulumi.Input[str]
    instance_id: pulumi.Input[str]
    sizes_gib: tuple[int, int]


class MailStorage(pulumi.ComponentResource):
    """Two protected volumes and what ties them to the instance of the day."""

    mail_attachment_id: pulumi.Output[str]
    backup_attachment_id: pulumi.Output[str]

    def __init__(self, name: str, args: MailStorageArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:storage:MailStorage", name, None, opts)
        mail_gib, backup_gib = args.sizes_gib
        self.mail_attachment_id = self._attached(f"{name}-mail", mail_gib, names.MAIL_DEVICE, args)
        self.backup_attachment_id = self._attached(f"{name}-backup", backup_gib, names.BACKUP_DEVICE, args)
        self.register_outputs(
            {
                "mail_attachment_id": self.mail_attachment_id,
                "backup_attachment_id": self.backup_attachment_id,
            }
        )

    def _attached(self, name: str, size_gib: int, device: str, args: MailStorageArgs) -> pulumi.Output[str]:
        volume = oci.core.Volume(
            f"{name}-volume",
            compartment_id=args.compartment_id,
            availability_domain=args.availability_domain,
            display_name=f"{name}-volume",
            size_in_gbs=str(size_gib),
            vpus_per_gb="10",  # "balanced", the one that is free
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        # Any change of an attachment replaces it, and a device can be attached once: the old one goes first.
        attachment = oci.core.VolumeAttachment(
            f"{name}-attachment",
            attachment_type="paravirtualized",
            instance_id=args.instance_id,
            volume_id=volume.id,
            device=device,
            is_pv_encryption_in_transit_enabled=True,
            opts=pulumi.ResourceOptions(parent=self, delete_before_replace=True),
        )
        return attachment.id
