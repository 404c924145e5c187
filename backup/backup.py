"""Backups of a stack: the job on every mail host, and the bucket that a copy goes to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import pulumi

from backup import programs
from backup.host_backup import HostBackup
from backup.offsite import offsite_of
from components.backup_bucket import BackupBucket, BackupBucketArgs
from components.mail_host import MailHost
from components.mail_site import Machine, MailSite
from core import names
from core.backup_settings import AT_ORACLE
from core.desired import DesiredState, Host
from core.inputs import Inputs

_VOLUME: Final = "volume"
_FOLDER: Final = "folder"


@dataclass(frozen=True, kw_only=True)
class BackupsArgs:
    """What ``Backups`` needs.

    Attributes:
        inputs: The stack's config, what it is to have, and the key that backups are encrypted to.
        site: The mail hosts, and where further things of the cloud are made.
        after: What a host has to have first: mailcow, which is what is saved.
    """

    inputs: Inputs
    site: MailSite
    after: Sequence[pulumi.Resource]


class Backups(pulumi.ComponentResource):
    """The nightly job of every mail host; nothing while the stack names no key.

    A host whose job is not wanted any more loses it; the backups that are there stay.
    """

    def __init__(self, name: str, args: BackupsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:backup:Backups", name, None, opts)
        self._args = args
        if args.inputs.backup_key:
            bucket = self._bucket()
            for host in args.inputs.state.hosts:
                self._job(host, args.site.machines[host.number], bucket)
        self.register_outputs({})

    def _bucket(self) -> BackupBucket | None:
        settings, site = self._args.inputs.settings, self._args.site
        if settings.offsite != AT_ORACLE or site.in_region is None:
            return None
        return BackupBucket(
            "backup-bucket",
            BackupBucketArgs(
                compartment_id=settings.compartment_ocid,
                region=settings.region,
                name=settings.offsite_bucket or names.bucket_name(self._state.stack),
                instance_ids=site.instance_ids,
            ),
            pulumi.ResourceOptions.merge(site.in_region, pulumi.ResourceOptions(parent=self)),
        )

    def _job(self, host: Host, machine: Machine, bucket: BackupBucket | None) -> None:
        settings = self._args.inputs.settings
        offsite = offsite_of(settings, host, bucket)
        if machine.host_key is None:  # refused before: backups need SSH
            return
        HostBackup(
            names.host_part(host.number, "backup"),
            instance_id=_identity(machine, settings.host_generation),
            address=machine.address,
            user=names.SSH_USER if isinstance(machine, MailHost) else settings.ssh_user,
            host_key=machine.host_key,
            hostname=host.hostname,
            backup_at=settings.backup_at,
            root_is=_VOLUME if isinstance(machine, MailHost) else _FOLDER,
            public_key=self._args.inputs.backup_key,
            settings={**self._of_every_host(host, machine), **offsite.settings},
            rclone_config=offsite.rclone_config,
            credentials=offsite.credentials,
            programs=programs.digest(),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[*self._args.after, *([bucket] if bucket else [])]),
        )

    def _of_every_host(self, host: Host, machine: Machine) -> Mapping[str, str]:
        return {
            "BACKUP_HOSTNAME": host.hostname,
            "BACKUP_ROOT": names.BACKUP_ROOT,
            "BACKUP_KEEP_DAYS": str(self._args.inputs.settings.backup_keep_days),
            "BACKUP_KEY_FILE": names.BACKUP_KEY_FILE,
            "BACKUP_NEEDS_MOUNT": "yes" if isinstance(machine, MailHost) else "no",
        }

    @property
    def _state(self) -> DesiredState:
        return self._args.inputs.state


def _identity(machine: Machine, generation: int) -> pulumi.Output[str]:
    """Say which machine it is, so that another one gets everything anew."""
    if isinstance(machine, MailHost):
        return machine.instance_id
    return machine.address.apply(lambda address: f"{address} generation {generation}")
