"""Fresh pretended hosts for each test."""

from pathlib import Path

import pytest

from tests.scripts.machine import Machine
from tests.scripts.mailcow import API, DOCKER, configure, install, make_repository


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give an empty host."""
    return Machine(tmp_path)


@pytest.fixture(scope="session")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make mailcow's repository at two versions; nobody writes to it."""
    folder = tmp_path_factory.mktemp("mailcow") / "repository"
    make_repository(folder)
    return folder


@pytest.fixture
def docker_host(machine: Machine, repository: Path) -> Machine:
    """A host with Docker and its mail volume, and a link to mailcow's repository."""
    (machine.root.parent / "repository").symlink_to(repository)
    machine.stub("mountpoint")
    machine.stub("docker", DOCKER)
    machine.stub("curl", API)
    (machine.root / "srv/mail").mkdir(parents=True)
    return machine


@pytest.fixture
def installed(docker_host: Machine) -> Machine:
    """A host with mailcow's files."""
    assert install(docker_host).status == 0
    docker_host.forget_calls()
    return docker_host


@pytest.fixture
def configured(installed: Machine) -> Machine:
    """A host whose mailcow runs, closed to the world."""
    assert configure(installed).status == 0
    installed.forget_calls()
    return installed
