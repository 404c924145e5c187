"""The SSH key of a world's operator, and an agent that holds it."""

import os
import subprocess
from typing import Final

from lab.errors import LabError
from lab.services import service
from lab.services.service import Service
from lab.world import World

NAME: Final = "ssh-agent"
_ASK_WITHIN_S: Final = 20


def start(world: World) -> None:
    """Make the key, once in the life of the world, and have an agent hold it.

    Raises:
        LabError: one of the programs of OpenSSH failed.
    """
    make_key(world)
    world.ssh_agent.parent.mkdir(parents=True, exist_ok=True)
    if not service.running(world, NAME):
        world.ssh_agent.unlink(missing_ok=True)  # a killed agent's
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=("ssh-agent", "-D", "-a", str(world.ssh_agent)),
            is_ready=world.ssh_agent.exists,
        ),
    )
    _run(["ssh-add", "-q", str(world.ssh_key)], world)


def make_key(world: World) -> None:
    """Make the operator's key if there is none."""
    if world.ssh_key.exists() and world.ssh_key.with_suffix(".pub").exists():
        return
    world.ssh_key.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    world.ssh_key.unlink(missing_ok=True)  # half of a pair is of no use
    comment = f"operator of the lab's world {world.name}"
    _run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", comment, "-f", str(world.ssh_key)], world)


def _run(argv: list[str], world: World) -> None:
    ended = subprocess.run(
        argv,
        env={**os.environ, "SSH_AUTH_SOCK": str(world.ssh_agent)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=_ASK_WITHIN_S,
        check=False,
    )
    if ended.returncode != 0:
        raise LabError(f"{argv[0]} failed: {ended.stderr.strip()}")
