"""After a crash or a restart of the machine: nothing half-made stays, and volumes are where they were."""

from __future__ import annotations

import fcntl
from pathlib import Path
from typing import TYPE_CHECKING

from lab.plugins.oci import storage
from lab.plugins.oci.cloud import Cloud, is_alive
from lab.plugins.oci.containers import Containers

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Record
    from lab.plugins.oci.handler import Handler
    from lab.world import World


def sweep(cloud: Cloud, handlers: Mapping[str, Handler]) -> None:
    """Remove what a plugin was making when it was killed, and give attached volumes their devices back."""
    with (cloud.folder / "sweep.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # every plugin that starts does this, several at a time
        _sweep(cloud, handlers)


def resume(world: World) -> None:
    """Bring a world back that was away: devices for attached volumes first, then the instances that ran."""
    cloud, containers = Cloud(world, region=""), Containers(world)
    for attachment in cloud.all("VolumeAttachment"):
        _reattach(cloud, containers, attachment)
    for instance in cloud.all("Instance"):
        if instance.facts["state"] == "RUNNING" and containers.state(instance.id) not in {"running", None}:
            containers.boot(instance.id)


def release_all(cloud_folder: Path) -> None:
    """Take away the loop devices of a world that is being removed (its containers must be gone)."""
    for file in sorted((cloud_folder / "volumes").glob("*.img")):
        storage.release(file)


def _sweep(cloud: Cloud, handlers: Mapping[str, Handler]) -> None:
    with cloud.transaction() as records:
        everything = records.all()
    for record in everything:
        if record.owner and not is_alive(record.owner):
            handlers[record.type].demolish(record)
            cloud.forget(record.id)
        elif record.type == "VolumeAttachment" and not record.owner:
            _reattach(cloud, handlers["Instance"].containers, record)


def _reattach(cloud: Cloud, containers: Containers, attachment: Record) -> None:
    file = storage.volume_file(cloud, attachment.inputs["volumeId"])
    if file.exists() and not storage.loop_devices(file):
        device = Path(attachment.inputs.get("device") or attachment.facts["device"]).name
        folder = containers.devices(attachment.inputs["instanceId"])
        storage.attach(cloud, folder / device, attachment.inputs["volumeId"])
