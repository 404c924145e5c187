"""The git server of a world: every repository below its git folder, read-only."""

import subprocess
from pathlib import Path
from typing import Final

from lab.errors import LabError
from lab.services import service
from lab.services.service import Service
from lab.topology import GIT_PORT
from lab.world import World

NAME: Final = "git"


def folder(world: World) -> Path:
    """Give the folder of the bare repositories that are served."""
    return world.folder / "git"


def start(world: World) -> None:
    """Start the server.

    Raises:
        LabError: git has no daemon on this machine, or it does not start.
    """
    folder(world).mkdir(parents=True, exist_ok=True)
    host = world.git_url.removeprefix("git://").split("/")[0]
    port = int(host.partition(":")[2] or GIT_PORT)
    # The file git reads as its user's: HOME is the world's folder. Clones of other users are none of git's business.
    (world.folder / ".gitconfig").write_text("[safe]\n\tdirectory = *\n", encoding="utf-8")
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=(
                str(_program()),
                "--reuseaddr",
                "--export-all",
                f"--base-path={folder(world)}",
                f"--listen={world.gateway}",
                f"--port={port}",
                str(folder(world)),
            ),
            is_ready=lambda: service.answers(world.gateway, port),
        ),
    )


def _program() -> Path:
    """Find the daemon itself: through ``git daemon`` it would be a child that outlives its parent."""
    found = subprocess.run(["git", "--exec-path"], capture_output=True, text=True, check=True).stdout.strip()
    program = Path(found) / "git-daemon"
    if not program.exists():
        raise LabError(f"{program} is missing; install git with: apt-get install git")
    return program
