"""The commands that the lab's own sentences tell people to type: make's targets, wherever there is one."""

from typing import Final

LAB: Final = ".venv/bin/python -m lab"  # there is no program called python on Debian
_TARGETS: Final = {"demo": "make demo"}

END: Final = "make down"
"""Ends all labs of the clone."""
FREE_CACHES: Final = "make clean-cache"
FREE_GO_CACHE: Final = f"{LAB} clean-cache --go"


def bring_up(world: str) -> str:
    """Say how a world is brought up, or mended."""
    return _TARGETS.get(world, f"{LAB} up {world}")


def enter(world: str) -> str:
    """Say how a shell gets the environment of somebody who works in a world."""
    return f'eval "$({LAB} env {world})"'
