"""The way out: whether a domain's mail goes straight to the receiving servers, or by a relay."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from core import relay_values
from core.people import MailDomain, Relay
from core.settings import Settings

Kind = Literal["direct", "relay"]
DIRECT: Final = "direct"
RELAYED: Final = "relay"


@dataclass(frozen=True, kw_only=True)
class Outbound:
    """How the mail of one domain leaves."""

    relay: Relay | None = None

    @property
    def kind(self) -> Kind:
        """``direct`` or ``relay``."""
        return "relay" if self.relay else "direct"


DIRECTLY: Final = Outbound()
"""No relay."""


def outbound_of(domain: MailDomain, settings: Settings) -> Outbound:
    """Decide by the list, and where it says nothing by the stack's configuration.

    Args:
        domain: The domain, whose own relay counts more than the stack's.
        settings: The stack's configuration.
    """
    if domain.relay is not None:
        return Outbound(relay=domain.relay)
    if (domain.outbound or settings.outbound) == DIRECT:
        return Outbound()
    return Outbound(relay=_of_stack(settings))


def wrong_outbound(domain: MailDomain, settings: Settings) -> Iterator[str]:
    """Say where list and configuration contradict each other about a domain's way out."""
    if domain.outbound == DIRECT and domain.relay is not None:
        yield f"outbound: direct of {domain.name} contradicts its relay; take one of the two out"
    if domain.outbound == RELAYED and domain.relay is None and not settings.relay_host:
        yield (
            f"outbound: relay of {domain.name} needs a relay; write relay: {{host: smtp.example.net}} beside it,"
            " or relay_host in the stack's configuration"
        )


def wrong_together(served: Iterable[MailDomain], settings: Settings) -> Iterator[tuple[int, str]]:
    """Say, with its line, which domain asks for another safety of the line to a relay that others use too.

    mailcow keeps one rule a destination, so that one of the two would silently hold for both.
    """
    first: dict[tuple[str, int], tuple[MailDomain, str]] = {}
    for domain in served:
        relay = outbound_of(domain, settings).relay
        if relay is None:
            continue
        other, tls = first.setdefault((relay.host, relay.port), (domain, relay.tls))
        if tls != relay.tls:
            wanted = f"is {relay.tls} for {domain.name} and {tls} for {other.name}"
            yield domain.line, f"tls of the relay {relay.host} {wanted}; write the same at both"


def wrong_settings(settings: Settings) -> Iterator[str]:
    """Say which settings of the way out do not fit together."""
    if settings.outbound == RELAYED and not settings.relay_host:
        yield "outbound relay needs a relay; write relay_host: smtp.example.net"
    if bool(settings.relay_user) != bool(settings.relay_password_in):
        yield "relay_user and relay_password_in go together; write both, or neither"
    if not settings.relay_host and (settings.relay_user or settings.relay_spf):
        yield "relay_user and relay_spf say nothing without a relay; write relay_host, or take them out"


def _of_stack(settings: Settings) -> Relay | None:
    if not settings.relay_host:
        return None
    return Relay(
        host=settings.relay_host,
        port=settings.relay_port,
        user=settings.relay_user,
        password_in=settings.relay_password_in,
        spf=settings.relay_spf,
        tls=relay_values.tls_level(settings.relay_tls),
    )
