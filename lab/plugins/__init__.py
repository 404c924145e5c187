"""Stand-ins for provider plugins that no package registry has: oci, command and vault, for the real engine."""

from __future__ import annotations

import shlex
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab.world import World

VERSIONS = {"oci": "5.5.0", "command": "1.2.1", "vault": "7.14.0"}
"""The versions that the Python packages ask the engine for."""


def install(world: World) -> None:
    """Put the plugins where the engine of a world looks for them (`<world>/pulumi_home/plugins`)."""
    for name, version in VERSIONS.items():
        folder = Path(world.folder) / "pulumi_home" / "plugins" / f"resource-{name}-v{version}"
        folder.mkdir(parents=True, exist_ok=True)
        wrapper = folder / f"pulumi-resource-{name}"
        new = folder / f"{wrapper.name}.new"
        new.write_text(_wrapper(world, name))
        new.chmod(0o755)
        new.replace(wrapper)  # an engine may be starting the old one at this moment


def _wrapper(world: World, name: str) -> str:
    """The plugin as a program: it must replace the shell, so that its parent is the engine."""
    clone = Path(__file__).resolve().parents[2]
    settings = f"MAILSTEAD_LAB_WORLD={shlex.quote(str(world.folder))} PYTHONPATH={shlex.quote(str(clone))}"
    return f'#!/bin/sh\n{settings} exec {shlex.quote(sys.executable)} -P -m lab.plugins.{name} "$@"\n'
