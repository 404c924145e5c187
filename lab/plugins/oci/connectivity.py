"""Bring each instance's network to what the cloud's records say: security lists and public addresses."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.plugins.oci import addresses, firewall

if TYPE_CHECKING:
    from lab.plugins.oci.cloud import Cloud, Record, Transaction
    from lab.plugins.oci.containers import Containers


def refresh(cloud: Cloud, containers: Containers) -> None:
    """Rewrite what changed, and let running instances take it on."""
    for instance in cloud.all("Instance"):
        if write(cloud, containers, instance):
            containers.apply_network(instance.id)


def write(cloud: Cloud, containers: Containers, instance: Record) -> bool:
    """Write the network files of one instance; says whether that is news."""
    with cloud.transaction() as records:
        neighbourhood = _neighbourhood(records, instance)
        public = addresses.public_addresses(records, instance)
        rules = firewall.ruleset(_lists_of(records, instance), neighbourhood)
        rules += firewall.source_translation(public, neighbourhood)
    subnet = cloud.world.subnet
    return containers.write_network(instance.id, rules, [addresses.with_prefix(subnet, address) for address in public])


def _lists_of(records: Transaction, instance: Record) -> list[dict[str, Any]]:
    subnet = records.require(instance.inputs["createVnicDetails"]["subnetId"], "Subnet")
    ids = subnet.inputs.get("securityListIds") or subnet.facts["securityListIds"]
    found = [records.find(id_) for id_ in ids]
    # The VCN's default list has no record of its own.
    return [record.inputs if record else firewall.DEFAULT_LIST for record in found]


def _neighbourhood(records: Transaction, instance: Record) -> firewall.Neighbourhood:
    subnet = records.require(instance.inputs["createVnicDetails"]["subnetId"], "Subnet")
    vcn = records.require(subnet.inputs["vcnId"], "Vcn")
    return firewall.Neighbourhood(
        vcn_blocks=tuple(vcn.inputs.get("cidrBlocks") or vcn.facts["cidrBlocks"]),
        instance_addresses=tuple(record.facts["privateIp"] for record in records.all("Instance")),
    )
