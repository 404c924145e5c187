"""Block volumes as sparse files, and their attachment to instances through loop devices."""

from __future__ import annotations

import errno
import os
import re
import stat
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins import faults
from lab.plugins.oci.cloud import ServiceError
from lab.plugins.oci.handler import Handler, exceeded, invalid, part
from lab.plugins.oci.network import check_compartment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Cloud, Record, Transaction

_SIZE_RANGE_GB = range(50, 32768 + 1)
_DEFAULT_SIZE_GB = "1024"
DEFAULT_BOOT_SIZE_GB = "47"
_BYTES_PER_GB = 1024**3
_TYPES = frozenset({"iscsi", "paravirtualized", "nvme", "service_determined"})
_LETTERS = [*"bcdefghijklmnopqrstuvwxyz", *(f"a{letter}" for letter in "abcdef")]
_DEVICE = re.compile(rf"/dev/oracleoci/oraclevd({'|'.join(_LETTERS)})")
_RELEASE_WAIT_S = 10.0


class Volume(Handler):
    """A disk that outlives instances."""

    type = "Volume"
    kind = "volume"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        size = inputs.get("sizeInGbs", _DEFAULT_SIZE_GB)
        if not size.isdigit() or int(size) not in _SIZE_RANGE_GB:
            raise invalid(f"sizeInGbs {size} must be between {_SIZE_RANGE_GB[0]} and {_SIZE_RANGE_GB[-1]}")
        vpus = inputs.get("vpusPerGb", "10")
        if not vpus.isdigit() or int(vpus) % 10 or int(vpus) > 120:
            raise invalid(f"vpusPerGb {vpus} must be a multiple of 10 from 0 to 120")

    def check(self, records: Transaction, record: Record) -> None:
        if record.inputs["availabilityDomain"] not in self.cloud.availability_domains():
            raise invalid(f"availabilityDomain {record.inputs['availabilityDomain']} not found")
        check_storage(self.cloud, records, record, int(_size(record)))

    def check_change(self, old: Record, new: Record) -> None:
        if int(_size(new)) < int(_size(old)):
            raise invalid(f"sizeInGbs {_size(new)} is smaller than the volume's {_size(old)}; a volume can only grow")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        return {"sizeInGbs": _DEFAULT_SIZE_GB, "vpusPerGb": "10", "isHydrated": True, "isAutoTuneEnabled": False}

    def build(self, record: Record) -> None:
        self._resize(record)

    @override
    def rebuild(self, old: Record, new: Record) -> None:
        self._resize(new)
        for device in loop_devices(volume_file(self.cloud, new.id)):
            run("losetup", "--set-capacity", device)

    def demolish(self, record: Record) -> None:
        volume_file(self.cloud, record.id).unlink(missing_ok=True)

    def read(self, record: Record) -> Record | None:
        return record if volume_file(self.cloud, record.id).exists() else None

    def _resize(self, record: Record) -> None:
        file = volume_file(self.cloud, record.id)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("ab") as handle:
            handle.truncate(int(_size(record)) * _BYTES_PER_GB)


class VolumeAttachment(Handler):
    """A volume as a block device in an instance."""

    type = "VolumeAttachment"
    kind = "volumeattachment"
    create_operation = "AttachVolume"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        if inputs["attachmentType"] not in _TYPES:
            raise invalid(f"attachmentType {inputs['attachmentType']} is none of {', '.join(sorted(_TYPES))}")
        device = inputs.get("device")
        if device is not None and not _DEVICE.fullmatch(device):
            raise invalid(f"device {device} is not /dev/oracleoci/oraclevdb to oraclevdaf")

    def check(self, records: Transaction, record: Record) -> None:
        instance = records.require(record.inputs["instanceId"], "Instance")
        volume = records.require(record.inputs["volumeId"], "Volume")
        if instance.inputs["availabilityDomain"] != volume.inputs["availabilityDomain"]:
            raise invalid("the volume and the instance are in different availability domains")
        others = [other for other in records.all("VolumeAttachment") if other.id != record.id]
        for other in others:
            if other.inputs["volumeId"] == volume.id and not record.inputs.get("isShareable"):
                raise ServiceError(409, "Conflict", f"Volume {volume.id} is already attached to an instance")
            same_host = other.inputs["instanceId"] == instance.id
            if same_host and record.inputs.get("device") in {other.inputs.get("device"), other.facts["device"]}:
                raise ServiceError(409, "Conflict", f"device {record.inputs['device']} is in use")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        instance = records.require(record.inputs["instanceId"], "Instance")
        taken = {
            other.inputs.get("device") or other.facts["device"]
            for other in records.all("VolumeAttachment")
            if other.inputs["instanceId"] == instance.id
        }
        free = next(path for path in (f"/dev/oracleoci/oraclevd{letter}" for letter in _LETTERS) if path not in taken)
        return {
            "state": "ATTACHED",
            "availabilityDomain": instance.inputs["availabilityDomain"],
            "compartmentId": instance.inputs["compartmentId"],
            "device": record.inputs.get("device", free),
            "isReadOnly": False,
            "isShareable": False,
        }

    def build(self, record: Record) -> None:
        attach(self.cloud, self._node(record), record.inputs["volumeId"])

    def demolish(self, record: Record) -> None:
        self._node(record).unlink(missing_ok=True)
        release(volume_file(self.cloud, record.inputs["volumeId"]))

    def delete(self, record: Record) -> None:
        """Detach. A volume that is still mounted is refused, where Oracle would pull it away under the host."""
        with self.cloud.operation("DetachVolume"):
            # A container that is being removed lets go of its mounts a moment later; a running one does not.
            is_running = self.containers.state(record.inputs["instanceId"]) == "running"
            _refuse_mounted(self.cloud, record.inputs["volumeId"], 0 if is_running else _RELEASE_WAIT_S)
        super().delete(record)

    def read(self, record: Record) -> Record | None:
        instance = self.cloud.find(record.inputs["instanceId"])
        if instance is not None and self.containers.state(instance.id) is not None:
            return record
        # The instance is gone, and every attachment with it.
        self.demolish(record)
        self.cloud.forget(record.id)
        return None

    def _node(self, record: Record) -> Path:
        device = record.inputs.get("device") or record.facts["device"]
        return self.containers.devices(record.inputs["instanceId"]) / Path(device).name


def check_storage(cloud: Cloud, records: Transaction, record: Record, size_gb: int) -> None:
    """Refuse what would take the tenancy over its free storage, boot volumes included."""
    used = sum(int(_size(other)) for other in records.all("Volume") if other.id != record.id)
    used += sum(boot_size(other) for other in records.all("Instance") if other.id != record.id)
    if used + size_gb > faults.limit(cloud.world, "total-free-storage-gb"):
        raise exceeded("total-free-storage-gb")


def boot_size(instance: Record) -> int:
    """The size of an instance's boot volume in GB."""
    return int(part(instance.inputs, "sourceDetails").get("bootVolumeSizeInGbs", DEFAULT_BOOT_SIZE_GB))


def volume_file(cloud: Cloud, id_: str) -> Path:
    """The file that holds a volume's bytes."""
    return cloud.folder / "volumes" / f"{id_.rsplit('.', 1)[1][:12]}.img"


def attach(cloud: Cloud, node: Path, volume_id: str) -> None:
    """Make a volume appear as a device node in an instance's folder."""
    device = Path(run("losetup", "--find", "--show", str(volume_file(cloud, volume_id))).strip())
    node.parent.mkdir(parents=True, exist_ok=True)
    node.unlink(missing_ok=True)
    os.mknod(node, stat.S_IFBLK | 0o660, device.stat().st_rdev)


def loop_devices(file: Path) -> list[str]:
    """The loop devices over a volume's file."""
    return [line.split(":", 1)[0] for line in run("losetup", "--associated", str(file)).splitlines()]


def release(file: Path) -> None:
    """Take a volume's loop devices away; that there are none is fine."""
    for device in loop_devices(file):
        run("losetup", "--detach", device)


def run(*command: str) -> str:
    """Run a command of the machine and give its output."""
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode != 0:
        raise ServiceError(500, "InternalError", f"{command[0]} failed: {result.stderr.strip()}")
    return result.stdout


def _refuse_mounted(cloud: Cloud, volume_id: str, patience_s: float) -> None:
    end = time.monotonic() + patience_s
    while any(_is_mounted(device) for device in loop_devices(volume_file(cloud, volume_id))):
        if time.monotonic() > end:
            raise ServiceError(
                409, "IncorrectState", f"Volume {volume_id} is mounted in the instance; unmount it first"
            )
        time.sleep(0.25)


def _is_mounted(device: str) -> bool:
    # A file system claims its device in whatever mount namespace it is mounted; a claim shuts out an exclusive open.
    try:
        handle = os.open(device, os.O_RDONLY | os.O_EXCL)
    except OSError as error:
        if error.errno == errno.EBUSY:
            return True
        raise
    os.close(handle)
    return False


def _size(record: Record) -> str:
    return record.inputs.get("sizeInGbs", _DEFAULT_SIZE_GB)
