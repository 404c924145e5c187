"""What every test gets: sockets only where the lab is, the fast ring first, and its place among the workers."""

import re
from functools import cache
from pathlib import Path
from typing import Final

import pytest
from xdist.scheduler import LoadScopeScheduling

LAB_TIMEOUT_S = 2400
"""The first test of the lab ring waits until the lab is there, which builds the engine where there is none."""

_HERE: Final = Path(__file__).parent

_LONG_PARTS: Final = ("stories", "outside", "backup", "monitoring", "mailcow", "plugins", "bootstrap")
"""Folders of the lab ring in the order in which they are given out: the longest first."""

_MARKED: Final = re.compile(r"^(pytestmark\b|\s*@).*\bpytest\.mark\.lab\b", re.MULTILINE)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the lab ring use the network, and run it last: what the fast ring finds costs seconds, not minutes."""
    for item in items:
        if item.get_closest_marker("lab") is not None:
            item.add_marker(pytest.mark.enable_socket)
            item.add_marker(pytest.mark.timeout(LAB_TIMEOUT_S))
    items.sort(key=lambda item: _rank(item.path))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadScopeScheduling:
    """Give the workers whole groups, each to one worker and in its order.

    xdist's own groups (`--dist loadgroup`) do nothing under pytest 9.2, and say nothing: its issue 1386.
    """
    return _ByGroup(config, log)  # pyright: ignore[reportArgumentType] — its Producer is not public


class _ByGroup(LoadScopeScheduling):
    """A group is a folder of the lab ring, whose tests share a world and build on each other, or a file of the rest."""

    def _split_scope(self, nodeid: str) -> str:
        path = _HERE.parent / nodeid.partition("::")[0]
        part = _part(path)
        return part if part and _of_the_lab(path) else str(path)


def _rank(path: Path) -> int:
    """Say when a file's turn is: 0 in the fast ring, then the parts of the lab ring, then what else needs the lab."""
    if not _of_the_lab(path):
        return 0
    part = _part(path)
    return 1 + (_LONG_PARTS.index(part) if part in _LONG_PARTS else len(_LONG_PARTS))


def _part(path: Path) -> str | None:
    """Name the folder below `tests/lab`; None elsewhere."""
    top, *below = path.relative_to(_HERE).parts
    return below[0] if top == "lab" else None


@cache
def _of_the_lab(path: Path) -> bool:
    """Say whether a file has tests of the lab ring: who gives the tests to the workers knows their names only."""
    return _MARKED.search(path.read_text(encoding="utf-8")) is not None
