"""What the lab needs of the machine: rights, programs and the Debian packages they come from."""

import os
import shutil
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, NoReturn

from lab.errors import PrerequisiteError

_SYSTEM_FOLDERS: Final = ("/usr/local/sbin", "/usr/sbin", "/sbin")


@dataclass(frozen=True)
class Tool:
    """A program and the packages that have it, the first that the distribution knows."""

    program: str
    packages: tuple[str, ...]


TOOLS: Final = (
    Tool("dockerd", ("docker.io",)),
    Tool("containerd", ("containerd", "docker.io")),
    Tool("runc", ("runc", "docker.io")),
    Tool("docker", ("docker-cli", "docker.io")),  # a package of its own since Debian 13
    Tool("docker-registry", ("docker-registry",)),
    Tool("apt-cacher-ng", ("apt-cacher-ng",)),
    Tool("named", ("bind9",)),
    Tool("named-checkzone", ("bind9-utils",)),
    Tool("debootstrap", ("debootstrap",)),
    Tool("git", ("git",)),
    Tool("ssh-agent", ("openssh-client",)),
    Tool("ip", ("iproute2",)),
    Tool("nft", ("nftables",)),
    Tool("iptables-save", ("iptables",)),
    Tool("losetup", ("mount", "util-linux")),
    Tool("mkfs.ext4", ("e2fsprogs",)),
    Tool("ps", ("procps",)),
    Tool("xz", ("xz-utils",)),
)
"""Every program that the lab starts on the machine itself; what runs in containers comes with their images."""

KEYRING: Final = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
KEYRING_PACKAGE: Final = "debian-archive-keyring"  # debootstrap checks Debian's signatures on any distribution

SERVICES_OF: Final = {
    "docker.io": ("docker.service", "docker.socket"),
    "containerd": ("containerd.service",),
    "docker-registry": ("docker-registry.service",),
    "apt-cacher-ng": ("apt-cacher-ng.service",),
    "bind9": ("named.service",),
}
"""What such a package would start at boot; the lab starts programs of its own and wants none of these."""


def is_root() -> bool:
    """Say whether we may do what a lab needs: loop devices, networks, namespaces."""
    return os.geteuid() == 0


def find(program: str) -> str | None:
    """Find a program on PATH or in the folders for administrators, which a user's PATH may lack."""
    return shutil.which(program, path=":".join([os.environ.get("PATH", os.defpath), *_SYSTEM_FOLDERS]))


def missing(is_there: Callable[[str], object] = find, keyring: Path = KEYRING) -> tuple[Tool, ...]:
    """List the tools that this machine lacks."""
    tools = [tool for tool in TOOLS if not is_there(tool.program)]
    if not keyring.exists():
        tools.append(Tool(str(keyring), (KEYRING_PACKAGE,)))
    return tuple(tools)


def choose_packages(tools: Iterable[Tool], is_known: Callable[[str], bool]) -> tuple[str, ...]:
    """Choose the packages to install.

    Args:
        tools: what is missing.
        is_known: says whether this distribution has a package of that name.

    Raises:
        PrerequisiteError: it has none that would do.
    """
    chosen: list[str] = []
    for tool in tools:
        name = next((package for package in tool.packages if is_known(package)), None)
        if name is None:
            raise PrerequisiteError(
                f"{tool.program} is missing and no package of this system is known to have it "
                f"(tried {', '.join(tool.packages)}); install it by hand"
            )
        if name not in chosen:
            chosen.append(name)
    return tuple(chosen)


def refuse_without_root(tools: Iterable[Tool], is_known: Callable[[str], bool]) -> NoReturn:
    """Say what somebody who is not root has to do.

    Args:
        tools: what is missing.
        is_known: says whether this distribution has a package of that name.

    Raises:
        PrerequisiteError: always.
    """
    text = "the lab needs root (loop devices, a network of its own)"
    if packages := choose_packages(tools, is_known):
        text += f", and this machine lacks {', '.join(packages)}; have them installed with:\n"
        text += f"  sudo apt-get install --no-install-recommends {' '.join(packages)}\nand"
    else:
        text += ";"
    raise PrerequisiteError(f"{text} run the same command again as root, with sudo in front")


def cgroup_version(root: Path = Path("/sys/fs/cgroup")) -> int:
    """Say which version of control groups this machine has: 2 if unified, else 1 (the hybrid layout counts as 1)."""
    return 2 if (root / "cgroup.controllers").exists() else 1
