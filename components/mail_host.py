"""One mail host, ready for software: machine, address, disks mounted, host key known."""

from collections.abc import Sequence
from dataclasses import dataclass

import pulumi

from components.host_key import HostKey
from components.mail_instance import MailInstance, MailInstanceArgs
from components.mail_storage import MailStorage, MailStorageArgs
from components.mount import Mount
from core import names
from core.desired import Host
from core.settings import Settings


@dataclass(frozen=True, kw_only=True)
class MailHostArgs:
    """What a ``MailHost`` needs.

    Attributes:
        host: Its number and names.
        settings: The stack's config: machine type, sizes, key, generation.
        availability_domain: Name of the availability domain.
        subnet_id: The subnet it is in.
    """

    host: Host
    settings: Settings
    availability_domain: pulumi.Input[str]
    subnet_id: pulumi.Input[str]


class MailHost(pulumi.ComponentResource):
    """A machine that can be replaced, with data that cannot.

    Attributes:
        hostname: Fully qualified name.
        instance_id: OCID of the machine of the day.
        address: The public address, the same for every machine.
        private_ip: The machine's address in the subnet.
        host_key: SSH host key, as ``ssh-ed25519 AAAA…``, recorded at the first contact.
        disks: The mounts. Whatever is installed depends on them, or it would land on the boot volume.
    """

    hostname: str
    instance_id: pulumi.Output[str]
    address: pulumi.Output[str]
    private_ip: pulumi.Output[str]
    host_key: pulumi.Output[str]
    disks: Sequence[pulumi.Resource]

    def __init__(self, name: str, args: MailHostArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:host:MailHost", name, None, opts)
        settings = args.settings
        child = pulumi.ResourceOptions(parent=self)
        machine = MailInstance(
            name,
            MailInstanceArgs(
                compartment_id=settings.compartment_ocid,
                availability_domain=args.availability_domain,
                subnet_id=args.subnet_id,
                hostname=args.host.hostname,
                shape=settings.instance_shape,
                ocpus=settings.instance_ocpus,
                memory_gib=settings.instance_memory_gib,
                os_release=settings.os_release,
                boot_volume_size_gib=settings.boot_volume_size_gib,
                ssh_public_key=settings.ssh_public_key,
                generation=settings.host_generation,
            ),
            child,
        )
        mail_gib, backup_gib = settings.block_volume_sizes
        storage = MailStorage(
            name,
            MailStorageArgs(
                compartment_id=settings.compartment_ocid,
                availability_domain=args.availability_domain,
                instance_id=machine.instance_id,
                sizes_gib=(mail_gib, backup_gib),
            ),
            child,
        )
        key = HostKey(
            f"{name}-key",
            instance_id=machine.instance_id,
            address=machine.public_ip,
            user=names.SSH_USER,
            opts=child,
        )
        self.hostname = args.host.hostname
        self.instance_id = machine.instance_id
        self.address = machine.public_ip
        self.private_ip = machine.private_ip
        self.host_key = key.host_key
        self.disks = [
            self._mounted(f"{name}-mail-mount", storage.mail_attachment_id, names.MAIL_DEVICE, names.MAIL_ROOT),
            self._mounted(f"{name}-backup-mount", storage.backup_attachment_id, names.BACKUP_DEVICE, names.BACKUP_ROOT),
        ]
        self.register_outputs({"instance_id": self.instance_id, "address": self.address, "host_key": self.host_key})

    def _mounted(self, name: str, attachment_id: pulumi.Output[str], device: str, path: str) -> Mount:
        """Mount one volume; its instance and attachment are properties, so it is unmounted before they go."""
        return Mount(
            name,
            instance_id=self.instance_id,
            attachment_id=attachment_id,
            address=self.address,
            user=names.SSH_USER,
            host_key=self.host_key,
            device=device,
            path=path,
            opts=pulumi.ResourceOptions(parent=self),
        )
