"""What name servers were seen to answer, as values: the checks work on these and ask nobody themselves."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

Silence = Literal["", "timeout", "servfail", "refused", "lame", "truncated", "broken", "nameless"]
"""Why a server's reply is no answer; empty for one that is."""

SILENCE_WORDS: Final[dict[Silence, str]] = {
    "timeout": "does not answer",
    "servfail": "answers SERVFAIL: it has a fault of its own, or the zone's DNSSEC is broken",
    "refused": "refuses to answer for this zone (lame delegation)",
    "lame": "does not know this zone, although the delegation names it (lame delegation)",
    "truncated": "cuts its answer off and takes no question over TCP",
    "broken": "answers with something that is no DNS message",
    "nameless": "has a name that leads to no address",
}


@dataclass(frozen=True, kw_only=True)
class Reply:
    """What one server says of one name and type."""

    server: str
    """Its name or address."""
    values: tuple[str, ...] = ()
    """In the form of ``DnsRecord.value``, names in lower case; sorted. Empty when the server knows of none."""
    alias: str = ""
    """What the name is an alias (CNAME) of; empty when it is none. ``values`` are then those of the alias' target."""
    silence: Silence = ""

    @property
    def content(self) -> tuple[tuple[str, ...], str]:
        """What servers of one zone have to agree on."""
        return self.values, self.alias


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What all servers that were asked say of one name and type."""

    name: str
    """As in ``DnsRecord.name``; an IP address for a PTR."""
    type: str
    replies: tuple[Reply, ...]

    @property
    def answering(self) -> tuple[Reply, ...]:
        """Replies that are answers."""
        return tuple(reply for reply in self.replies if not reply.silence)

    @property
    def silent(self) -> tuple[Reply, ...]:
        """Replies that are none."""
        return tuple(reply for reply in self.replies if reply.silence)

    @property
    def values(self) -> tuple[str, ...]:
        """Values of the first server that answers."""
        return self.answering[0].values if self.answering else ()

    @property
    def alias(self) -> str:
        """Alias by the first server that answers."""
        return self.answering[0].alias if self.answering else ""


Ask = Callable[[str, str], Answer]
"""Asks for a name and type; the same question twice is one question."""


@dataclass(frozen=True, kw_only=True)
class Zone:
    """How a hosted domain's zone was found."""

    domain: str
    apex: str
    """The zone's own name: the domain, or one above it; empty when no zone was found."""
    servers: tuple[Reply, ...]
    """Each name server that the delegation names, with its silence when asked for the zone."""
    trouble: Literal["", "nxdomain", "servfail", "timeout", "no servers"] = ""
    """Why it was not found. ``timeout``: the resolver itself does not answer, and nothing can be said."""
