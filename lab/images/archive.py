"""Images kept as tar files, so that a lab's daemon can be thrown away and the next has them in seconds."""

from collections.abc import Sequence
from pathlib import Path

from lab import caches
from lab.docker_client import Docker, DockerError
from lab.steps import Step


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
    file.touch()  # used: not among those that go
    return True


def save(step: Step, docker: Docker, name: str, key: str, images: Sequence[str]) -> None:
    """Keep images in the caches under one name, whole or not at all, in place of older ones of that name."""
    file = _file(name, key)
    step.say(f"{name}: keeping")
    new = file.with_suffix(".new")
    docker.call("image", "save", "--output", str(new), *images, timeout_s=600)
    new.replace(file)
    for old in sorted(file.parent.glob(f"{name}-*.tar"), key=lambda one: one.stat().st_mtime)[:-2]:
        old.unlink()  # the newest two stay: two clones may be at work in turns


def _file(name: str, key: str) -> Path:
    return caches.folder("images") / f"{name}-{key}.tar"
