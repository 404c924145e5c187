"""A mailbox as the list wants it, out of the engine's properties, and how far one on the server is from that."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from core.names import address_of, user_secret
from core.people import PROTOCOLS
from core.sieve import mail_rules
from mailcow.rows import MailboxChange, MailboxRow, NewMailbox
from users.properties import Properties

IDENTITY = ("address", "domain", "local_part")
DEFAULTS: Properties = {
    "protocols": list(PROTOCOLS),
    "change_password": False,
    "sending_limit": "",
    "tags": [],
    "mail": "refuse",
    "forward_to": [],
    "keep_copy": True,
    "auto_reply": "",
}
"""What an input means that a state does not have, as it was written before the input was known."""
EDITED = ("full_name", "quota_mib", "active", "kept_until", *DEFAULTS)
INPUTS = (*IDENTITY, *EDITED)


@dataclass(frozen=True, kw_only=True)
class WantedMailbox:
    """One mailbox as it should be."""

    local_part: str
    domain: str
    full_name: str
    quota_mib: int
    active: bool
    receives_only: bool
    """Closed, and mail still comes in."""
    protocols: tuple[str, ...]
    change_password: bool
    sending_limit: str
    tags: tuple[str, ...]
    rules: str
    """Sieve script that forwards and replies; empty for none."""

    @classmethod
    def of(cls, properties: Properties) -> Self:
        """Read it from the engine's properties, where numbers are floats and what is missing has its default."""
        props: dict[str, Any] = {**DEFAULTS, **properties}
        active = bool(props["active"])
        receives = active or props["mail"] != "refuse"
        rules = mail_rules(
            forward_to=props["forward_to"], keep_copy=bool(props["keep_copy"]), auto_reply=str(props["auto_reply"])
        )
        return cls(
            local_part=str(props["local_part"]),
            domain=str(props["domain"]),
            full_name=str(props["full_name"]),
            quota_mib=int(props["quota_mib"]),
            active=active,
            receives_only=receives and not active,
            protocols=in_order(props["protocols"]),
            change_password=bool(props["change_password"]),
            sending_limit=str(props["sending_limit"]),
            tags=tuple(props["tags"]),
            rules=rules if receives else "",
        )

    @property
    def address(self) -> str:
        """``local@domain``."""
        return address_of(self.local_part, self.domain)

    @property
    def secret_path(self) -> str:
        """Path of its first password in Vault."""
        return user_secret(self.domain, self.local_part)

    def new(self, *, tag: str) -> NewMailbox:
        """Return what makes it, with our mark."""
        return NewMailbox(
            address=self.address,
            name=self.full_name,
            quota_mib=self.quota_mib,
            active=self.active,
            receives_only=self.receives_only,
            protocols=self.protocols,
            change_password=self.change_password,
            sending_limit=self.sending_limit,
            tags=(tag, *(name for name in self.tags if name.casefold() != tag.casefold())),
        )

    def change_of(self, row: MailboxRow) -> MailboxChange:
        """Return what of a mailbox's row has to change; a password to be changed is no part of it."""
        is_open = (row.active, row.receives_only) == (self.active, self.receives_only)
        return MailboxChange(
            name=None if shown_name(row, self.full_name) == self.full_name else self.full_name,
            quota_mib=None if row.quota_mib == self.quota_mib else self.quota_mib,
            active=None if is_open else self.active,
            receives_only=not is_open and self.receives_only,
            protocols=None if row.protocols == self.protocols else self.protocols,
        )


def in_order(protocols: Iterable[str]) -> tuple[str, ...]:
    """Return protocols in the order that they are compared in."""
    wanted = set(protocols)
    return tuple(name for name in PROTOCOLS if name in wanted)


def shown_name(row: MailboxRow, wanted: str) -> str:
    """Return a mailbox's name; none at all, which mailcow takes but sets on nobody later, is the local part's."""
    local_part = row.address.rpartition("@")[0]
    return row.name or (wanted if wanted == local_part else "")


def common_tags(wanted: Iterable[str], found: Iterable[str]) -> list[str]:
    """Return the wanted tags that are there; mailcow takes upper and lower case for the same."""
    there = {tag.casefold() for tag in found}
    return [tag for tag in wanted if tag.casefold() in there]
