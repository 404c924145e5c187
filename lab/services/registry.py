"""The image registry of a world: Debian's docker-registry, with a storage that shares its blobs with all labs."""

import os
from pathlib import Path
from typing import Final

from lab import caches
from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "registry"


def start(world: World) -> None:
    """Start the registry.

    Raises:
        LabError: it does not start.
    """
    _prepare_storage(world)
    folder = world.folder / NAME
    folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "config.yml"
    configuration.write_text(
        "version: 0.1\n"
        "log: {level: warn}\n"
        "storage:\n"
        f"  filesystem: {{rootdirectory: '{_storage(world)}'}}\n"
        "  maintenance: {uploadpurging: {enabled: false}}\n"
        f"http: {{addr: '{world.registry}'}}\n",
        encoding="utf-8",
    )
    address, _, port = world.registry.partition(":")
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=("docker-registry", "serve", str(configuration)),
            is_ready=lambda: service.answers(address, int(port)),
            files=(configuration,),
        ),
    )


def repositories(world: World) -> Path:
    """Give the folder where the world's registry keeps what its names and tags mean."""
    return _storage(world) / "docker" / "registry" / "v2" / "repositories"


def saved(name: str, key: str) -> Path:
    """Give the folder that keeps such a repository for the next lab that wants the very same image."""
    return caches.folder("registry", "images") / f"{name}-{key}"


def storage(clone_id: str, world: str) -> Path:
    """Give the folder of what only this world's registry says; without it the blobs stay for the next lab."""
    return caches.folder("registry", "worlds") / f"{clone_id}-{world}"


def _storage(world: World) -> Path:
    return storage(world.clone_id, world.name)


def _prepare_storage(world: World) -> None:
    """Lay the storage out: names and tags are this world's own, the blobs, named by their content, are everybody's.

    All of it lies in the caches, because the registry moves an upload into place and can do so on one disk only.
    """
    repositories(world).mkdir(parents=True, exist_ok=True)
    blobs = repositories(world).parent / "blobs"
    if not blobs.is_symlink():
        blobs.symlink_to(os.path.relpath(caches.folder("registry", "blobs"), blobs.parent))
