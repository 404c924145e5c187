"""Bringing a world up: whatever is missing is made, whatever is there is kept, whatever died is started again."""

import importlib
import importlib.util
import secrets
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import cast

from rich.console import Console

from lab import (
    advice,
    caches,
    daemon,
    debris,
    engine,
    images,
    kernel,
    network,
    packages,
    processes,
    register,
    rights,
    topology,
)
from lab import world as worlds
from lab.docker_client import Docker, DockerError
from lab.engine import build as engine_build
from lab.errors import LabError
from lab.images import recipes
from lab.register import Record
from lab.services import apt_proxy, dns, git_daemon, registry, ssh_agent, vault
from lab.steps import Steps
from lab.world import World

_REACHED_WITHIN_S = 10


def up(name: str, *, clone: Path = topology.CLONE, console: Console | None = None) -> World:
    """Bring a world up, or mend it, and give it.

    Args:
        name: what the world is called: demo, test.
        clone: whose world it is.
        console: where progress is shown; the terminal if it is not given.

    Raises:
        PrerequisiteError: this machine lacks something that the lab may not install.
        LabError: a step failed; the text says which, why and where its log is.
    """
    console = console or Console(stderr=True)
    folder = topology.world_folder(clone, name)
    rights.check_root()
    if (folder / worlds.FILE).exists():
        World.load(folder)  # one that is of no use is told before anything is started
    steps = Steps(folder / "log", console)
    with steps.shown(), only_one(clone, lambda: steps.print("another lab command is at work in this clone; waiting")):
        raised: list[World] = []
        steps.together(lambda: _engine(steps), lambda: raised.append(_world(steps, clone, name)))
        return _finish(steps, raised[0])


def only_one(clone: Path, waiting: Callable[[], None]) -> AbstractContextManager[None]:
    """Keep other commands of the same clone waiting while the block runs."""
    if not clone.is_dir():
        raise LabError(f"{clone} is no folder; a lab lives in a clone of the repository")
    return caches.alone(clone, waiting)


def _engine(steps: Steps) -> None:
    with steps.step("engine", "engine") as step:
        engine.ensure(step)


def _world(steps: Steps, clone: Path, name: str) -> World:
    with steps.step("packages", "programs of this machine") as step:
        packages.ensure(step)
    with steps.step("docker", "Docker") as step:
        with register.locked():
            debris.clear_others(topology.clone_id(clone), step.note)
        docker = daemon.ensure(clone, step.say)
        if not daemon.is_own(clone, docker.host):
            _clear_removed_clones(docker, step.note)
    with steps.step("network", "network"), register.locked():
        world = _plan(docker, clone, name)
        network.ensure(docker, world)
    steps.together(
        lambda: _serve(steps, "package mirror", apt_proxy.start, world),
        lambda: _serve(steps, "image registry", registry.start, world),
        lambda: _serve(steps, "git server", git_daemon.start, world),
        lambda: _serve(steps, "resolver", dns.start, world),
        lambda: _serve(steps, "SSH agent", ssh_agent.start, world),
        lambda: _serve(steps, "Vault", vault.start, world),
    )
    with steps.step("images", "images") as step:
        world = images.ensure(world, step)
    with steps.step("reach", "hosts reach this machine") as step:
        _check_reach(docker, world)
        if kernel.forwarding_is_filtered():
            step.note(
                "note: this machine's firewall drops what goes from one lab host to another (FORWARD policy DROP); "
                "one mail host is not affected"
            )
    return world


def _serve(steps: Steps, title: str, start: Callable[[World], None], world: World) -> None:
    with steps.step(f"start-{title.replace(' ', '-').lower()}", title):
        start(world)


def _plan(docker: Docker, clone: Path, name: str) -> World:
    """Decide the world's addresses, or keep those that it has, and claim them."""
    named, folder = topology.names(clone, name), topology.world_folder(clone, name)
    taken = network.networks_taken(docker, clone_id=named.clone_id, world=name, bridge=named.bridge)
    if (folder / worlds.FILE).exists():
        world = replace(World.load(folder), engine=str(engine_build.expected()))
        _check_still_possible(world, docker, [str(one) for one in taken])
    else:
        everywhere = kernel.ports_taken_everywhere()
        world = worlds.plan(
            clone,
            name,
            docker_host=docker.host,
            subnet=str(topology.choose_subnet(named, taken)),
            ports=worlds.Ports(
                apt_proxy=topology.choose_port(topology.APT_PROXY_PORT, everywhere),
                registry=topology.choose_port(topology.REGISTRY_PORT, everywhere),
                git=topology.choose_port(topology.GIT_PORT, everywhere),
                vault=topology.choose_port(topology.VAULT_PORT, everywhere),
            ),
            engine=str(engine_build.expected()),
        )
    instance = recipes.instance(clone)
    world = world.with_image(instance.tag if instance else "")
    world.save()
    _claim(world)
    for part in ("state", "pulumi_home"):
        (world.folder / part).mkdir(exist_ok=True)
    _make_passphrase(world.folder / "passphrase")
    return world


def _check_still_possible(world: World, docker: Docker, taken: list[str]) -> None:
    end_it = f"end it with: {advice.END}"
    if world.docker_host != docker.host:
        raise LabError(
            f"the world {world.name} was made in the Docker daemon at {world.docker_host}, "
            f"but now it would be {docker.host}; set DOCKER_HOST as it was, or {end_it}"
        )
    if world.subnet in taken:
        raise LabError(f"the network {world.subnet} of the world {world.name} is somebody else's by now; {end_it}")


def _claim(world: World) -> None:
    record = register.read(world.clone_id, world.name)
    if record is None or record.boot_id != processes.boot_id():
        record = Record(
            clone=world.clone,
            clone_id=world.clone_id,
            name=world.name,
            boot_id=processes.boot_id(),
            bridge=world.bridge,
            subnet=world.subnet,
        )
        register.write(record)


def _make_passphrase(file: Path) -> None:
    if not file.exists():
        file.touch(mode=0o600)
        file.write_text(secrets.token_urlsafe(24), encoding="utf-8")


def _check_reach(docker: Docker, world: World) -> None:
    """Make sure that a host reaches this machine: without that nothing could be installed on it."""
    host, _, port = world.apt_proxy.removeprefix("http://").partition(":")
    probe = f"exec 3<>/dev/tcp/{host}/{port}"
    labels = [word for key, value in world.labels.items() for word in ("--label", f"{key}={value}")]
    try:
        docker.call(
            "run", "--rm", *labels, "--network", world.network, recipes.BASE,
            "timeout", str(_REACHED_WITHIN_S), "bash", "-c", probe,
        )  # fmt: skip
    except DockerError as error:
        raise LabError(
            f"a host of the lab does not reach this machine at {host}:{port} ({error}); if a firewall is at work here, "
            f"let the lab in: iptables -I INPUT -i {world.bridge} -j ACCEPT"
        ) from None


def _clear_removed_clones(docker: Docker, say: Callable[[str], None]) -> None:
    """Remove what labs left in a shared daemon whose clone is no more: nobody else could."""
    for kind in ("container", "network"):
        for identity in docker.labelled(kind, [topology.LABEL_CLONE]):
            found = docker.inspect(kind, identity) or {}
            labels = cast("dict[str, str]", found.get("Labels") or found.get("Config", {}).get("Labels") or {})
            clone = labels.get(topology.LABEL_CLONE, "")
            if clone and not Path(clone).exists():
                say(f"removing {kind} {identity} of a clone that is no more: {clone}")
                force = ("--force", "--volumes") if kind == "container" else ()
                docker.call(kind, "rm", *force, identity)


def _finish(steps: Steps, world: World) -> World:
    """Do what other parts of the lab have to add, once everything is up."""
    if publish := _optional("lab.mailcow.repository", "publish"):
        with steps.step("repository", "mail server's repository"):
            publish(git_daemon.folder(world))
    if install := _optional("lab.plugins", "install"):
        with steps.step("plugins", "engine's plugins"):
            install(world)
    if resume := _optional("lab.plugins", "resume"):
        with steps.step("resume", "hosts that were running"):
            resume(world)
    return world


def _optional(module: str, function: str) -> Callable[..., object] | None:
    try:
        found = importlib.util.find_spec(module)
    except ModuleNotFoundError:  # its package is not there either
        return None
    return (
        cast("Callable[..., object] | None", getattr(importlib.import_module(module), function, None))
        if found
        else None
    )
