"""Relays in mailcow as typed values: relay hosts (sender-dependent transports) and TLS policies of destinations."""

from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class NewRelayHost:
    """A relay host as it should be; its password comes apart from it."""

    hostname: str
    """The next hop as Postfix takes it: ``[smtp.example.net]:587``."""
    username: str = ""
    """Log-in name there; empty for a relay that asks for none."""


@dataclass(frozen=True, kw_only=True)
class RelayHostRow(NewRelayHost):
    """A relay host as mailcow has it. Nothing is unique about one but its number."""

    id: int
    password: str = field(default="", repr=False)
    """mailcow shows it in clear; it is compared, and goes nowhere."""
    active: bool = True
    used_by: tuple[str, ...] = ()
    """Domains and mailboxes whose mail leaves by it."""

    def leads_as(self, new: NewRelayHost) -> bool:
        """Whether it leads to the same server by the same log-in name, whatever the password."""
        return (self.hostname.lower(), self.username) == (new.hostname.lower(), new.username)


@dataclass(frozen=True, kw_only=True)
class TlsPolicyRow:
    """How TLS is spoken with one destination."""

    id: int
    destination: str
    """A next hop as a relay host writes it, or a domain."""
    policy: str
    """Postfix's word: ``encrypt``, ``verify`` …"""
    active: bool = True
