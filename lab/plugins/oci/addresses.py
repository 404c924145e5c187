"""Which of the world's addresses belong to instances, and which stand for Oracle's public ones."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import TYPE_CHECKING

from lab.plugins.oci.cloud import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from lab.plugins.oci.cloud import Record, Transaction
    from lab.world import World

PRIVATE = range(20, 120)
"""Offsets in the world's subnet of the instances' own addresses."""
PUBLIC = range(120, 220)
"""Offsets of the addresses that stand for public ones."""


def free(subnet: str, offsets: Iterable[int], taken: set[str]) -> str:
    """The first free address of a range of the world's subnet."""
    network = ipaddress.ip_network(subnet)
    for offset in offsets:
        address = str(network[offset])
        if address not in taken:
            return address
    raise ServiceError(400, "LimitExceeded", f"the lab's subnet {subnet} has no free address left")


def next_public(world: World, taken: set[str]) -> str:
    """A free public address; one that was given back goes to somebody else, so it is not given out again soon."""
    given = Path(world.folder) / "cloud" / "public-addresses"
    before = set(given.read_text(encoding="utf-8").split()) if given.exists() else set[str]()
    try:
        address = free(world.subnet, PUBLIC, taken | before)
    except ServiceError:
        address = free(world.subnet, PUBLIC, taken)  # all have had their turn
    given.parent.mkdir(parents=True, exist_ok=True)
    given.write_text("\n".join(sorted(before | {address})), encoding="utf-8")
    return address


def in_use(records: Transaction) -> set[str]:
    """Every address that some record of the cloud holds."""
    instances = records.all("Instance")
    return {
        *(record.facts.get("privateIp", "") for record in instances),
        *(record.facts.get("_ephemeralIp", "") for record in instances),
        *(record.facts["ipAddress"] for record in records.all("PublicIp")),
    }


def with_prefix(subnet: str, address: str) -> str:
    """An address with the subnet's prefix length, as `ip address` takes it."""
    return f"{address}/{ipaddress.ip_network(subnet).prefixlen}"


def public_addresses(records: Transaction, instance: Record) -> list[str]:
    """The public addresses that lead to an instance."""
    ephemeral = instance.facts.get("_ephemeralIp")
    reserved = [
        record.facts["ipAddress"]
        for record in records.all("PublicIp")
        if record.inputs.get("privateIpId") == instance.facts["_privateIpId"]
    ]
    return [*([ephemeral] if ephemeral else []), *reserved]
