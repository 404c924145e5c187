"""Which parts of the caches can be removed, and removing them."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lab import advice, caches, debris, kernel, register
from lab.errors import LabError


@dataclass(frozen=True)
class Part:
    """A part of the caches."""

    path: Path
    meaning: str
    size_mib: int


_MEANINGS = {
    "go": "what building the engine fetched and compiled; not needed once it is built",
    "apt": "Debian packages",
    "images": "the images that labs run",
    "registry": "the images that a lab's hosts pull",
}


def removable(*, only_go: bool) -> tuple[Part, ...]:
    """List what can be removed.

    Args:
        only_go: list only what building the engine fetched and compiled.

    Raises:
        LabError: a lab is up that uses the caches.
    """
    witness = debris.real_witness()
    using = sorted({str(record.clone) for record in register.read_all() if debris.living(record, witness)})
    if using and not only_go:
        raise LabError(f"labs of {', '.join(using)} use the caches; end them first with: {advice.END}")
    found = (place for place in sorted(caches.root().iterdir()) if not only_go or place.name == "go")
    return tuple(
        Part(place, _MEANINGS.get(place.name, "the engine" if place.name.startswith("engine-") else ""), _mib(place))
        for place in found
    )


def remove(parts: Sequence[Part]) -> None:
    """Remove parts of the caches."""
    for part in parts:
        kernel.unmount_below(part.path)  # a debootstrap that was killed
        caches.remove(part.path)


def _mib(place: Path) -> int:
    size = caches.size_bytes(place) if place.is_dir() else place.stat().st_size
    return size // 2**20
