"""What mailcow's API answers, as typed values: domains, DKIM keys, mailboxes, aliases; and the calls as a protocol."""

from dataclasses import dataclass
from typing import Protocol


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
    tags: tuple[str, ...] = ()


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


@dataclass(frozen=True, kw_only=True)
class MailboxRow:
    """One mailbox as mailcow has it."""

    address: str
    """Lower-case ``local@domain``."""
    name: str
    """Display name; may be empty."""
    quota_mib: int
    """Storage limit in MiB; 0 is no limit."""
    active: bool
    """False also for the state "receives but cannot log in" (2), which we never set."""
    tags: tuple[str, ...] = ()
    messages: int = 0
    """How many messages it holds."""
    last_login: int = 0
    """Time of the last log-in by any protocol, seconds since 1970; 0 is never."""
    created: str = ""
    """When it was made, in the server's time zone, without offset."""
    half_deleted: bool = False
    """A delete died half-way: add says "exists", edit says "denied"; deleting again repairs it."""


@dataclass(frozen=True, kw_only=True)
class AliasRow:
    """One alias as mailcow has it."""

    id: int
    """mailcow's number of it; the address is the identity, this is not."""
    address: str
    """As it was typed: the local part keeps its case."""
    goto: tuple[str, ...]
    active: bool
    private_comment: str = ""


@dataclass(frozen=True, kw_only=True)
class ContainerRow:
    """One of mailcow's containers, as mailcow's own Docker proxy sees it."""

    name: str
    state: str
    """``running``, ``exited``, ``restarting`` …"""
    image: str


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
class NewMailbox:
    """A mailbox as it should be."""

    address: str
    name: str
    quota_mib: int
    active: bool
    tags: tuple[str, ...] = ()
    """Given in the same call that makes it."""


@dataclass(frozen=True, kw_only=True)
class NewAlias:
    """An alias as it should be."""

    address: str
    goto: tuple[str, ...]
    active: bool = True
    private_comment: str = ""
    """At most 160 characters; carries the mark of ownership, as aliases have no tags."""


class Mailcow(Protocol):
    """The calls that resources make; ``MailcowApi`` makes them over HTTP, tests hold one in memory.

    The ``add_*`` calls answer True when this call made the object and False when it is there all the same: it
    existed, or an earlier try whose answer was lost made it. Whose it is, is for the caller to read and decide.
    The ``delete_*`` calls take absence as done. All may raise ``MailcowUnavailableError`` (not ready, not
    reachable), ``MailcowRefusedError`` and ``MailcowUnclearError``.
    """

    def get_domain(self, name: str) -> DomainRow | None:
        """Read one domain; None when there is none."""
        ...

    def list_domains(self) -> tuple[DomainRow, ...]:
        """Read all domains in one call."""
        ...

    def add_domain(self, domain: NewDomain) -> bool:
        """Make a domain, without DKIM key; False when it is there already."""
        ...

    def edit_domain(self, domain: NewDomain) -> None:
        """Set description, limits and active of a domain; leaves its tags alone."""
        ...

    def delete_domain(self, name: str) -> None:
        """Delete an empty domain; its DKIM key stays. Refused while a mailbox is in it."""
        ...

    def get_dkim(self, domain: str) -> DkimRow | None:
        """Read a domain's key; None when it has none."""
        ...

    def add_dkim(self, domain: str, *, selector: str, key_size: int) -> bool:
        """Make a domain's key; False when it has one, whatever its selector."""
        ...

    def delete_dkim(self, domain: str) -> None:
        """Delete a domain's key."""
        ...

    def get_mailbox(self, address: str) -> MailboxRow | None:
        """Read one mailbox; None when there is none. Look at ``half_deleted``."""
        ...

    def list_mailboxes(self, domain: str) -> tuple[MailboxRow, ...]:
        """Read all mailboxes of a domain in one call; half-deleted ones have no name and are left out."""
        ...

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        """Make a mailbox with its tags; False when it is there already, half-deleted ones too."""
        ...

    def edit_mailbox(self, address: str, *, name: str, quota_mib: int, active: bool) -> None:
        """Set name, quota and active of a mailbox; neither password nor tags."""
        ...

    def delete_mailbox(self, address: str) -> None:
        """Delete a mailbox and its mail; one at a time in this process."""
        ...

    def get_alias(self, address: str) -> AliasRow | None:
        """Read one alias; None when there is none, also where a mailbox has the address."""
        ...

    def list_aliases(self, domain: str) -> tuple[AliasRow, ...]:
        """Read all aliases of a domain in one call."""
        ...

    def add_alias(self, alias: NewAlias) -> bool:
        """Make an alias; False when an alias has the address. Refused when a mailbox has it."""
        ...

    def edit_alias(self, alias: NewAlias) -> None:
        """Set targets, active and private comment of an alias."""
        ...

    def delete_alias(self, address: str) -> None:
        """Delete an alias."""
        ...
