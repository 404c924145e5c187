"""A cloud of its own on the lab's network, for tests that run the real engine against the plugins."""

from __future__ import annotations

import os
import subprocess
import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab import plugins
from lab.plugins.oci import recovery
from lab.world import World
from tests.lab.plugins.engine_runs import Program, wait_until

if TYPE_CHECKING:
    from collections.abc import Iterator

ON_WORLD = "MAILSTEAD_TEST_ON_WORLD"
"""Folder of a world that is up already, for whoever works on the plugins."""


@pytest.fixture(scope="session")
def base_world(request: pytest.FixtureRequest) -> World:
    """The world whose network, engine and images are used."""
    given = os.environ.get(ON_WORLD)
    return World.load(Path(given)) if given else request.getfixturevalue("world")


@pytest.fixture(scope="module")
def cloud_world(base_world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The same network and another cloud: its own folder, plugins, state and limits."""
    folder = tmp_path_factory.mktemp("world")
    world = replace(base_world, name=f"{base_world.name}-plugins", folder=folder)
    world.save()
    (folder / "state").mkdir()
    (folder / "passphrase").write_text("lab")
    plugins.install(world)
    yield world
    _remove_containers(world)
    recovery.release_all(folder / "cloud")


@pytest.fixture(scope="module")
def ssh_key(cloud_world: World) -> Path:
    """A key pair of the operator."""
    file = cloud_world.folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(file)], check=True)
    return file


@pytest.fixture(scope="module")
def ssh_agent(cloud_world: World, ssh_key: Path) -> Iterator[Path]:
    """An agent that holds the operator's key."""
    socket = Path(tempfile.gettempdir()) / f"mailstead-test-agent-{os.getpid()}"  # a socket needs a short path
    with subprocess.Popen(["ssh-agent", "-D", "-a", str(socket)], stdout=subprocess.DEVNULL) as agent:
        try:
            wait_until(socket.exists)
            environment = {**os.environ, "SSH_AUTH_SOCK": str(socket)}
            subprocess.run(["ssh-add", "-q", str(ssh_key)], env=environment, check=True)
            yield socket
        finally:
            agent.terminate()
    socket.unlink(missing_ok=True)


@pytest.fixture(scope="module")
def program(cloud_world: World, ssh_key: Path, ssh_agent: Path) -> Iterator[Program]:
    """The program of these tests: one network, one instance with address and volume, and commands on it."""
    source = Path(__file__).with_name("trial_program.py").read_text()
    program = Program(cloud_world, cloud_world.folder / "project", source, ssh_key=ssh_key, ssh_agent=ssh_agent)
    program.initialise()
    yield program
    program.run("cancel", "--yes")
    program.run("destroy", "--yes", "--skip-preview")


def _remove_containers(world: World) -> None:
    docker = ["docker", "--host", world.docker_host]
    labels = [f"--filter=label=mailstead.lab.world={world.name}", f"--filter=label=mailstead.lab={world.clone}"]
    found = subprocess.run([*docker, "ps", "--all", "--quiet", *labels], capture_output=True, text=True, check=True)
    if found.stdout.split():
        subprocess.run([*docker, "rm", "--force", *found.stdout.split()], check=True, stdout=subprocess.DEVNULL)
