"""The list of people as values: who has mail, how, and who has left."""

from dataclasses import dataclass, field
from datetime import date
from typing import Final, Literal

from core import names, relay_values

PROTOCOLS: Final = ("imap", "pop3", "smtp", "sieve", "eas", "dav")
"""Ways into a mailbox that mailcow can open and close one by one."""
ROLES: Final = ("postmaster", "abuse")
"""Local parts that every domain needs: reports and complaints go there."""
LeaverMail = Literal["refuse", "keep", "forward"]


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Mail that goes on to other addresses."""

    to: tuple[str, ...]
    """Whole addresses, in the list's order."""
    keep: bool = True
    """Whether a copy stays in the mailbox."""


@dataclass(frozen=True, kw_only=True)
class MoveIn:
    """Mail of a person that is brought here from another provider, by IMAP."""

    server: str
    """Host name of the other provider's IMAP server."""
    user: str
    """Log-in name there."""
    password_in: str
    """Path of the password there below Vault's mount: ``mail/move-in/example.com/alice``."""
    port: int = 993
    encryption: Literal["tls", "starttls"] = "tls"


@dataclass(frozen=True, kw_only=True)
class User:
    """Somebody who has a mailbox. A value of None is left to the domain's defaults, then to ours."""

    name: str
    """Local part of the address."""
    full_name: str | None = None
    quota_mib: int | None = None
    aliases: tuple[str, ...] = ()
    """Further local parts of the same domain that lead here."""
    protocols: tuple[str, ...] | None = None
    """Of ``PROTOCOLS``, in that order."""
    change_password: bool | None = None
    """Whether the web page asks for a new password at the first log-in."""
    forward: Forward | None = None
    sending_limit: str | None = None
    """Messages in a span, ``100/h``; spans are s, m, h and d. Empty text: no limit."""
    tags: tuple[str, ...] | None = None
    reuse_address: bool = False
    """Give an address to this person that somebody else had within the last year."""
    move_in: MoveIn | None = None
    line: int = field(default=0, compare=False)
    """Where it begins in the file, from 1; two lists are the same whatever their layout."""


@dataclass(frozen=True, kw_only=True)
class Leaver:
    """Somebody whose mailbox is closed and whose mail is kept for a while."""

    name: str
    until: date
    """From this day on (UTC) the line may be taken out, which deletes the mailbox."""
    mail: LeaverMail = "refuse"
    """What happens to mail that still comes: refused, kept unread, or forwarded to ``forward_to``."""
    forward_to: tuple[str, ...] = ()
    """Whole addresses; only with ``mail: {forward: …}``."""
    auto_reply: str = ""
    """Text that senders get back; only while mail is kept or forwarded."""
    was: User = User(name="")
    """What the mailbox was like, so that closing it changes nothing else; its name means nothing.

    Full name, quota, aliases, protocols, sending limit, tags and change_password only.
    """
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Group:
    """An address of a domain that leads to others: an alias of one, or a list of several."""

    name: str
    """Local part."""
    to: tuple[str, ...]
    """Whole addresses, in the list's order."""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Subdomain:
    """A host name below a domain, for DNS only."""

    name: str
    """Relative to the domain: ``shop``."""
    address: str = ""
    """IPv4 or IPv6 address; or else ``cname``."""
    cname: str = ""
    """Whole name without the final dot, as DNS has it."""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, kw_only=True)
class Relay:
    """The way out of a domain's mail, by another server."""

    host: str
    port: int = relay_values.DEFAULT_PORT
    user: str = ""
    password_in: str = ""
    """Path of its password below Vault's mount."""
    tls: relay_values.Tls = relay_values.DEFAULT_TLS
    spf: str = ""
    """Terms of SPF that let it send for the domain, such as ``include:spf.example.net``."""


@dataclass(frozen=True, kw_only=True)
class MailDomain:
    """One domain of the list."""

    name: str
    """As DNS has it: A-labels, lower case (RFC 5890)."""
    users: tuple[User, ...]
    offboarded: tuple[Leaver, ...]
    postmaster: str | None
    """Whole address that postmaster@ and abuse@ lead to; None when the list does not say."""
    server: int
    """Number of the mail host, from 1."""
    line: int = field(compare=False)
    """Where the domain begins in the file, from 1."""
    defaults: User = User(name="")
    """What users get that do not say otherwise; its name means nothing."""
    aliases: tuple[Group, ...] = ()
    lists: tuple[Group, ...] = ()
    catch_all: str | None = None
    """Whole address of the person who gets mail for everybody who is not there."""
    dkim_selector: str = names.DKIM_SELECTOR
    dkim_next: str = ""
    """Selector of a key that is published and does not sign yet; empty for none."""
    dkim_retired: str = ""
    """Selector of the key that signed before and is still published; empty for none."""
    subdomains: tuple[Subdomain, ...] = ()
    relay: Relay | None = None
    outbound: str = ""
    """``direct`` or ``relay``; empty for what follows from ``relay`` and the stack's configuration."""
    mta_sts: str = "off"
    """``off``, ``testing`` or ``enforce``."""

    @property
    def missing_roles(self) -> tuple[str, ...]:
        """Which of ``ROLES`` nobody has: no user, alias or list."""
        taken = {user.name for user in self.users}
        taken.update(alias for user in self.users for alias in user.aliases)
        taken.update(group.name for group in (*self.aliases, *self.lists))
        return tuple(role for role in ROLES if role not in taken)

    @property
    def role_target(self) -> str | None:
        """Who gets mail for the missing roles: whom the list names, else the first user; None when nobody is there."""
        return self.postmaster or (names.address_of(self.users[0].name, self.name) if self.users else None)


@dataclass(frozen=True, kw_only=True)
class MailList:
    """The whole list, in the file's order."""

    domains: tuple[MailDomain, ...]
