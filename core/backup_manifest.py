"""What a day's backups say of themselves: ``manifest.json`` beside the archives, format 1."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, Field, ValidationError

SYSTEM: Final = "system"
"""Stands in the place of a domain for what belongs to the whole server."""
_Count = Annotated[int, Field(ge=0)]
_Day = Annotated[str, Field(pattern=r"^[0-9]{8}$")]


class MailboxArchive(BaseModel, frozen=True, extra="ignore"):
    """One mailbox's archive."""

    name: str
    """Local part as on disk."""
    archive: str
    bytes: _Count
    sha256: str
    messages: _Count
    mail_bytes: _Count = 0
    newest_at: str | None = None
    linked_from: str | None = None
    """The day whose archive this is, when nothing has changed since."""


class SystemPart(BaseModel, frozen=True, extra="ignore"):
    """One part of the server itself: keys, database, configuration."""

    name: str
    archive: str
    bytes: _Count
    sha256: str


class Manifest(BaseModel, frozen=True, extra="ignore"):
    """A domain's backups of one day, or the server's."""

    format: Literal[1]
    domain: str = SYSTEM
    day: _Day
    host: str
    started_at: str
    finished_at: str
    key_fingerprint: str
    mailcow_version: str = ""
    mailboxes: tuple[MailboxArchive, ...] = ()
    parts: tuple[SystemPart, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DayOfBackups:
    """What a list of backups shows in one line; sizes in bytes."""

    host: str
    day: str
    """``20261123``"""
    domain: str
    """Or ``system``."""
    mailboxes: int
    messages: int
    archive_bytes: int
    """Of all archives, those that are another day's as well included."""
    new_bytes: int
    """Of the archives that were written on that day."""
    finished_at: str
    key_fingerprint: str

    @classmethod
    def of(cls, manifest: Manifest) -> "DayOfBackups":
        """Add up a manifest."""
        mailboxes, parts = manifest.mailboxes, manifest.parts
        of_parts = sum(part.bytes for part in parts)
        return cls(
            host=manifest.host,
            day=manifest.day,
            domain=manifest.domain,
            mailboxes=len(mailboxes),
            messages=sum(one.messages for one in mailboxes),
            archive_bytes=of_parts + sum(one.bytes for one in mailboxes),
            new_bytes=of_parts + sum(one.bytes for one in mailboxes if one.linked_from is None),
            finished_at=manifest.finished_at,
            key_fingerprint=manifest.key_fingerprint,
        )


def read_manifests(text: str) -> Iterator[Manifest]:
    """Read manifests that stand one after the other.

    Args:
        text: JSON documents with nothing or white space between them.

    Raises:
        ValueError: One is damaged, or of a format that this version does not know.
    """
    decoder, at = json.JSONDecoder(), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        found: Any
        found, at = decoder.raw_decode(text, at)
        try:
            yield Manifest.model_validate(found)
        except ValidationError as wrong:
            what = "; ".join(f"{'.'.join(map(str, one['loc']))}: {one['msg']}" for one in wrong.errors())
            raise ValueError(f"a manifest is none of ours: {what}") from None
