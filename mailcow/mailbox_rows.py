"""Mailboxes and what hangs on them as typed values: Sieve filters, app passwords, sync jobs."""

from dataclasses import dataclass, field
from typing import Literal

FilterKind = Literal["prefilter", "postfilter"]
SyncEncryption = Literal["TLS", "SSL", "PLAIN"]
"""mailcow's words: ``SSL`` is TLS from the first byte, ``TLS`` is STARTTLS."""


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
    """People can log in; False also for one that ``receives_only``."""
    receives_only: bool = False
    """Mail still comes in and nobody can log in (mailcow's state 2)."""
    protocols: tuple[str, ...] = ()
    """Open ways in, of ``core.people.PROTOCOLS`` and in that order."""
    change_password: bool = False
    """The web page asks for a new password at the next log-in, and then clears this."""
    sending_limit: str | None = None
    """``100/h``, empty for none of its own; None when it was not asked for: a domain's list does not say."""
    authsource: str = "mailcow"
    """Where passwords are checked: ``mailcow``, or an identity provider such as ``ldap``."""
    tags: tuple[str, ...] = ()
    messages: int = 0
    """How many messages it holds."""
    bytes_used: int = 0
    """How much of its quota is used, in bytes."""
    last_login: int = 0
    """Time of the last log-in by any protocol, seconds since 1970; 0 is never."""
    created: str = ""
    """When it was made, in the server's time zone, without offset."""
    password_set: str = ""
    """When its password was last set, by us or by her, in the server's time zone."""
    half_deleted: bool = False
    """A delete died half-way: add says "exists", edit says "denied"; deleting again repairs it."""


@dataclass(frozen=True, kw_only=True)
class NewMailbox:
    """A mailbox as it should be made."""

    address: str
    name: str
    quota_mib: int
    active: bool
    receives_only: bool = False
    """Counts only while ``active`` is False."""
    protocols: tuple[str, ...] = ("imap", "pop3", "smtp", "sieve", "eas", "dav")
    change_password: bool = False
    sending_limit: str = ""
    tags: tuple[str, ...] = ()
    """Given in the same call that makes it."""


@dataclass(frozen=True, kw_only=True)
class MailboxChange:
    """What is to become of a mailbox; None leaves a thing as it is."""

    name: str | None = None
    quota_mib: int | None = None
    active: bool | None = None
    receives_only: bool = False
    """Goes with ``active=False``."""
    protocols: tuple[str, ...] | None = None
    change_password: bool | None = None

    @property
    def is_nothing(self) -> bool:
        """Whether all is to stay."""
        return self == MailboxChange()


@dataclass(frozen=True, kw_only=True)
class NewFilter:
    """A Sieve filter as it should be; of each kind mailcow runs one a mailbox, the last that was made active."""

    username: str
    """Address of its mailbox."""
    kind: FilterKind
    """Runs before, or after, the rules that the person keeps by her mail program."""
    script: str
    description: str
    active: bool = True


@dataclass(frozen=True, kw_only=True)
class FilterRow(NewFilter):
    """A Sieve filter as mailcow has it."""

    id: int


@dataclass(frozen=True, kw_only=True)
class AppPasswordRow:
    """One app password, without its hash."""

    id: int
    name: str


@dataclass(frozen=True, kw_only=True)
class NewSyncJob:
    """Mail that mailcow fetches from another provider into a mailbox, again and again (imapsync)."""

    username: str
    """Address of the mailbox that the mail goes to."""
    host: str
    port: int
    user: str
    """Log-in name there."""
    encryption: SyncEncryption
    interval_minutes: int = 20
    """From 1 to 43,800."""
    active: bool = True
    exclude: str = ""
    """Folders that stay there: a regular expression, such as ``(?i)spam|(?i)junk``."""
    subfolder: str = ""
    """Folder here that all goes into; empty for the same folders as there."""


@dataclass(frozen=True, kw_only=True)
class SyncJobRow(NewSyncJob):
    """A sync job as mailcow has it, without its password."""

    id: int
    last_run: str = ""
    """When it last began, in the server's time zone; empty for never."""
    running: bool = False
    success: bool | None = None
    """How the last run ended; None before its end and in releases that do not say."""
    exit_status: str = ""
    log: str = field(default="", repr=False)
    """What the last run printed; only where it was asked for."""
