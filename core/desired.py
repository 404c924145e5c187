"""What should be, as values: hosts, domains, mailboxes, aliases; ``core.desired_state`` works them out."""

from dataclasses import dataclass
from datetime import date
from typing import Literal

from core.outbound import DIRECTLY, Outbound
from core.people import PROTOCOLS, LeaverMail, Subdomain

AliasKind = Literal["role", "alias", "list", "catch_all"]


@dataclass(frozen=True, kw_only=True)
class Host:
    """One mail host."""

    number: int
    """From 1; what ``server:`` in the list means."""
    name: str
    """Name of its resource: ``mail-host-1``."""
    hostname: str
    """Its name in DNS, mailcow's hostname, HELO and PTR: ``mail.example.com``."""


@dataclass(frozen=True, kw_only=True)
class DesiredMailbox:
    """One person's mailbox as it should be."""

    address: str
    local_part: str
    domain: str
    full_name: str
    """What recipients see; the local part when the list says no name."""
    quota_mib: int
    active: bool
    """False for people who are offboarded: logins are closed and the mail is kept."""
    kept_until: date | None
    """From this day on the line may be taken out of the list; None for active people."""
    server: int
    """Number of the host it lies on."""
    protocols: tuple[str, ...] = PROTOCOLS
    """Open ways in, of ``core.people.PROTOCOLS`` and in that order."""
    change_password: bool = False
    """Whether the web page asks for a new password at the first log-in."""
    sending_limit: str = ""
    """``100/h``, or empty for none."""
    tags: tuple[str, ...] = ()
    """The list's own, sorted; ours is not among them."""
    mail: LeaverMail = "refuse"
    """For closed mailboxes: what happens to mail that still comes."""
    forward_to: tuple[str, ...] = ()
    """Whole addresses that mail goes on to, sorted; for active people and for leavers."""
    keep_copy: bool = True
    """Whether forwarded mail also stays in the mailbox."""
    auto_reply: str = ""
    reuse_address: bool = False
    """Deliberately given although somebody else had the address within a year."""


@dataclass(frozen=True, kw_only=True)
class DesiredAlias:
    """One address that leads to others."""

    address: str
    """``@example.com`` for a catch-all."""
    goto: tuple[str, ...]
    """Whole addresses, in the list's order."""
    domain: str
    server: int
    kind: AliasKind = "role"


@dataclass(frozen=True, kw_only=True)
class DesiredMoveIn:
    """Mail that is brought into a mailbox from another provider."""

    address: str
    """The mailbox here."""
    domain: str
    host: str
    port: int
    encryption: Literal["tls", "starttls"]
    user: str
    password_in: str
    """Path of the password there below Vault's mount."""
    server: int


@dataclass(frozen=True, kw_only=True)
class DesiredDomain:
    """One domain as it should be in mailcow."""

    name: str
    server: int
    dkim_selector: str
    max_quota_mib: int
    """Limit of one mailbox: the size of the mail volume."""
    quota_mib: int
    """Limit of all mailboxes together; far above what they are promised, so that it never binds (ADR 0012)."""
    max_mailboxes: int
    max_aliases: int
    default_quota_mib: int
    subdomains: tuple[Subdomain, ...] = ()
    """Host names below it that are entered in DNS and nowhere else."""
    outbound: Outbound = DIRECTLY
    """How its mail leaves."""
    dkim_next: str = ""
    """Selector of a key that is published and does not sign yet; empty for none."""
    dkim_retired: str = ""
    """Selector of the key that signed before and is still published; empty for none."""
    mta_sts: str = "off"
    """``off``, or the mode of its policy: ``testing`` or ``enforce``."""


@dataclass(frozen=True, kw_only=True)
class DesiredState:
    """Everything that the program makes people and mail resources from."""

    stack: str
    hosts: tuple[Host, ...]
    domains: tuple[DesiredDomain, ...]
    mailboxes: tuple[DesiredMailbox, ...]
    """Active and offboarded people."""
    aliases: tuple[DesiredAlias, ...]
    notices: tuple[str, ...]
    """Decisions that were made for the operator, to be said aloud."""
    move_ins: tuple[DesiredMoveIn, ...] = ()
