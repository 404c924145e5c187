"""Inputs of the resources of alice@example.com and her domain, as the program registers them."""

from typing import Any

from mailcow.rows import MailboxRow, NewDomain
from tests.fakes import FakeMailcow, FakeVault

ADDRESS = "alice@example.com"
PATH = "mail/users/example.com/alice"
PASSWORD = "Planted-Pass_7xQ"
MADE = "2026-11-22T13:50:00.000+00:00"


def mailbox(**changes: Any) -> dict[str, Any]:
    """Inputs of a mailbox, all that the program registers."""
    inputs = {
        "address": ADDRESS,
        "domain": "example.com",
        "local_part": "alice",
        "full_name": "alice",
        "quota_mib": 2048,
        "active": True,
        "kept_until": "",
        "protocols": ["imap", "pop3", "smtp", "sieve", "eas", "dav"],
        "change_password": False,
        "sending_limit": "",
        "tags": [],
        "mail": "refuse",
        "forward_to": [],
        "keep_copy": True,
        "auto_reply": "",
        "secret_made": MADE,
    }
    return {**inputs, **changes}


def secret(**changes: Any) -> dict[str, Any]:
    """Inputs of a first password."""
    inputs = {
        "address": ADDRESS,
        "domain": "example.com",
        "local_part": "alice",
        "stack": "dev",
        "kept_until": "",
    }
    return {**inputs, **changes}


def domain(**changes: Any) -> dict[str, Any]:
    """Inputs of a domain."""
    inputs = {
        "name": "example.com",
        "server": 1,
        "max_quota_mib": 51_200,
        "quota_mib": 51_200,
        "max_mailboxes": 10_000,
        "max_aliases": 10_000,
        "default_quota_mib": 2048,
        "active": True,
    }
    return {**inputs, **changes}


def row(**changes: Any) -> MailboxRow:
    """The mailbox as mailcow has it, ours unless changed."""
    columns: dict[str, Any] = {
        "address": ADDRESS,
        "name": "alice",
        "quota_mib": 2048,
        "active": True,
        "tags": ("mailstead-dev",),
        "protocols": ("imap", "pop3", "smtp", "sieve", "eas", "dav"),
        "sending_limit": "",
        "created": "2026-11-22 13:50:00",
        "password_set": "2026-11-22 13:50:00",
    }
    return MailboxRow(**{**columns, **changes})


def found_domain(mailcow: FakeMailcow, *tags: str, name: str = "example.com") -> None:
    """Put a domain on the server, with limits of its own."""
    mailcow.add_domain(
        NewDomain(
            name=name,
            description="made before",
            max_aliases=400,
            max_mailboxes=10,
            default_quota_mib=3072,
            max_quota_mib=10_240,
            quota_mib=10_240,
            tags=tags,
        )
    )
    mailcow.changes.clear()


NOTES = {"state": "initial", "address": ADDRESS, "stack": "dev", "made": MADE}
"""What VaultSecret notes beside alice's first password."""


def found_password(vault: FakeVault, **notes: str) -> None:
    """Put alice's first password into Vault, as VaultSecret does."""
    vault.create_secret(PATH, {"password": PASSWORD}, {**NOTES, **notes})
    vault.calls.clear()
