"""An install folder of the lab's mailcow, and its generate_config.sh beside a docker that only says its version."""

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from lab.mailcow import repository

ANSWERS = {"MAILCOW_HOSTNAME": "mail.example.com", "MAILCOW_TZ": "Etc/UTC", "MAILCOW_BRANCH": repository.TAG}
COMMANDS = ("openssl", "curl", "docker", "git", "awk", "sha1sum", "grep", "cut", "jq")


@dataclass(frozen=True)
class InstallFolder:
    """A clone of the published repository.

    Attributes:
        path: The clone.
        commands: A folder of stand-in commands that comes first on PATH.
    """

    path: Path
    commands: Path

    @classmethod
    def clone(cls, folder: Path, *, checkout: str = repository.TAG) -> "InstallFolder":
        """Publish, and clone one branch or tag of it as the product does."""
        repository.publish(folder)
        path = folder / "mailcow-dockerized"
        source = f"file://{folder / repository.NAME}"
        run_git(folder, "clone", "--quiet", "--depth", "1", "--branch", checkout, source, str(path))
        commands = folder / "commands"
        commands.mkdir()
        made = cls(path=path, commands=commands)
        made.docker_says("echo 26.1.5")
        for name in ("curl", "jq"):
            made.command(name, "exit 0")
        return made

    def copy(self, folder: Path) -> "InstallFolder":
        """Give another one just like it; copying is cheaper than cloning."""
        shutil.copytree(self.path, folder / self.path.name, symlinks=True)
        shutil.copytree(self.commands, folder / self.commands.name)
        return InstallFolder(path=folder / self.path.name, commands=folder / self.commands.name)

    def command(self, name: str, line: str) -> None:
        file = self.commands / name
        file.write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        file.chmod(0o755)

    def docker_says(self, line: str) -> None:
        self.command("docker", line)

    def generate(
        self, *arguments: str, typed: Sequence[str] = (), path: str | None = None, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Run the script; without `typed` lines its standard input is closed."""
        found_on = path or f"{self.commands}:{os.environ['PATH']}"
        return subprocess.run(
            [str(self.path / "generate_config.sh"), *arguments],
            cwd=self.path,
            env={"PATH": found_on, "HOME": str(self.path.parent), **environment},
            input="".join(f"{line}\n" for line in typed),
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )

    def generated(self, *arguments: str, typed: Sequence[str] = (), **environment: str) -> Mapping[str, str]:
        """Run the script with the usual answers and give what mailcow.conf says."""
        ended = self.generate(*arguments, typed=typed, **(ANSWERS | environment))
        assert ended.returncode == 0, ended.stderr
        return self.configuration()

    def configuration(self) -> Mapping[str, str]:
        lines = (self.path / "mailcow.conf").read_text(encoding="utf-8").splitlines()
        pairs = [line.split("=", 1) for line in lines if "=" in line and not line.startswith("#")]
        return dict(pairs)

    def version(self) -> str:
        """What the API will report."""
        return (self.path / "data/web/inc/app_info.inc.php").read_text(encoding="utf-8").split('"')[1]


def run_git(folder: Path, *arguments: str) -> str:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    ended = subprocess.run(["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=True)
    return ended.stdout.strip()
