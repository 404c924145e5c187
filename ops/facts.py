"""What servers and Vault tell of the mailboxes that a preview speaks of."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from ops.figures import count, day, size


@dataclass(frozen=True, kw_only=True)
class Held:
    """What a server says of one mailbox."""

    bytes_used: int
    messages: int
    last_login: int
    """Seconds since 1970; 0 is never."""
    owner: str | None = None
    """The stack whose mark it carries; None for one that was made by hand."""

    @property
    def phrase(self) -> str:
        login = f"last log-in {day(self.last_login)}" if self.last_login else "never logged in"
        if not self.messages:
            return f"empty, {login}"
        return f"{size(self.bytes_used)}, {count(self.messages, 'message')}, {login}"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that was found out; what was not asked for is in none of these."""

    held: Mapping[str, Held] = field(default_factory=dict[str, Held])
    """Mailboxes by address."""
    read: frozenset[str] = frozenset()
    """Domains whose mailboxes were read: a mailbox of theirs that is not in ``held`` is not there."""
    not_reachable: Mapping[str, str] = field(default_factory=dict[str, str])
    """Domains that could not be read, each with its server's name."""
    domains: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Domains that are on the servers, each with the stack whose mark it carries."""
    never_made: frozenset[str] = frozenset()
    """Addresses that are recorded and whose mailbox was never made, as Vault's notes say."""
    unsure: frozenset[str] = frozenset()
    """Addresses that are recorded, and nobody could say whether their mailbox was ever made."""
    adopt: bool = False
    """Whether what nobody has marked is taken over as it is."""

    def is_missing(self, address: str) -> bool:
        """Tell whether it is sure that there is no such mailbox."""
        return _domain(address) in self.read and address not in self.held

    def phrase(self, address: str) -> str:
        """Say what is in a mailbox; empty when nobody was asked."""
        domain = _domain(address)
        if address in self.held:
            return self.held[address].phrase
        if domain in self.read:
            return "the server has no such mailbox any more"
        if domain in self.not_reachable:
            return f"what is in it is not known: {self.not_reachable[domain]} is not reachable"
        return ""

    def bracket(self, address: str) -> str:
        """Say it in brackets, to follow a sentence."""
        phrase = self.phrase(address)
        return f" ({phrase})" if phrase else ""


NOTHING_KNOWN = Facts()


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
