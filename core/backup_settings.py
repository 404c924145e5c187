"""The part of a stack's configuration that is about backups. Holds no secret."""

from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, Field

from core import setting_checks as check
from core.names import VAULT_HOSTS

Offsite = Literal["off", "oci", "s3"]

NO_COPY: Final = "off"
AT_ORACLE: Final = "oci"
BY_S3: Final = "s3"
_BUCKET: Final = r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"
"""What both take: Amazon's rules for S3; Oracle's allow these and more (Object Storage, "Managing Buckets")."""
_FEWEST_DAYS: Final = 1
_MOST_DAYS: Final = 365


class BackupSettings(BaseModel, frozen=True, strict=True, extra="forbid"):
    """Keys that say whether mail is saved every night, when, for how long, and whether a copy leaves the host."""

    backup_public_key: Annotated[str, AfterValidator(check.file_name)] = Field(
        default="",
        description="File with the public key that backups are encrypted to, seen from the project's folder;"
        " `mailstead backup key` makes it. Without it there are no backups.",
    )
    backup_keep_days: Annotated[int, AfterValidator(check.between(_FEWEST_DAYS, _MOST_DAYS))] = Field(
        default=7, description="How many days of backups stay on the host."
    )
    backup_at: Annotated[
        str,
        AfterValidator(
            check.matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", "is no time of day; write hours and minutes: 02:30")
        ),
    ] = Field(default="02:30", description="When the daily backup begins, in the time zone of the hosts.")
    offsite: Annotated[str, AfterValidator(check.one_of(NO_COPY, AT_ORACLE, BY_S3))] = Field(
        default=NO_COPY,
        description="Where the monthly copy of a backup goes: nowhere (off), to a bucket that this program makes at"
        " Oracle (oci), or to a bucket of yours that speaks S3 (s3).",
    )
    offsite_bucket: Annotated[
        str, AfterValidator(check.matching(_BUCKET, "is no bucket's name; write mail-backup"))
    ] = Field(default="", description="Name of the bucket for the monthly copy.")
    offsite_endpoint: Annotated[str, AfterValidator(check.s3_endpoint)] = Field(
        default="",
        description="Address of the server that has the bucket; its credentials are in Vault at"
        f" {VAULT_HOSTS}/<host>/offsite.",
    )
    offsite_region: Annotated[
        str, AfterValidator(check.matching(r"[a-z0-9][a-z0-9-]*", "is no region; write for example eu-central-1"))
    ] = Field(default="us-east-1", description="Region that requests to that server are signed for.")
