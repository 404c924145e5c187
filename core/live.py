"""What is on the mail servers, as values that what should be is compared with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

LiveAccess = Literal["open", "closed", "receives only"]
"""Whether people can log in; a mailbox that receives only takes mail in and lets nobody in."""


@dataclass(frozen=True, kw_only=True)
class LiveMailbox:
    """One mailbox."""

    address: str
    owner: str | None
    """The stack whose mark it carries; None for one that nobody has marked."""
    full_name: str
    quota_mib: int
    access: LiveAccess
    protocols: tuple[str, ...]
    """Open ways in, of ``core.people.PROTOCOLS`` and in that order."""
    sending_limit: str
    tags: tuple[str, ...]
    """All but our marks."""
    rules: str = ""
    """Script of our filter, which forwards and replies; empty for none that runs."""


@dataclass(frozen=True, kw_only=True)
class LiveAlias:
    """One alias."""

    address: str
    """In lower case."""
    owner: str | None
    goto: tuple[str, ...]
    active: bool


@dataclass(frozen=True, kw_only=True)
class LiveDomain:
    """One domain, and what is in it where that was read."""

    name: str
    owner: str | None
    active: bool
    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    """Its limits by their names in ``core.desired.DesiredDomain``."""
    dkim_selector: str | None = None
    """None where it has no key."""
    mailboxes: tuple[LiveMailbox, ...] = ()
    aliases: tuple[LiveAlias, ...] = ()


@dataclass(frozen=True, kw_only=True)
class LiveMoveIn:
    """One job that brings mail from another provider."""

    address: str
    host: str
    user: str
    port: int
    active: bool


@dataclass(frozen=True, kw_only=True)
class LiveServer:
    """One mail server."""

    number: int
    domains: tuple[LiveDomain, ...]
    move_ins: tuple[LiveMoveIn, ...] = ()
