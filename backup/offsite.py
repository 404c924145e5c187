"""Where the copy of a host's backups goes, as rclone and the host's settings say it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

import pulumi

from components.backup_bucket import BackupBucket
from core import names
from core.backup_settings import BY_S3
from core.desired import Host
from core.settings import Settings

_REMOTE: Final = "offsite"
_WHOLE: Final = "whole"
_WHOLE_LIMIT_GIB: Final = 4
"""Files beyond it go to Oracle in pieces that are objects of their own. Oracle's own uploads in parts need
the right to overwrite besides the one to create; rclone (1.75) sends in one piece what is smaller than 5 GiB."""


@dataclass(frozen=True, kw_only=True)
class Offsite:
    """The off-site part of a host's job; as it is by default, there is none."""

    settings: Mapping[str, pulumi.Input[str]] = field(default_factory=lambda: {"BACKUP_OFFSITE": "off"})
    rclone_config: pulumi.Input[str] = ""
    """Its configuration file; holds no secret."""
    credentials: str = ""
    """Path in Vault of the bucket's key and secret; empty where it needs none."""


def offsite_of(settings: Settings, host: Host, bucket: BackupBucket | None) -> Offsite:
    """Decide by the stack's configuration.

    Args:
        settings: The configuration.
        host: Its copy lies below its name, so that a stack's hosts share a bucket.
        bucket: The one that was made at Oracle.
    """
    if bucket is not None:
        return Offsite(
            settings={**_settings(settings, host, bucket.bucket_name), **_in_pieces(host, bucket.bucket_name)},
            rclone_config=pulumi.Output.all(bucket.namespace, bucket.bucket_name).apply(
                lambda made: _at_oracle(settings, str(made[0]))
            ),
        )
    if settings.offsite == BY_S3:
        return Offsite(
            settings=_settings(settings, host, settings.offsite_bucket),
            rclone_config=_by_s3(settings),
            credentials=names.host_secret(host.hostname, "offsite"),
        )
    return Offsite()


def _settings(settings: Settings, host: Host, bucket: pulumi.Input[str]) -> Mapping[str, pulumi.Input[str]]:
    return {
        "BACKUP_OFFSITE": settings.offsite,
        "BACKUP_OFFSITE_REMOTE": pulumi.Output.concat(f"{_REMOTE}:", bucket, f"/{host.hostname}"),
        "BACKUP_OFFSITE_RCLONE": names.RCLONE_PROGRAM,
        "BACKUP_OFFSITE_CONFIG": names.RCLONE_CONFIG,
    }


def _in_pieces(host: Host, bucket: pulumi.Input[str]) -> Mapping[str, pulumi.Input[str]]:
    return {
        "BACKUP_OFFSITE_WHOLE": pulumi.Output.concat(f"{_WHOLE}:", bucket, f"/{host.hostname}"),
        "BACKUP_OFFSITE_WHOLE_LIMIT": str(_WHOLE_LIMIT_GIB * 1024**3),
    }


def _at_oracle(settings: Settings, namespace: str) -> str:
    """Write how rclone reaches the bucket: the host shows who it is, so there is no key that could be stolen.

    Whoever reads goes by the remote that puts pieces together, and sees all files as they are on the host.
    """
    whole = _section(
        _WHOLE,
        {
            "type": "oracleobjectstorage",
            "provider": "instance_principal_auth",
            "namespace": namespace,
            "compartment": settings.compartment_ocid,
            "region": settings.region,
            # It may neither look for the bucket nor make one.
            "no_check_bucket": "true",
            "upload_cutoff": "5Gi",
        },
    )
    # It gives pieces their last name at once: to rename one takes the right to delete.
    pieces = {
        "type": "chunker",
        "remote": f"{_WHOLE}:",
        "chunk_size": f"{_WHOLE_LIMIT_GIB}Gi",
        "transactions": "norename",
    }
    return whole + _section(_REMOTE, pieces)


def _by_s3(settings: Settings) -> str:
    return _section(
        _REMOTE,
        {
            "type": "s3",
            "provider": "Other",
            "env_auth": "true",
            "shared_credentials_file": names.OFFSITE_CREDENTIALS,
            "endpoint": settings.offsite_endpoint,
            "region": settings.offsite_region,
            "no_check_bucket": "true",
        },
    )


def _section(remote: str, values: Mapping[str, str]) -> str:
    lines = (f"{key} = {value}\n" for key, value in values.items())
    return f"# Written by mailstead.\n[{remote}]\n{''.join(lines)}"
