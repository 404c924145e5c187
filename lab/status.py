"""What is up in this clone, as data and as a few lines for people."""

from dataclasses import dataclass
from pathlib import Path

from lab import advice, caches, daemon, debris, register, topology
from lab.docker_client import Docker
from lab.errors import LabError
from lab.takedown import known_worlds
from lab.world import World, as_json


@dataclass(frozen=True)
class WorldStatus:
    """One world: its addresses, which of its services run, how many of its containers."""

    name: str
    fields: dict[str, str]
    services: dict[str, bool]
    containers: int
    problem: str


@dataclass(frozen=True)
class Status:
    """Everything of one clone, and whose labs are up beside it."""

    clone: str
    docker_host: str
    docker_is_private: bool
    docker_answers: bool
    worlds: tuple[WorldStatus, ...]
    other_clones: tuple[str, ...]
    cache_folder: str
    cache_mib: int


def status(clone: Path = topology.CLONE) -> Status:
    """Look at everything; changes nothing."""
    witness = debris.real_witness()
    records = register.read_all()
    identity = topology.clone_id(clone)
    host = daemon.own_host(clone) if register.read(identity, register.DAEMON) else daemon.shared_host()
    others = {str(one.clone) for one in records if one.clone_id != identity and debris.living(one, witness)}
    return Status(
        clone=str(clone),
        docker_host=host,
        docker_is_private=daemon.is_own(clone, host),
        docker_answers=Docker(host).answers() is not None,
        worlds=tuple(_world_status(clone, name) for name in known_worlds(clone)),
        other_clones=tuple(sorted(others)),
        cache_folder=str(caches.root()),
        cache_mib=caches.size_bytes(caches.root()) // 2**20,
    )


def in_words(found: Status) -> str:
    """Say it to a person."""
    kind = "private" if found.docker_is_private else "the machine's"
    state = "answers" if found.docker_answers else "does not answer"
    lines = [f"Docker   {found.docker_host} ({kind}) {state}"]
    if not found.worlds:
        lines.append(f"worlds   none; bring one up with: {advice.bring_up('demo')}")
    for world in found.worlds:
        lines.append(f"world    {world.name}: {world.problem or _services_in_words(world)}")
        lines += [f"         {key:14} {value}" for key, value in world.fields.items() if value]
    lines += [f"beside   a lab of {clone} is up" for clone in found.other_clones]
    lines.append(f"caches   {found.cache_folder}, {found.cache_mib} MiB; free them with: {advice.FREE_CACHES}")
    return "\n".join(lines)


def _services_in_words(world: WorldStatus) -> str:
    down = [name for name, runs in world.services.items() if not runs]
    services = f"{', '.join(down)} not running; mend it with: {advice.bring_up(world.name)}" if down else "up"
    return f"{services}, {world.containers} containers"


def _world_status(clone: Path, name: str) -> WorldStatus:
    record = register.read(topology.clone_id(clone), name)
    alive = debris.living(record, debris.real_witness()) if record else ()
    services = {key: entry.process in alive for key, entry in record.processes.items()} if record else {}
    try:
        world = World.load(topology.world_folder(clone, name))
    except LabError as error:
        return WorldStatus(name, {}, services, 0, str(error))
    docker = Docker(world.docker_host)
    labels = [f"{key}={value}" for key, value in world.labels.items()]
    containers = len(docker.labelled("container", labels)) if docker.answers() else 0
    return WorldStatus(name, as_json(world), services, containers, "")
