"""Which gates a stack has: one for each domain with active people, unless DNS is nobody's condition."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

import pulumi

from core.desired import DesiredDomain, DesiredState
from core.dns import DnsRecord, Offer, dns_records
from core.dns_check_scope import required_of
from core.settings import Settings
from users.dns_gate import DnsGate

_OFF = "off"


@dataclass(frozen=True, kw_only=True)
class Gates:
    """How gates come to know what has to be in DNS."""

    mode: str
    """``off``, ``warn`` or ``fail``."""
    offer: Offer
    addresses: Mapping[int, pulumi.Output[str]]
    """Public address of each host, by its number."""

    @staticmethod
    def of(settings: Settings, addresses: Mapping[int, pulumi.Output[str]]) -> "Gates":
        """Take it from a stack's config and machines."""
        return Gates(mode=settings.require_dns, offer=Offer.of(settings), addresses=addresses)


def dns_gates(
    state: DesiredState,
    gates: Gates | None,
    *,
    keys: Mapping[str, pulumi.Output[str]],
    living: Collection[str],
    parent: pulumi.Resource,
    after: Sequence[pulumi.Resource],
) -> dict[str, DnsGate]:
    """Register them; none where no gates are wanted.

    Args:
        state: Hosts and domains.
        gates: How they are to be.
        keys: Text of each domain's DKIM record; empty for a domain without a key.
        living: Domains with active people: those that are being left wait for nothing.
        parent: Whose children they are.
        after: What enters the records, where this program does.
    """
    if gates is None or gates.mode == _OFF:
        return {}
    # On the default provider: while a host's own is not known yet, its resources are not even compared.
    opts = pulumi.ResourceOptions(parent=parent, depends_on=list(after))
    return {
        domain.name: DnsGate(
            domain.name,
            stack=state.stack,
            mode=gates.mode,
            records=_required(state, gates, domain, keys[domain.name]),
            opts=opts,
        )
        for domain in state.domains
        if domain.name in living
    }


def _required(
    state: DesiredState, gates: Gates, domain: DesiredDomain, key: pulumi.Output[str]
) -> pulumi.Output[list[DnsRecord]]:
    """Work out what one domain's mail does not work without, from its own host and key alone."""
    hosts = tuple(host for host in state.hosts if host.number == domain.server)
    alone = replace(state, hosts=hosts, domains=(domain,))

    def records(known: tuple[str, str]) -> list[DnsRecord]:
        address, text = known
        dkim = {domain.name: text} if text else {}
        expected = dns_records(alone, offer=gates.offer, addresses={domain.server: address}, dkim=dkim)
        return required_of(expected, domain.name)

    return pulumi.Output.all(gates.addresses[domain.server], key).apply(lambda known: records((known[0], known[1])))
