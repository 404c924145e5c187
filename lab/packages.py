"""Installing the Debian packages that are missing, without their services starting now or at the next boot."""

import os
import shutil
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from lab import machine, rights
from lab.errors import PrerequisiteError
from lab.steps import Step

POLICY: Final = Path("/usr/sbin/policy-rc.d")
_OURS: Final = "# of the Mailstead lab, while it installs packages"
_SAVED: Final = ".before-mailstead-lab"
_NO_SERVICE_STARTS: Final = f"#!/bin/sh\n{_OURS}\nexit 101\n"


def ensure(step: Step) -> None:
    """Have everything that the lab needs of this machine.

    Raises:
        PrerequisiteError: we are not root, or the system has no such packages.
    """
    rights.check_root()
    restore_policy(POLICY)
    if tools := machine.missing():
        install(step, tools)


def install(step: Step, tools: Sequence[machine.Tool]) -> None:
    """Install what has these tools.

    Raises:
        PrerequisiteError: the system has no such packages, or they do not bring the tools.
    """
    if not machine.find("apt-get"):
        names = ", ".join(tool.program for tool in tools)
        raise PrerequisiteError(f"{names} missing, and this is no Debian or Ubuntu; install them by hand")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    step.say("reading package lists")
    step.run("apt-get", "update", environment=environment)
    packages = machine.choose_packages(tools, rights.is_known)
    step.note(f"installing Debian packages: {' '.join(packages)} (they stay: make down does not remove them)")
    before = installed()
    with services_held_back(POLICY):
        step.run(
            "apt-get", "install", "--yes", "--no-install-recommends", "-o", "Dpkg::Use-Pty=0", *packages,
            environment=environment,
            on_line=step.say,
        )  # fmt: skip
    _keep_disabled(step, installed() - before)
    if still := [tool for tool in tools if not machine.find(tool.program) and not Path(tool.program).is_file()]:
        names = ", ".join(tool.program for tool in still)
        raise PrerequisiteError(f"{names} still missing after installing {' '.join(packages)}; install them by hand")


def _keep_disabled(step: Step, fresh: frozenset[str]) -> None:
    """Take back what the installation arranged for the next boot; a service that was there before is not touched."""
    for unit in [
        unit for package in sorted(fresh & machine.SERVICES_OF.keys()) for unit in machine.SERVICES_OF[package]
    ]:
        if machine.find("systemctl"):
            step.run("systemctl", "disable", unit)
        else:  # packages arrange for systemd even where there is none yet
            for link in Path("/etc/systemd/system").glob(f"*.wants/{unit}"):
                link.unlink()
        script = unit.removesuffix(".service")
        if (Path("/etc/init.d") / script).exists():
            step.run("update-rc.d", script, "disable")


def installed() -> frozenset[str]:
    """List the packages that are installed."""
    shown = subprocess.run(
        ["dpkg-query", "--show", "--showformat", "${db:Status-Status} ${Package}\n"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    rows = (line.partition(" ") for line in shown.splitlines())
    return frozenset(name for status, _, name in rows if status == "installed")


@contextmanager
def services_held_back(policy: Path) -> Generator[None]:
    """Have no service started by an installation while the block runs: Debian asks this file before it starts one."""
    saved = policy.with_name(policy.name + _SAVED)
    if policy.exists():
        shutil.move(policy, saved)
    policy.write_text(_NO_SERVICE_STARTS, encoding="utf-8")
    policy.chmod(0o755)
    try:
        yield
    finally:
        restore_policy(policy)


def restore_policy(policy: Path) -> None:
    """Put back what was there, also after a run that was killed in between."""
    saved = policy.with_name(policy.name + _SAVED)
    if policy.exists() and _OURS in policy.read_text(encoding="utf-8", errors="replace"):
        policy.unlink()
    if saved.exists() and not policy.exists():
        shutil.move(saved, policy)
