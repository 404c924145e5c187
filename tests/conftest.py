"""What every test gets: sockets only where the lab is, the fast ring first, and its place among the workers."""

from pathlib import PurePath
from typing import Final

import pytest

LAB_TIMEOUT_S = 2400
"""The first test of the lab ring waits until the lab is there, which builds the engine where there is none."""

_PARTS: Final = ("stories", "outside", "mailcow", "plugins", "bootstrap")
"""Folders of the lab ring whose tests share a world and what stands in it, the longest first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the lab ring use the network, and run it last: what the fast ring finds costs seconds, not minutes.

    Workers (pytest-xdist) take whole groups: a file of the fast ring, a part of the lab ring. So the longest part
    begins first, and its tests find what those before them have left.
    """
    for item in items:
        if _of_the_lab(item):
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.timeout(LAB_TIMEOUT_S))
        item.add_marker(pytest.mark.xdist_group(_group(item)))
    items.sort(key=lambda item: (_of_the_lab(item), _of_the_lab(item) and _rank(item)))


def _of_the_lab(item: pytest.Item) -> bool:
    return item.get_closest_marker("lab") is not None


def _group(item: pytest.Item) -> str:
    part = _part(item)
    return part if _of_the_lab(item) and part in _PARTS else f"{part}/{item.path.stem}"


def _rank(item: pytest.Item) -> int:
    part = _part(item)
    return _PARTS.index(part) if part in _PARTS else len(_PARTS)


def _part(item: pytest.Item) -> str:
    """Name the folder below `tests`, or below `tests/lab`."""
    parts = PurePath(item.path).relative_to(PurePath(__file__).parent).parts
    return parts[1] if parts[0] == "lab" else parts[0]
