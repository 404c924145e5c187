"""After a crash or a restart of the machine: nothing half-made stays, and volumes are where they were."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from lab.plugins.oci import storage
from lab.plugins.oci.cloud import is_alive

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Cloud
    from lab.plugins.oci.handler import Handler


def sweep(cloud: Cloud, handlers: Mapping[str, Handler]) -> None:
    """Remove what a plugin was making when it was killed, and give attached volumes their devices back."""
    with cloud.transaction() as records:
        everything = records.all()
    for record in everything:
        if record.owner and not is_alive(record.owner):
            handlers[record.type].demolish(record)
            cloud.forget(record.id)
        elif record.type == "VolumeAttachment" and not record.owner:
            file = storage.volume_file(cloud, record.inputs["volumeId"])
            if file.exists() and not storage.loop_devices(file):
                device = Path(record.inputs.get("device") or record.facts["device"]).name
                folder = handlers["Instance"].containers.devices(record.inputs["instanceId"])
                storage.attach(cloud, folder / device, record.inputs["volumeId"])


def release_all(cloud_folder: Path) -> None:
    """Take away the loop devices of a world that is being removed (its containers must be gone)."""
    for file in sorted((cloud_folder / "volumes").glob("*.img")):
        storage.release(file)
