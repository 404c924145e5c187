"""The package mirror of a world: apt-cacher-ng with settings and a cache of its own, apart from the machine's."""

import os
import time
from pathlib import Path
from typing import Final

from lab import advice, caches
from lab.errors import LabError
from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "apt-proxy"
_SLOTS: Final = 16
_SETTLED_AFTER_S: Final = 60


def start(world: World) -> None:
    """Start the mirror.

    Raises:
        LabError: it does not start.
    """
    if service.running(world, NAME):
        return
    port = int(world.apt_proxy.rpartition(":")[2])
    slot, lock = _free_slot()
    if slot.name != "0":
        _share_packages(slot.parent / "0", slot)
    folder = world.folder / NAME
    folder.mkdir(parents=True, exist_ok=True)
    world.run_folder.mkdir(parents=True, exist_ok=True)
    configuration = folder / "lab.conf"
    configuration.write_text(
        f"CacheDir: {slot}\n"
        f"LogDir: {folder}\n"
        "SupportDir: /usr/lib/apt-cacher-ng\n"
        f"BindAddress: {world.gateway}\n"
        f"Port: {port}\n"
        f"PidFile: {folder / 'pid'}\n"
        f"SocketPath: {world.mirror_socket}\n"
        "ForeGround: 1\n"
        "ReportPage:\n"
        f"{_upstream()}",
        encoding="utf-8",
    )
    try:
        service.ensure(
            world,
            Service(
                name=NAME,
                argv=("apt-cacher-ng", "-c", str(folder)),
                is_ready=lambda: service.answers(world.gateway, port),
                files=(configuration,),
                keep_open=(lock,),
            ),
        )
    finally:
        os.close(lock)  # the mirror holds it from now on


def _upstream() -> str:
    """Go through the proxy that the machine itself goes through, if any."""
    proxy = os.environ.get("http_proxy", "")
    return f"Proxy: {proxy}\n" if proxy else ""


def _free_slot() -> tuple[Path, int]:
    """Take a cache that no other mirror writes to: apt-cacher-ng knows nothing of a second one in its folder.

    The lock goes over to the mirror and is free again when that ends, however it ends.
    """
    root = caches.folder("apt")
    for number in range(_SLOTS):
        lock = caches.try_lock(root / f"{number}.lock")
        if lock is not None:
            slot = root / str(number)
            slot.mkdir(exist_ok=True)
            return slot, lock
    raise LabError(f"{_SLOTS} labs have their package mirrors up; end one with: {advice.END}")


def _share_packages(source: Path, target: Path) -> None:
    """Hard-link the packages that the first cache has whole, so that a second lab fetches nothing twice."""
    now = time.time()
    for package in source.rglob("*.deb"):
        head, copy = package.with_name(f"{package.name}.head"), target / package.relative_to(source)
        if copy.exists() or not head.exists() or now - package.stat().st_mtime < _SETTLED_AFTER_S:
            continue
        if f"content-length: {package.stat().st_size}\n" not in head.read_text(errors="replace").lower().replace(
            "\r", ""
        ):
            continue
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.hardlink_to(package)
        copy.with_name(head.name).write_bytes(head.read_bytes())
