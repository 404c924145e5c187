"""The base of all images: Debian, made by debootstrap from the package mirror, because no image registry is needed."""

import os
import shutil
import subprocess
from pathlib import Path

from lab import caches, kernel
from lab.docker_client import Docker
from lab.errors import LabError
from lab.images import archive, recipes
from lab.steps import Step
from lab.world import World


def ensure(step: Step, docker: Docker, world: World) -> None:
    """Have the base image in the daemon, under its usual name.

    Raises:
        LabError: it cannot be made.
    """
    keyed = recipes.base_keyed()
    if not docker.has_image(keyed):
        with caches.alone(caches.root() / "images" / "base.lock", lambda: step.say("another lab makes it; waiting")):
            if not archive.load(step, docker, "base", recipes.base_key()):
                _make(step, docker, world, keyed)
                archive.save(step, docker, "base", recipes.base_key(), [keyed])
    docker.call("image", "tag", keyed, recipes.BASE)


def _make(step: Step, docker: Docker, world: World, keyed: str) -> None:
    folder = caches.folder("images") / "base.debootstrap"
    _remove_tree(folder)  # of a run that was killed; the lock says that nobody else is at it
    environment = {
        **os.environ,
        "http_proxy": world.apt_proxy,
        "PATH": f"{os.environ.get('PATH', os.defpath)}:/usr/sbin:/sbin",
    }
    step.say("debootstrap")
    step.run(
        "debootstrap", "--variant=minbase", recipes.SUITE, folder,
        environment=environment,
        on_line=lambda line: step.say(line.removeprefix("I: ")),
    )  # fmt: skip
    # A lab's host that loses power is made anew: dpkg need not wait for the disk after every file.
    (folder / "etc/dpkg/dpkg.cfg.d/lab").write_text("force-unsafe-io\n", encoding="utf-8")
    for stale in [*folder.glob("var/cache/apt/archives/*.deb"), *folder.glob("var/lib/apt/lists/*_*")]:
        stale.unlink()
    step.say("importing")
    _import(docker, folder, keyed)
    _remove_tree(folder)


def _import(docker: Docker, folder: Path, name: str) -> None:
    tar = ["tar", "--numeric-owner", "--exclude=./proc/*", "--exclude=./sys/*", "-C", str(folder), "-c", "."]
    with subprocess.Popen(tar, stdout=subprocess.PIPE) as packing:
        imported = subprocess.run(
            ["docker", "import", "-", name],
            stdin=packing.stdout,
            env=docker.environment(),
            capture_output=True,
            text=True,
            check=False,
        )
    if packing.returncode != 0 or imported.returncode != 0:
        raise LabError(f"the base image cannot be imported: {imported.stderr.strip() or 'tar failed'}")


def _remove_tree(folder: Path) -> None:
    """Remove a root file system; debootstrap mounts /proc in it, and a killed one leaves that."""
    if not folder.exists():
        return
    kernel.unmount_below(folder)
    if kernel.mounts_below(folder):
        raise LabError(f"{folder} holds mounts that cannot be undone; unmount them, then try again")
    shutil.rmtree(folder)
