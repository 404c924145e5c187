"""The stack output that says what to enter in DNS."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

import pulumi

from core.desired import DesiredState
from core.dns import Offer, dns_records


def dns_output(
    state: DesiredState,
    *,
    offer: Offer,
    addresses: Mapping[int, pulumi.Input[str]],
    dkim: pulumi.Input[Mapping[str, str]],
) -> pulumi.Output[list[dict[str, Any]]]:
    """List every record with name, type, value, reason, whether mail fails without it, and in whose zone it stands.

    Args:
        state: Domains and hosts.
        offer: What the hosts offer.
        addresses: Public address of each host, by its number.
        dkim: Text of each domain's DKIM record.
    """
    numbers = sorted(addresses)
    return pulumi.Output.all(dkim, *(addresses[number] for number in numbers)).apply(
        lambda values: [
            asdict(record)
            for record in dns_records(
                state, offer=offer, addresses=dict(zip(numbers, values[1:], strict=True)), dkim=values[0]
            )
        ]
    )
