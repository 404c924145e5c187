"""The lab's world for the tests: brought up once, by the same code that `make demo` uses."""

import contextlib
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from lab import bringup, stack, takedown, topology
from lab.world import World

WORLD = "-".join(filter(None, (os.environ.get("MAILSTEAD_TEST_WORLD", "test"), os.environ.get("PYTEST_XDIST_WORKER"))))
"""Another name lets two runs of the lab ring go on side by side; each worker of a run has a world of its own."""

KEEP = bool(os.environ.get("MAILSTEAD_TEST_KEEP"))
"""Keep the world from run to run, for whoever works on one story."""


@pytest.fixture(scope="session")
def project() -> Path:
    """The folder that holds Pulumi.yaml."""
    return topology.CLONE


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Generator[World]:
    """The world of the tests; that it cannot be brought up fails every test that needs it."""
    if not KEEP:
        takedown.down(WORLD, say=lambda _: None)  # what an interrupted run of the tests left
    yield brought_up(WORLD, pytestconfig)
    if not KEEP:
        takedown.down(WORLD, say=lambda _: None)
        stack.forget(topology.CLONE, WORLD)


def brought_up(name: str, config: pytest.Config) -> World:
    """Bring a world up and let it be seen as it comes: the first time, it takes minutes.

    A worker of pytest-xdist has the terminal's standard error, too.
    """
    console = Console(stderr=True, force_terminal=False)
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
        console.print(f"\nbringing the world {name} up", highlight=False)
        return bringup.up(name, console=console)
