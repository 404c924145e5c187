"""Domains and their DKIM keys as typed values: as mailcow has them, and as they should be."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class DomainRow:
    """One mail domain as mailcow has it."""

    name: str
    """Lower-case name, punycode."""
    description: str
    active: bool
    max_aliases: int
    max_mailboxes: int
    default_quota_mib: int
    """What mailcow's web page proposes for a new mailbox, in MiB."""
    max_quota_mib: int
    """The most that one mailbox may have, in MiB."""
    quota_mib: int
    """The most that all mailboxes together may have, in MiB."""
    mailboxes: int
    """How many mailboxes it holds now."""
    backup_mx: bool = False
    """Its mail is only kept for another server."""
    relay_host: int = 0
    """Number of the relay host that its mail leaves by; 0 for none."""
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class NewDomain:
    """A domain as it should be."""

    name: str
    description: str
    max_aliases: int
    max_mailboxes: int
    default_quota_mib: int
    max_quota_mib: int
    """The most one mailbox may have, in MiB; ``default_quota_mib <= max_quota_mib <= quota_mib``."""
    quota_mib: int
    active: bool = True
    tags: tuple[str, ...] = ()
    """Given when it is made, never changed afterwards; no repeats (mailcow throws)."""


@dataclass(frozen=True, kw_only=True)
class DkimRow:
    """A domain's DKIM key; the private half never leaves the server."""

    domain: str
    selector: str
    key_size: int
    """Length of the key in bits."""
    public_key: str
    """Base64 without PEM lines."""
    dns_text: str
    """Value of the TXT record at ``<selector>._domainkey.<domain>``, one string."""
