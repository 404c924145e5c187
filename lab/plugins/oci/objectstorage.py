"""Buckets and what deletes old objects from them; the objects themselves are nowhere: hosts of the lab speak S3."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins.oci.cloud import ServiceError, now
from lab.plugins.oci.handler import Handler, invalid, listed
from lab.plugins.oci.identity import lets_service
from lab.plugins.oci.network import check_compartment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Cloud, Record, Transaction

NAMESPACE = "axlab"
_ACCESS = frozenset({"NoPublicAccess", "ObjectRead", "ObjectReadWithoutList"})
_ABORT = "ABORT"
_PARTS = "multipart-uploads"
_ACTIONS = frozenset({"DELETE", "ARCHIVE", "INFREQUENT_ACCESS", _ABORT})
_TARGETS = frozenset({"objects", "previous-object-versions", _PARTS})


class Bucket(Handler):
    """A bucket; its name is one of its kind in the tenancy's namespace."""

    type = "Bucket"
    kind = "bucket"

    @override
    def id_of(self, inputs: Mapping[str, Any]) -> str:
        return f"n/{inputs['namespace']}/b/{inputs['name']}"

    @override
    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        if inputs["namespace"] != NAMESPACE:
            raise ServiceError(404, "NamespaceNotFound", f"namespace {inputs['namespace']} does not exist")
        if not inputs.get("name"):
            raise invalid("name must not be empty")
        if inputs.get("accessType", "NoPublicAccess") not in _ACCESS:
            raise invalid(f"publicAccessType {inputs['accessType']} is not one of {', '.join(sorted(_ACCESS))}")
        if inputs.get("versioning") == "Enabled" and listed(inputs, "retentionRules"):
            text = "Retention rules cannot be added to a bucket that has versioning Enabled"
            raise ServiceError(409, "RetentionRuleViolation", text)

    @override
    def check(self, records: Transaction, record: Record) -> None:
        there = records.find(record.id)
        if there is not None and record.owner and there.owner != record.owner:
            raise ServiceError(409, "BucketAlreadyExists", f"the bucket '{record.inputs['name']}' already exists")

    @override
    def check_change(self, old: Record, new: Record) -> None:
        was, wanted = (one.inputs.get("versioning", "Disabled") for one in (old, new))
        if was != "Disabled" and wanted == "Disabled":
            raise invalid("versioning was enabled once and can only be Suspended")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        return {"bucketId": self.cloud.new_id("bucket"), "isReadOnly": False, "objectEventsEnabled": False}

    @override
    def defaults(self) -> dict[str, Any]:
        return {
            "accessType": "NoPublicAccess",
            "storageTier": "Standard",
            "versioning": "Disabled",
            "timeCreated": now(),
        }


class ObjectLifecyclePolicy(Handler):
    """The rules of one bucket; there is one set of them, and it is put whole."""

    type = "ObjectLifecyclePolicy"
    kind = "lifecycle"
    create_operation = "PutObjectLifecyclePolicy"

    @override
    def id_of(self, inputs: Mapping[str, Any]) -> str:
        return f"n/{inputs['namespace']}/b/{inputs['bucket']}/l"

    @override
    def validate(self, inputs: Mapping[str, Any]) -> None:
        for rule in listed(inputs, "rules"):
            target = rule.get("target", "objects")
            if rule["action"] not in _ACTIONS or target not in _TARGETS:
                raise invalid(f"rule {rule['name']} has action {rule['action']} and target {target}")
            if (rule["action"] == _ABORT) != (target == _PARTS):
                raise invalid(f"rule {rule['name']}: {_ABORT} is for {_PARTS}, and nothing else is")
            if not rule["timeAmount"].isdigit() or rule["timeUnit"] not in {"DAYS", "YEARS"}:
                raise invalid(f"rule {rule['name']} has the time {rule['timeAmount']} {rule['timeUnit']}")

    @override
    def check(self, records: Transaction, record: Record) -> None:
        bucket = records.find(f"n/{record.inputs['namespace']}/b/{record.inputs['bucket']}")
        if bucket is None or bucket.type != "Bucket":
            raise ServiceError(404, "BucketNotFound", f"the bucket '{record.inputs['bucket']}' does not exist")
        service = f"objectstorage-{self.cloud.region}"
        if not lets_service(records, service, bucket.inputs["compartmentId"]):
            text = f"Permissions granted to the object storage service principal '{service}' are insufficient"
            raise ServiceError(400, "InsufficientServicePermissions", text)

    @override
    def defaults(self) -> dict[str, Any]:
        return {"timeCreated": now()}


def get_namespace(_cloud: Cloud, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """The tenancy's name in object storage."""
    return {**arguments, "id": "namespace", "namespace": NAMESPACE}
