"""A world of its own whose mail host is lost and comes back from its backup."""

import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from lab import stack as stacks
from lab import takedown, topology
from lab.stack import LabStack
from lab.world import World
from tests.lab.conftest import KEEP, WORLD, brought_up
from tests.lab.restore.rescue import Rescue
from tests.lab.service import SAMPLE, Service
from tests.restore.snapshot import KeyPair, make_key


@pytest.fixture(scope="session")
def world(pytestconfig: pytest.Config) -> Generator[World]:
    """A world beside that of the other stories."""
    name = f"{WORLD}-restore"
    if not KEEP:
        takedown.down(name, say=lambda _: None)
    yield brought_up(name, pytestconfig)
    if not KEEP:
        takedown.down(name, say=lambda _: None)
        stacks.forget(topology.CLONE, name)


@pytest.fixture(scope="session")
def service(world: World, project: Path) -> Service:
    """The mail service, with people in two domains."""
    stack = LabStack(world=world, project=project, name=world.name)
    stack.write_list(SAMPLE)
    stack.write_config()
    stack.initialise()
    stack.prepare_vault()
    service = Service(stack=stack)
    service.up()
    return service


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Generator[KeyPair]:
    """The key that backups are encrypted to; its private half is not on the host until a restore needs it."""
    with tempfile.TemporaryDirectory(prefix="ms-") as home:
        yield make_key(Path(home), tmp_path_factory.mktemp("key"), "backup")


@pytest.fixture(scope="session")
def rescue(service: Service, key: KeyPair) -> Rescue:
    """The host with the scripts of backup and restore."""
    rescue = Rescue(service=service, key=key)
    rescue.install()
    return rescue
