"""Runs of the real engine on a small program, and looks at the instance from outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

if TYPE_CHECKING:
    from collections.abc import Callable

    from lab.world import World

STACK = "dev"
_RUN_LIMIT_S = 300
_SSH_OPTIONS = ("StrictHostKeyChecking=no", "UserKnownHostsFile=/dev/null", "LogLevel=ERROR", "ConnectTimeout=5")


@dataclass(frozen=True)
class Ended:
    """How a run of the engine ended."""

    status: int
    output: str


class Program:
    """A Pulumi program in a folder of its own, run against the plugins of a world."""

    def __init__(self, world: World, folder: Path, source: str, *, ssh_key: Path, ssh_agent: Path) -> None:
        self.world = world
        self._folder = folder
        self._source = source
        self._ssh_key = ssh_key
        self._ssh_agent = ssh_agent

    def initialise(self) -> None:
        """Write the project and make its stack."""
        (self._folder / "scripts").mkdir(parents=True)
        (self._folder / "scripts" / "hello.sh").write_text("echo hello\n")
        (self._folder / "Pulumi.yaml").write_text(f"name: {self._folder.name}\nruntime: python\n")
        (self._folder / "__main__.py").write_text(self._source)
        assert self.run("stack", "init", STACK).status == 0

    def up(self, *arguments: str, **settings: Any) -> Ended:
        """Bring the stack to the settings; those not given have the program's defaults."""
        return self.run("up", "--yes", "--skip-preview", *arguments, settings=settings)

    def up_well(self, *arguments: str, **settings: Any) -> str:
        """The same, where anything but success is a failed test; gives what the engine printed."""
        ended = self.up(*arguments, **settings)
        assert ended.status == 0, ended.output
        return ended.output

    def run(self, *arguments: str, settings: dict[str, Any] | None = None) -> Ended:
        """Run the engine."""
        process = subprocess.run(
            ["pulumi", *arguments],
            cwd=self._folder,
            env=self.environment(settings or {}),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
            timeout=_RUN_LIMIT_S,
        )
        return Ended(process.returncode, process.stdout)

    def start(self, *arguments: str, **settings: Any) -> subprocess.Popen[bytes]:
        """Start the engine and do not wait for it."""
        return subprocess.Popen(
            ["pulumi", *arguments],
            cwd=self._folder,
            env=self.environment(settings),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def environment(self, settings: dict[str, Any]) -> dict[str, str]:
        """An operator's environment, and the settings for the program."""
        return {
            **os.environ,
            **self.world.environment(),
            "PULUMI_STACK": STACK,
            "SSH_AUTH_SOCK": str(self._ssh_agent),
            "TRIAL_KEY": self._ssh_key.with_suffix(".pub").read_text(),
            "TRIAL_SETTINGS": json.dumps(settings),
        }

    def outputs(self) -> dict[str, Any]:
        """The stack's outputs."""
        return cast("dict[str, Any]", json.loads(self.run("stack", "output", "--json").output))

    def script(self, text: str) -> None:
        """Change the script that is copied to the host."""
        (self._folder / "scripts" / "hello.sh").write_text(text)

    def ssh(self, command: str, *, wait_s: float = 30.0) -> str:
        """Run a command on the instance by its public address, waiting for its sshd."""
        address = self.outputs()["address"]
        options = [f"-o{option}" for option in _SSH_OPTIONS]
        line = ["ssh", *options, "-i", str(self._ssh_key), f"ubuntu@{address}", command]
        end = time.monotonic() + wait_s
        while True:
            process = subprocess.run(line, capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL)
            # 255 is ssh's own failure.
            if process.returncode != 255 or time.monotonic() > end:
                assert process.returncode == 0, process.stderr
                return process.stdout
            time.sleep(0.5)

    def container(self) -> str:
        """The name of the instance's container."""
        found = self.docker("ps", "--all", "--quiet", f"--filter=label=mailstead.lab.world={self.world.name}")
        return found.strip()

    def docker(self, *arguments: str) -> str:
        """Run a Docker command."""
        line = ["docker", "--host", self.world.docker_host, *arguments]
        return subprocess.run(line, capture_output=True, text=True, check=True).stdout


def knock(address: str, port: int) -> str:
    """How a port answers from outside: open, timeout, or the kernel's word for a refusal."""
    try:
        with socket.create_connection((address, port), timeout=3):
            return "open"
    except TimeoutError:
        return "timeout"
    except OSError as error:
        return os.strerror(error.errno or 0)


def wait_until(condition: Callable[[], bool], limit_s: float = 60.0) -> None:
    """Wait for a condition, for so long and no longer."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
