"""Real labs of small clones: a folder with an environment is all that a clone needs to have one."""

import os
import signal
import subprocess
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from lab import bringup, processes, register, takedown, topology
from lab.docker_client import Docker
from lab.images.recipes import BASE
from lab.processes import Process
from lab.world import World


@dataclass(frozen=True)
class Clone:
    """A clone with nothing to build but the base image."""

    folder: Path

    def up(self) -> World:
        """Bring its one world up."""
        return bringup.up("side", clone=self.folder, console=Console(quiet=True))

    def down(self) -> None:
        """Take everything of it down; one that was moved is taken down where it is now."""
        if self.folder.is_dir():
            takedown.down(None, clone=self.folder, say=lambda _: None)

    @property
    def records(self) -> tuple[register.Record, ...]:
        """What the machine has on record of it."""
        identity = topology.clone_id(self.folder)
        return tuple(record for record in register.read_all() if record.clone_id == identity)

    def recorded_processes(self) -> list[Process]:
        """All its daemons and services."""
        return [entry.process for record in self.records for entry in record.processes.values()]

    def shims(self) -> list[Process]:
        """What runs of it besides."""
        identity, recorded = topology.clone_id(self.folder), self.recorded_processes()
        return [one for one in processes.marked(lambda mark: mark.startswith(f"{identity}:")) if one not in recorded]

    def kill(self, *, only: str = "") -> None:
        """End its processes from outside, as a crash or an impatient person does; its containers live on."""
        killed = [
            entry.process
            for record in self.records
            for name, entry in record.processes.items()
            if not only or name == only
        ]
        for process in [*killed, *([] if only else self.shims())]:
            os.kill(process.pid, signal.SIGKILL)
        assert processes.gone_within(lambda: any(processes.is_alive(one) for one in killed), 10)


def make_clone(folder: Path) -> Clone:
    """Make a clone in a folder."""
    folder.mkdir(parents=True)
    (folder / ".venv").symlink_to(topology.CLONE / ".venv")
    return Clone(folder)


def run_host(world: World) -> Process:
    """Start a container in a world that outlives everything but its own end, and give its first process."""
    docker = Docker(world.docker_host)
    labels = [word for key, value in world.labels.items() for word in ("--label", f"{key}={value}")]
    name = f"{world.network}-host"
    docker.call("run", "--detach", "--name", name, *labels, "--network", world.network, BASE, "sleep", "600")
    found = docker.inspect("container", name)
    assert found is not None
    process = processes.identify(int(found["State"]["Pid"]))
    assert process is not None
    return process


def attach_volume(world: World) -> Path:
    """Attach a file of a world to a loop device, as a cloud volume is, and mount it nowhere."""
    file = world.folder / "cloud" / "volumes" / "v.img"
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("wb") as opened:
        opened.truncate(16 * 2**20)
    shown = subprocess.run(["losetup", "--find", "--show", file], capture_output=True, text=True, check=True)
    return Path(shown.stdout.strip())


def firewall() -> str:
    """All rules and the forwarding of this machine, without counters.

    Docker's rules for the worlds of this very clone are left out: another worker's may come and go meanwhile.
    """
    rules = [subprocess.run(argv, capture_output=True, text=True, check=True).stdout for argv in _RULES]
    ours = f"ms{topology.clone_id(topology.CLONE)[:6]}"
    lines = [line for text in rules for line in text.splitlines() if not line.startswith("#") and ours not in line]
    forwarding = Path("/proc/sys/net/ipv4/ip_forward").read_text()
    return "\n".join([*lines, forwarding])


_RULES = (["iptables-save"], ["ip6tables-save"], ["nft", "--stateless", "list", "ruleset"])
