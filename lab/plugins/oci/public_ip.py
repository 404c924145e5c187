"""Public addresses: reserved ones that move between instances, and stay when there is none."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins import faults
from lab.plugins.oci import addresses, connectivity
from lab.plugins.oci.cloud import Record, ServiceError
from lab.plugins.oci.handler import Handler, exceeded, invalid
from lab.plugins.oci.network import check_compartment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Transaction


class PublicIp(Handler):
    """A public address: another address of the world's subnet, on the instance it is assigned to."""

    type = "PublicIp"
    kind = "publicip"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        if inputs["lifetime"] not in {"RESERVED", "EPHEMERAL"}:
            raise invalid(f"lifetime {inputs['lifetime']} is neither RESERVED nor EPHEMERAL")
        if inputs["lifetime"] == "EPHEMERAL" and not inputs.get("privateIpId"):
            raise invalid("an ephemeral public IP needs a privateIpId")

    def check(self, records: Transaction, record: Record) -> None:
        reserved = [one for one in records.all("PublicIp") if one.id != record.id and _is_reserved(one)]
        if _is_reserved(record) and len(reserved) + 1 > faults.limit(self.cloud.world, "reserved-public-ip-count"):
            raise exceeded("reserved-public-ip-count")
        private = record.inputs.get("privateIpId")
        if not private:
            return
        instance = find_by_private_ip(records, private)
        if instance is None:
            raise ServiceError(404, "NotAuthorizedOrNotFound", f"privateIp {private} not found")
        taken = [
            one for one in records.all("PublicIp") if one.id != record.id and one.inputs.get("privateIpId") == private
        ]
        if taken or instance.facts.get("_ephemeralIp"):
            raise ServiceError(409, "Conflict", f"private IP {private} already has a public IP assigned to it")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        taken = addresses.in_use(records) | self.containers.addresses_in_use()
        return {
            "ipAddress": addresses.next_public(self.cloud.world, taken),
            "scope": "REGION" if _is_reserved(record) else "AVAILABILITY_DOMAIN",
            **_assignment(record),
        }

    @override
    def rebuild(self, old: Record, new: Record) -> None:
        new.facts.update(_assignment(new))

    @override
    def changed(self, record: Record) -> None:
        connectivity.refresh(self.cloud, self.containers)

    def read(self, record: Record) -> Record | None:
        record.facts.update(_assignment(record))
        return record


def find_by_private_ip(records: Transaction, id_: str) -> Record | None:
    """The instance whose private address has this id."""
    return next((one for one in records.all("Instance") if one.facts["_privateIpId"] == id_), None)


def _assignment(record: Record) -> dict[str, Any]:
    private = record.inputs.get("privateIpId") or ""
    return {
        "state": "ASSIGNED" if private else "AVAILABLE",
        "assignedEntityId": private,
        "assignedEntityType": "PRIVATE_IP" if private else "",
    }


def _is_reserved(record: Record) -> bool:
    return record.inputs["lifetime"] == "RESERVED"
