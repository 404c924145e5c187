"""The one world and the one service that the stories share."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from lab.stack import LabStack
from lab.world import World
from tests.lab.service import SAMPLE, Service


@pytest.fixture(scope="session")
def stack(world: World, project: Path) -> LabStack:
    """The stack under test: configured, its Vault prepared, nothing made yet."""
    stack = LabStack(world=world, project=project, name=world.name)
    stack.write_list(SAMPLE)
    stack.write_config()
    stack.initialise()
    stack.prepare_vault()
    return stack


@pytest.fixture(scope="session")
def service(stack: LabStack, record_testsuite_property: Callable[[str, object], None]) -> Service:
    """The service after the first `mailstead up`, which is made from nothing."""
    service = Service(stack=stack)
    start = time.monotonic()
    service.up()
    record_testsuite_property("first_up_s", round(time.monotonic() - start, 1))
    return service
