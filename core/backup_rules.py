"""Which settings of backups do not fit together, and with which host."""

from collections.abc import Iterator
from typing import Final

from core.backup_settings import AT_ORACLE, BY_S3, NO_COPY
from core.host_choice import EXISTING
from core.names import PROJECT
from core.settings import Settings

_OF_S3: Final = ("offsite_endpoint", "offsite_region")


def wrong_settings(settings: Settings) -> Iterator[str]:
    """Say what contradicts something else."""
    if settings.backup_public_key and settings.api_access != "ssh":
        yield (
            "backup_public_key needs SSH, and the server is reached by HTTPS alone; take it out and save the mail"
            " another way, or write api_access: ssh"
        )
    if settings.offsite == NO_COPY:
        yield from _unread(settings, ("offsite_bucket", *_OF_S3), "says nothing while offsite is off")
        return
    if not settings.backup_public_key:
        yield f"offsite {settings.offsite} has no backups to copy; write backup_public_key, or offsite: off"
    if settings.offsite == AT_ORACLE:
        yield from _unread(settings, _OF_S3, f"is for offsite: {BY_S3}")
        if settings.host == EXISTING:
            yield (
                "offsite oci needs a host at Oracle, which shows the bucket who it is; write offsite: s3 for a server"
                " that is there already"
            )
    if settings.offsite == BY_S3:
        for key, example in (("offsite_bucket", "mail-backup"), ("offsite_endpoint", "https://s3.example.net")):
            if not getattr(settings, key):
                yield f"offsite s3 needs {key}; write {key}: {example}"


def no_backups(settings: Settings) -> str:
    """Say aloud that mail is not saved and how to have it saved; empty when it is, or nobody could from here."""
    if settings.backup_public_key or settings.api_access != "ssh":
        return ""
    return (
        "NOTHING is backed up: there is no key to encrypt backups to; have one made by mailstead backup key, and write"
        f" {PROJECT}:backup_public_key: FILE"
    )


def _unread(settings: Settings, keys: tuple[str, ...], why: str) -> Iterator[str]:
    """Find keys that were said in vain: one that is ignored would be a promise that is not kept."""
    for key in keys:
        if key in settings.model_fields_set:
            yield f"{key} {why}; take it out"
