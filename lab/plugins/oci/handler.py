"""What every kind of thing in the lab's cloud can do, and what most of them do the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from lab.plugins.oci.cloud import Cloud, Record, ServiceError, merged, now, this_process

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Transaction
    from lab.plugins.oci.containers import Containers


class Handler:
    """One kind of thing: a subclass says what its API checks and what the cloud fills in."""

    type = ""
    """The last part of the token, such as `Vcn`."""
    kind = ""
    """The word in its OCIDs."""
    create_operation = ""
    """OCI's name for making one (faults are planted by it); the others follow from the type."""

    def __init__(self, cloud: Cloud, containers: Containers) -> None:
        self.cloud = cloud
        self.containers = containers

    def create(self, inputs: dict[str, Any]) -> Record:
        """Make one. It is in the cloud from its first moment, marked as half-made until the last."""
        self.validate(inputs)
        with self.cloud.operation(self.create_operation or f"Create{self.type}"):
            with self.cloud.transaction() as records:
                record = Record(self.id_of(inputs), self.type, inputs, owner=this_process())
                self.check(records, record)
                record.facts = merged(self.defaults(), self.fill_in(records, record))
                records.save(record)
            try:
                self.build(record)
                self.changed(record)
            except Exception:
                self.demolish(record)
                self.cloud.forget(record.id)
                raise
            record.owner = ""
            self.cloud.save(record)
        return record

    def update(self, record: Record, inputs: dict[str, Any]) -> Record:
        """Give one other arguments."""
        self.validate(inputs)
        with self.cloud.operation(f"Update{self.type}"):
            old = Record(record.id, record.type, record.inputs, record.facts)
            new = Record(record.id, record.type, inputs, dict(record.facts))
            with self.cloud.transaction() as records:
                self.check(records, new)
                self.check_change(old, new)
                records.save(new)
            self.rebuild(old, new)
            self.cloud.save(new)
            self.changed(new)
        return new

    def delete(self, record: Record) -> None:
        """Remove one that nothing else uses."""
        with self.cloud.operation(f"{self.delete_verb}{self.type}"):
            with self.cloud.transaction() as records:
                users = [user for user in records.users_of(record.id) if user.type not in self.harmless_users]
                if users:
                    names = ", ".join(f"{user.type} {user.id}" for user in users)
                    raise ServiceError(409, "Conflict", f"{self.type} {record.id} is in use by {names}")
            self.demolish(record)
            self.cloud.forget(record.id)
            self.changed(record)

    def read(self, record: Record) -> Record | None:
        """What is really there; None when it is gone."""
        return record

    # What subclasses fill in.

    def id_of(self, inputs: Mapping[str, Any]) -> str:  # noqa: ARG002 — for subclasses
        """The id of a new one."""
        return self.cloud.new_id(self.kind)

    delete_verb = "Delete"
    harmless_users: frozenset[str] = frozenset()
    """Types whose use does not stand in the way of a deletion."""

    def validate(self, inputs: Mapping[str, Any]) -> None:
        """Refuse arguments that the API finds wrong without looking at anything else."""

    def check(self, records: Transaction, record: Record) -> None:
        """Refuse what the rest of the cloud forbids: limits, missing or conflicting things."""

    def check_change(self, old: Record, new: Record) -> None:
        """Refuse a change that the API does not do."""

    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:  # noqa: ARG002 — for subclasses
        """The properties the cloud adds."""
        return {}

    def build(self, record: Record) -> None:
        """Make the real thing behind the record; must leave nothing behind when it fails after `demolish`."""

    def rebuild(self, old: Record, new: Record) -> None:
        """Bring the real thing to its changed record."""

    def demolish(self, record: Record) -> None:
        """Remove the real thing; that it is half there or gone is fine."""

    def changed(self, record: Record) -> None:
        """Tell the rest of the cloud."""

    def defaults(self) -> dict[str, Any]:
        """What every kind has."""
        name = f"{self.type.lower()}{now().replace('-', '').replace(':', '').replace(' ', '')[:14]}"
        return {"displayName": name, "timeCreated": now(), "state": "AVAILABLE"}


def part(inputs: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A nested object of some arguments; empty when it was not given."""
    return inputs.get(name) or {}


def listed(inputs: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """A list of nested objects; empty when it was not given."""
    return inputs.get(name) or []


def exceeded(name: str) -> ServiceError:
    """The error of a tenancy that has used up a limit."""
    text = (
        f"The following service limits were exceeded: {name}. "
        "Request a service limit increase from the service limits page in the console."
    )
    return ServiceError(400, "LimitExceeded", text)


def invalid(message: str) -> ServiceError:
    """The error of an argument that the API does not take."""
    return ServiceError(400, "InvalidParameter", message)
