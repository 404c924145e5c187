"""Taking worlds down: what the lab made is removed, whatever state it is in; what outlives it is said elsewhere."""

import shutil
from collections.abc import Callable, Sequence
from pathlib import Path

from lab import advice, caches, daemon, debris, kernel, processes, register, rights, topology
from lab.bringup import only_one
from lab.docker_client import Docker, DockerError
from lab.errors import LabError
from lab.services import registry
from lab.world import FILE, World


def down(name: str | None, *, clone: Path = topology.CLONE, say: Callable[[str], None] = print) -> None:
    """Take a world down, or all of the clone; one that is not up is fine.

    Args:
        name: which; all if it is None.
        clone: whose.
        say: is told what is done.

    Raises:
        LabError: something of it cannot be removed.
        PrerequisiteError: we are not root.
    """
    if not known_worlds(clone) and not (clone.resolve() / ".lab").exists():
        return
    rights.check_root()
    with only_one(clone, lambda: say("another lab command is at work in this clone; waiting")):
        with register.locked():
            debris.clear_others(topology.clone_id(clone), say)  # ours too, of before the clone was moved
        for world in [topology.check_world_name(name)] if name else known_worlds(clone):
            say(f"ending world {world}")
            _down_world(clone, world, say)
        if not known_worlds(clone):
            _down_clone(clone, say)


def in_words(worlds: Sequence[str], *, had_anything: bool) -> str:
    """Say in one sentence what taking down did.

    Args:
        worlds: those that were ended.
        had_anything: whether the clone had a folder of labs before.
    """
    stays = f"downloads, builds and Debian packages stay ({advice.FREE_CACHES} frees the first two)"
    if worlds:
        return f"ended {' and '.join(worlds)}: containers, networks, services and files are removed; {stays}"
    if had_anything:
        return f"no lab was up; removed what an earlier one had left in .lab; {stays}"
    return "nothing to end: this clone has no lab"


def known_worlds(clone: Path) -> tuple[str, ...]:
    """List the worlds of a clone of which anything is left: a folder, or a record."""
    lab = clone.resolve() / ".lab"
    folders = {place.name for place in lab.glob("*") if (place / FILE).exists() or (place / "log").is_dir()}
    identity = topology.clone_id(clone)
    recorded = {record.name for record in register.read_all() if record.clone_id == identity}
    return tuple(sorted((folders | recorded) - {register.DAEMON}))


def _down_world(clone: Path, name: str, say: Callable[[str], None]) -> None:
    named, folder = topology.names(clone, name), topology.world_folder(clone, name)
    processes.kill(processes.engines_of(folder))
    host = _docker_host(clone, folder)
    docker = Docker(host)
    labels = [f"{topology.LABEL_CLONE}={clone.resolve()}", f"{topology.LABEL_WORLD}={name}"]
    if daemon.is_own(clone, host) and set(known_worlds(clone)) - {name}:
        daemon.ensure(clone, say)  # a killed one would bring this world's containers back with the others'
    if docker.answers():
        docker.remove_labelled(labels)
    elif daemon.is_own(clone, host):
        debris.end_daemon(clone, named.clone_id)
    else:
        say(f"the Docker daemon at {host} does not answer: containers of the world {name} may be left in it")
    record = register.read(named.clone_id, name)
    if record and record.boot_id == processes.boot_id():
        for entry in record.processes.values():
            processes.end(entry.process)
    processes.kill(processes.marked(lambda mark: mark.startswith(f"{named.clone_id}:{name}:")))
    _remove_folder(folder)
    kernel.remove_bridge(named.bridge)  # is gone with its network, unless the daemon was dead
    for service in ("agent", "mirror"):
        (topology.RUN_ROOT / named.clone_id / f"{name}-{service}.sock").unlink(missing_ok=True)
    caches.remove(registry.storage(named.clone_id, name))
    if record:
        register.remove(record)


def _remove_folder(folder: Path) -> None:
    kernel.unmount_below(folder)
    kernel.detach_loops_of(folder)
    if mounted := kernel.mounts_below(folder):
        raise LabError(f"{mounted[0]} cannot be unmounted; see what uses it: fuser -vm {mounted[0]}")
    if folder.exists():
        shutil.rmtree(folder)


def _down_clone(clone: Path, say: Callable[[str], None]) -> None:
    identity = topology.clone_id(clone)
    if register.read(identity, register.DAEMON):
        say("ending the private Docker daemon")
    else:
        _remove_images_of_shared_daemon(clone)
    daemon.stop(clone)
    _remove_folder(clone.resolve() / ".lab")
    run_folder = topology.RUN_ROOT / identity
    if run_folder.exists():
        shutil.rmtree(run_folder)


def _remove_images_of_shared_daemon(clone: Path) -> None:
    """Remove the lab's images from a daemon that is not ours, unless other labs are up that may use them."""
    witness = debris.real_witness()
    if any(debris.living(record, witness) for record in register.read_all()):
        return
    docker = Docker(_docker_host(clone, None))
    if daemon.is_own(clone, docker.host) or not docker.answers():
        return
    names = docker.call("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", "mailstead-lab/*").split()
    for name in names:
        try:
            docker.call("image", "rm", name)
        except DockerError:  # a container of somebody's uses it
            continue


def _docker_host(clone: Path, folder: Path | None) -> str:
    """Find out which daemon a world was made in; a world.json that cannot be read says nothing."""
    if folder:
        try:
            return World.load(folder).docker_host
        except LabError:
            pass
    if register.read(topology.clone_id(clone), register.DAEMON):
        return daemon.own_host(clone)
    return daemon.shared_host()
