"""What images there are, what each is built from, and the key that changes with any of it."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, cast

import yaml

from lab.errors import LabError

BASE: Final = "mailstead-lab/debian:trixie"
SUITE: Final = "trixie"
_BASE_RECIPE: Final = "2"  # raise it when the base shall be made otherwise
_OWN: Final = "mailstead-lab/"
_BESIDE_MAILCOW: Final = {"prometheusexporter": "mailcow/prometheus-exporter:2.1.0"}
"""Images that hosts pull and the compose file does not name, by their plain names."""
_FROM: Final = re.compile(r"^\s*FROM\s+(\S+)", re.IGNORECASE | re.MULTILINE)
_IGNORED: Final = frozenset({"__pycache__", ".pytest_cache", ".ruff_cache"})


@dataclass(frozen=True)
class Recipe:
    """One image to build.

    Attributes:
        name: Its folder's name.
        folder: The build's context, which holds the Dockerfile.
        tag: What it is called when it is used.
        parents: Names of other recipes that its Dockerfile begins with.
        key: 12 hexadecimal digits, of its files, its parents and the base.
    """

    name: str
    folder: Path
    tag: str
    parents: tuple[str, ...]
    key: str

    @property
    def keyed(self) -> str:
        """Give the name under which exactly this content is known to a daemon."""
        return f"{_OWN}{self.name}:{self.key}"


def base_key() -> str:
    """Give the key of the base image."""
    return hashlib.sha256(f"{SUITE} {_BASE_RECIPE}".encode()).hexdigest()[:12]


def base_keyed() -> str:
    """Give the name under which exactly this base is known to a daemon."""
    return f"{_OWN}debian:{base_key()}"


def instance(clone: Path) -> Recipe | None:
    """Describe the image of a cloud instance; None while there is none."""
    folder = clone / "lab" / "instance"
    if not (folder / "Dockerfile").exists():
        return None
    key = content_key(folder, [base_key()])
    return Recipe("instance", folder, f"{_OWN}instance:{key}", (), key)


def mail_server(clone: Path) -> tuple[Recipe, ...]:
    """Describe the images of the mail server, parents first.

    Raises:
        LabError: the Dockerfiles begin with each other in a circle.
    """
    folder = clone / "lab" / "mailcow"
    folders = {file.parent.name: file.parent for file in sorted((folder / "images").glob("*/Dockerfile"))}
    tags = {**published_tags(folder / "repository" / "docker-compose.yml"), **_BESIDE_MAILCOW}
    return in_order(folders, tags)


def outside(clone: Path) -> Recipe:
    """Describe the image of a mail server of somebody else."""
    return in_order({"outside": clone / "lab" / "outside" / "image"}, {})[0]


def in_order(folders: Mapping[str, Path], tags: Mapping[str, str]) -> tuple[Recipe, ...]:
    """Describe images, those that others begin with before these.

    Args:
        folders: the context of each.
        tags: what those are called that a compose file names; the others are only parents.

    Raises:
        LabError: they begin with each other in a circle.
    """
    done: dict[str, Recipe] = {}
    waiting = dict(folders)
    while waiting:
        ready = [name for name in waiting if all(parent in done for parent in _parents(folders, name))]
        if not ready:
            raise LabError(f"the Dockerfiles of {', '.join(sorted(waiting))} begin with each other; break the circle")
        for name in ready:
            parents = _parents(folders, name)
            key = content_key(waiting.pop(name), [base_key(), *(done[parent].key for parent in parents)])
            tag = tags.get(plain(name), f"{_OWN}{name}:latest")
            done[name] = Recipe(name, folders[name], tag, parents, key)
    return tuple(done.values())


def content_key(folder: Path, parents: Iterable[str]) -> str:
    """Digest every file of a folder with its name and whether it can be run, and the parents' keys."""
    digest = hashlib.sha256("\n".join(parents).encode())
    for file in sorted(folder.rglob("*")):
        parts = file.relative_to(folder).parts
        if file.is_dir() or _IGNORED.intersection(parts):
            continue
        digest.update(f"\0{'/'.join(parts)}\0{file.stat().st_mode & 0o111:o}\0".encode())
        digest.update(str(file.readlink()).encode() if file.is_symlink() else file.read_bytes())
    return digest.hexdigest()[:12]


def published_tags(compose_file: Path) -> dict[str, str]:
    """Read what the compose file calls the images, by their plain names; nothing while there is no such file."""
    if not compose_file.exists():
        return {}
    services = cast("dict[str, Any]", yaml.safe_load(compose_file.read_text(encoding="utf-8")))["services"]
    images = [str(service["image"]) for service in cast("dict[str, dict[str, Any]]", services).values()]
    return {plain(image.rpartition("/")[2].partition(":")[0]): image for image in images}


def plain(name: str) -> str:
    """Write a name so that php-fpm and phpfpm are the same."""
    return name.replace("-", "").replace("_", "").lower()


def _parents(folders: Mapping[str, Path], name: str) -> tuple[str, ...]:
    text = (folders[name] / "Dockerfile").read_text(encoding="utf-8")
    return tuple(dict.fromkeys(_own_parents(_FROM.findall(text), folders)))


def _own_parents(images: Sequence[str], folders: Mapping[str, Path]) -> list[str]:
    names = [image.removeprefix(_OWN).partition(":")[0] for image in images if image.startswith(_OWN)]
    return [name for name in names if name in folders]
