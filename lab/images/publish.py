"""Putting images into a world's registry, from the daemon that built them or from what an earlier lab put there."""

import shutil
import socket
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from lab import caches
from lab.docker_client import Docker
from lab.images.recipes import Recipe
from lab.services import registry
from lab.steps import Step
from lab.world import World


def is_published(world: World, recipe: Recipe) -> bool:
    """Say whether the world's registry has exactly this image under its name."""
    mark = _mark(world, recipe)
    return mark.exists() and mark.read_text(encoding="utf-8") == recipe.key


def restore(world: World, recipe: Recipe) -> bool:
    """Publish an image that an earlier lab published.

    Returns:
        False if none did.
    """
    kept = registry.saved(recipe.name, recipe.key)
    if not kept.exists():
        return False
    place = _place(world, recipe)
    caches.remove(place)
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.copytree(kept, place)
    _mark(world, recipe).write_text(recipe.key, encoding="utf-8")
    return True


def push(step: Step, docker: Docker, world: World, recipe: Recipe) -> None:
    """Publish an image that the daemon has, and keep what the registry says of it for the next lab."""
    caches.remove(_place(world, recipe))
    with through_loopback(world) as address:
        local = f"{address}/{recipe.tag}"
        docker.call("image", "tag", recipe.keyed, local)
        step.run("docker", "push", local, environment=docker.environment())
        docker.call("image", "rm", local)
    kept = registry.saved(recipe.name, recipe.key)
    new = kept.with_name(f"{kept.name}.new-{world.clone_id}-{world.name}")
    caches.remove(new)
    shutil.copytree(_place(world, recipe), new)
    caches.remove(kept)
    new.rename(kept)
    _mark(world, recipe).write_text(recipe.key, encoding="utf-8")


@contextmanager
def through_loopback(world: World) -> Generator[str]:
    """Make the world's registry answer on loopback too: only there a daemon pushes without TLS unless told otherwise.

    Gives host:port.
    """
    target = world.registry.partition(":")
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepting = threading.Thread(target=_accept, args=(listener, (target[0], int(target[2]))), daemon=True)
        accepting.start()
        try:
            yield f"127.0.0.1:{listener.getsockname()[1]}"
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            accepting.join()


def _accept(listener: socket.socket, target: tuple[str, int]) -> None:
    while True:
        try:
            near, _ = listener.accept()
        except OSError:  # shut down: the push is over
            return
        threading.Thread(target=_carry, args=(near, target), daemon=True).start()


def _carry(near: socket.socket, target: tuple[str, int]) -> None:
    """Carry one connection both ways until both sides are done."""
    with near, socket.create_connection(target) as far:
        back = threading.Thread(target=_copy, args=(far, near), daemon=True)
        back.start()
        _copy(near, far)
        back.join()


def _copy(source: socket.socket, sink: socket.socket) -> None:
    try:
        while chunk := source.recv(65536):
            sink.sendall(chunk)
        sink.shutdown(socket.SHUT_WR)
    except OSError:  # the other direction was cut off
        return


def _place(world: World, recipe: Recipe) -> Path:
    return registry.repositories(world) / recipe.tag.rpartition(":")[0]


def _mark(world: World, recipe: Recipe) -> Path:
    return registry.repositories(world).parent / f"{recipe.name}.key"
