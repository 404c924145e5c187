"""Images kept as tar files, so that a lab's daemon can be thrown away and the next has them in seconds."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from lab import caches, register
from lab.docker_client import Docker, DockerError
from lab.steps import Step
from lab.world import FILE


def load(step: Step, docker: Docker, name: str, key: str) -> bool:
    """Load an image from the caches.

    Returns:
        False if it is not there, or what is there is broken (then it is removed).
    """
    file = _file(name, key)
    if not file.exists():
        return False
    step.say(f"{name}: loading")
    try:
        docker.call("image", "load", "--input", str(file), timeout_s=600)
    except DockerError as error:
        step.note(f"{file} cannot be loaded ({error}); making the image anew")
        file.unlink()
        return False
    return True


def save(step: Step, docker: Docker, name: str, key: str, images: Sequence[str]) -> None:
    """Keep images in the caches under one name, whole or not at all; others of that name go unless a lab uses them."""
    file = _file(name, key)
    step.say(f"{name}: keeping")
    new = file.with_suffix(".new")
    docker.call("image", "save", "--output", str(new), *images, timeout_s=600)
    new.replace(file)
    wanted = {file, *(_file(name, used) for used in _keys_in_use())}
    for old in set(file.parent.glob(f"{name}-*.tar")) - wanted:
        old.unlink(missing_ok=True)


def _keys_in_use() -> frozenset[str]:
    """List the keys of the instance images of all worlds on this machine: two clones may be at work in turns."""
    return frozenset(_key_of(record.clone / ".lab" / record.name) for record in register.read_all())


def _key_of(world: Path) -> str:
    try:
        said = cast("dict[str, Any]", json.loads((world / FILE).read_text(encoding="utf-8")))
        return str(said["instance_image"]).rpartition(":")[2]
    except (OSError, ValueError, KeyError, TypeError):  # the record of a daemon, or a world that is gone
        return ""


def _file(name: str, key: str) -> Path:
    return caches.folder("images") / f"{name}-{key}.tar"
