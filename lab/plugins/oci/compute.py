"""Instances: containers with systemd, an address of their own and OCI's rules about when they are made anew."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins import faults
from lab.plugins.oci import addresses, connectivity, images
from lab.plugins.oci.cloud import Record, ServiceError
from lab.plugins.oci.containers import Launch
from lab.plugins.oci.handler import Handler, exceeded, invalid, part
from lab.plugins.oci.network import check_compartment
from lab.plugins.oci.storage import DEFAULT_BOOT_SIZE_GB, boot_size, check_storage, release, volume_file

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Transaction

_HOSTNAME_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.IGNORECASE)
_MAX_METADATA_BYTES = 32_000
_MIN_BOOT_SIZE_GB = 47

# Shape → the limits it counts against: cores, and memory where memory has one of its own.
_SHAPES = {
    "VM.Standard.A1.Flex": ("standard-a1-core-count", "standard-a1-memory-count"),
    "VM.Standard.E2.1.Micro": ("standard-e2-micro-core-count", None),
    "VM.Standard.E4.Flex": ("standard-e4-core-count", None),
    "VM.Standard.E5.Flex": ("standard-e5-core-count", None),
}
_DEFAULT_MEMORY_PER_OCPU_GB = 6


class Instance(Handler):
    """A virtual machine."""

    type = "Instance"
    kind = "instance"
    create_operation = "LaunchInstance"
    delete_verb = "Terminate"
    harmless_users = frozenset({"VolumeAttachment", "PublicIp"})

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        shape = inputs.get("shape")
        if shape not in _SHAPES:
            raise ServiceError(404, "NotAuthorizedOrNotFound", f"shape {shape} not found")
        if shape.endswith(".Flex") and not part(inputs, "shapeConfig").get("ocpus"):
            raise invalid(f"shape {shape} needs shapeConfig.ocpus")
        if not part(inputs, "createVnicDetails").get("subnetId"):
            raise invalid("createVnicDetails.subnetId is needed")
        if inputs["createVnicDetails"].get("assignPublicIp", "true") not in {"true", "false"}:
            raise invalid("createVnicDetails.assignPublicIp is neither true nor false")
        label = inputs["createVnicDetails"].get("hostnameLabel")
        if label is not None and not _HOSTNAME_LABEL.fullmatch(label):
            raise invalid(f"hostnameLabel {label!r} is no host name of RFC 1123 with 1 to 63 characters")
        source = part(inputs, "sourceDetails")
        if source.get("sourceType") != "image" or not source.get("sourceId"):
            raise invalid(
                "sourceDetails needs sourceType image (the lab has no boot volumes to start from) and sourceId"
            )
        if int(source.get("bootVolumeSizeInGbs", DEFAULT_BOOT_SIZE_GB)) < _MIN_BOOT_SIZE_GB:
            raise invalid(f"bootVolumeSizeInGbs must be at least {_MIN_BOOT_SIZE_GB}")
        _check_metadata(inputs)

    def check(self, records: Transaction, record: Record) -> None:
        inputs = record.inputs
        vnic = inputs["createVnicDetails"]
        if inputs["availabilityDomain"] not in self.cloud.availability_domains():
            raise invalid(f"availabilityDomain {inputs['availabilityDomain']} not found")
        subnet = records.require(vnic["subnetId"], "Subnet")
        if vnic.get("hostnameLabel") and not subnet.facts.get("subnetDomainName"):
            raise invalid("hostnameLabel needs a dnsLabel on the VCN and on the subnet")
        others = [other for other in records.all("Instance") if other.id != record.id]
        for other in others:
            theirs = other.inputs["createVnicDetails"]
            if vnic.get("hostnameLabel") and theirs.get("hostnameLabel") == vnic["hostnameLabel"]:
                raise invalid(f"hostnameLabel {vnic['hostnameLabel']} is taken by instance {other.id}")
        images.require(self.cloud, inputs["sourceDetails"]["sourceId"], inputs["shape"])
        self._check_limits(inputs, [other.inputs for other in others])
        check_storage(self.cloud, records, record, boot_size(record))

    def check_change(self, old: Record, new: Record) -> None:
        if boot_size(new) < boot_size(old):
            raise invalid("a boot volume can only grow")
        before, after = (one.inputs["createVnicDetails"].get("assignPublicIp") for one in (old, new))
        if before != after:
            raise invalid("a later change of assignPublicIp is real, but the lab does not provide it")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        subnet = records.require(record.inputs["createVnicDetails"]["subnetId"], "Subnet")
        taken = addresses.in_use(records) | self.containers.addresses_in_use()
        private = addresses.free(self.cloud.world.subnet, addresses.PRIVATE, taken)
        ephemeral = None
        if _wants_public(record.inputs, subnet):
            ephemeral = addresses.free(self.cloud.world.subnet, addresses.PUBLIC, taken)
        return {
            "state": "RUNNING",
            "privateIp": private,
            "publicIp": ephemeral or "",
            "region": self.cloud.region,
            "bootVolumeId": self.cloud.new_id("bootvolume"),
            "faultDomain": "FAULT-DOMAIN-1",
            "launchMode": "PARAVIRTUALIZED",
            "_ephemeralIp": ephemeral,
            "_vnicId": self.cloud.new_id("vnic"),
            "_vnicAttachmentId": self.cloud.new_id("vnicattachment"),
            "_privateIpId": self.cloud.new_id("privateip"),
        }

    @override
    def build(self, record: Record) -> None:
        connectivity.write(self.cloud, self.containers, record)
        self.containers.start(_launch(record))
        if record.inputs.get("state") == "STOPPED":
            self.containers.stop(record.id)
            record.facts["state"] = "STOPPED"

    @override
    def rebuild(self, old: Record, new: Record) -> None:
        if old.inputs["sourceDetails"]["sourceId"] != new.inputs["sourceDetails"]["sourceId"]:
            # Reported as an update, and yet the whole boot volume is another one.
            self.containers.remove(new.id, keep_folder=True)
            new.facts["bootVolumeId"] = self.cloud.new_id("bootvolume")
            self.build(new)
            return
        wants_reboot = any(
            old.inputs.get(name) != new.inputs.get(name) for name in ("shape", "shapeConfig", "faultDomain")
        )
        wanted = new.inputs.get("state")
        if wanted == "STOPPED" or (wants_reboot and self.containers.state(new.id) == "running"):
            self.containers.stop(new.id)
            new.facts["state"] = "STOPPED"
        if wanted == "RUNNING" or (wants_reboot and wanted != "STOPPED"):
            self.containers.boot(new.id)
            new.facts["state"] = "RUNNING"

    def demolish(self, record: Record) -> None:
        self._detach_everything(record)
        self.containers.remove(record.id)

    @override
    def changed(self, record: Record) -> None:
        # The other instances' rules about the VCN's own blocks name this one's address.
        connectivity.refresh(self.cloud, self.containers)

    def read(self, record: Record) -> Record | None:
        """What is there: an instance whose container is gone was terminated, one that is stopped says so."""
        state = self.containers.state(record.id)
        if state is None:
            self.demolish(record)
            self.cloud.forget(record.id)
            self.changed(record)
            return None
        record.facts["state"] = "RUNNING" if state == "running" else "STOPPED"
        if "state" in record.inputs:
            record.inputs["state"] = record.facts["state"]
        return record

    def _check_limits(self, inputs: Mapping[str, Any], others: list[dict[str, Any]]) -> None:
        cores_limit, memory_limit = _SHAPES[inputs["shape"]]
        same = [inputs, *(other for other in others if other["shape"] == inputs["shape"])]
        if sum(map(_ocpus, same)) > faults.limit(self.cloud.world, cores_limit):
            raise exceeded(cores_limit)
        if memory_limit and sum(map(_memory_gb, same)) > faults.limit(self.cloud.world, memory_limit):
            raise exceeded(memory_limit)

    def _detach_everything(self, record: Record) -> None:
        with self.cloud.transaction() as records:
            attachments = [one for one in records.all("VolumeAttachment") if one.inputs["instanceId"] == record.id]
            for attachment in attachments:
                records.forget(attachment.id)
            for public in records.all("PublicIp"):
                if public.inputs.get("privateIpId") == record.facts["_privateIpId"]:
                    del public.inputs["privateIpId"]
                    records.save(public)
        self.containers.remove(record.id, keep_folder=True)
        for attachment in attachments:
            release(volume_file(self.cloud, attachment.inputs["volumeId"]))


def _wants_public(inputs: Mapping[str, Any], subnet: Record) -> bool:
    default = "false" if subnet.inputs.get("prohibitPublicIpOnVnic") else "true"
    return inputs["createVnicDetails"].get("assignPublicIp", default) == "true"


def _ocpus(inputs: Mapping[str, Any]) -> float:
    return part(inputs, "shapeConfig").get("ocpus", 1)


def _memory_gb(inputs: Mapping[str, Any]) -> float:
    default = _ocpus(inputs) * _DEFAULT_MEMORY_PER_OCPU_GB
    return part(inputs, "shapeConfig").get("memoryInGbs", default)


def _check_metadata(inputs: Mapping[str, Any]) -> None:
    metadata = {**part(inputs, "metadata"), **part(inputs, "extendedMetadata")}
    if sum(len(key) + len(value) for key, value in metadata.items()) > _MAX_METADATA_BYTES:
        raise invalid(f"metadata and extendedMetadata together take {_MAX_METADATA_BYTES} bytes at most")
    try:
        base64.b64decode(metadata.get("user_data", ""), validate=True)
    except binascii.Error:
        raise invalid("metadata.user_data is not base64") from None


def _launch(record: Record) -> Launch:
    metadata = part(record.inputs, "metadata")
    label = record.inputs["createVnicDetails"].get("hostnameLabel")
    display = record.inputs.get("displayName") or record.facts["displayName"]
    return Launch(
        ocid=record.id,
        hostname=label or re.sub(r"[^a-z0-9-]+", "-", display.lower()).strip("-")[:63] or "instance",
        address=record.facts["privateIp"],
        ssh_authorized_keys=metadata.get("ssh_authorized_keys", ""),
        user_data=metadata.get("user_data", ""),
    )
