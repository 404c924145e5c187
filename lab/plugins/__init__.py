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


def resume(world: World) -> None:
    """Give volumes their devices back and start the instances that ran, after the machine or its Docker was away."""
    # The provider's packages are heavy, and most users of this module only install.
    from lab.plugins.oci import recovery  # noqa: PLC0415

    recovery.resume(world)


def _wrapper(world: World, name: str) -> str:
    """The plugin as a program: it must replace the shell, so that its parent is the engine."""
    here = Path(__file__).resolve().parent
    settings = f"MAILSTEAD_LAB_WORLD={shlex.quote(str(world.folder))} PYTHONPATH={shlex.quote(str(here.parents[1]))}"
    # -P: neither the engine's folder nor the plugin's may hide a module of ours. The path is how the lab knows it.
    program = f"{shlex.quote(sys.executable)} -P {shlex.quote(str(here / name / '__main__.py'))}"
    return f'#!/bin/sh\n{settings} exec {program} "$@"\n'
