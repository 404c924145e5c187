"""A folder that stands for a host: its files are real, its dangerous commands are stubs that remember their calls."""

import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "mailcow" / "scripts"

# What would change or need the machine that runs the tests; each test says what those it expects do.
_DANGEROUS = [
    *("apt-cache", "apt-get", "apt-mark", "blkid", "blockdev", "chown", "cloud-init", "curl", "docker", "dpkg"),
    *("dpkg-query", "hostname", "install", "iptables", "mkfs.ext4", "mount", "mountpoint", "shutdown"),
    *("ssh-keygen", "systemctl", "umount", "wipefs"),
]


@dataclass(frozen=True)
class Run:
    """How one run of a script ended."""

    status: int
    stdout: str
    stderr: str


class Machine:
    """One pretended host."""

    def __init__(self, folder: Path) -> None:
        """Make it: empty root, every dangerous command an error."""
        self.root = folder / "root"
        self.root.mkdir()
        self._stubs = folder / "stubs"
        self._stubs.mkdir()
        self._log = folder / "calls"
        self._log.touch()
        for command in _DANGEROUS:
            self.stub(command, f'echo "test expects no {command}: $*" >&2; exit 97')

    def stub(self, command: str, body: str = "") -> None:
        """Replace a command by a few lines of shell; every call is remembered first."""
        file = self._stubs / command
        record = f'printf "%s\\n" "{command} $*" >>"{self._log}"'
        file.write_text(f"#!/usr/bin/env bash\nset -u\nroot={self.root}\n{record}\n{body}\n", encoding="utf-8")
        file.chmod(0o755)

    def write(self, path: str, text: str, mode: int = 0o644) -> Path:
        """Write a file of the host."""
        file = self.root / path.lstrip("/")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        file.chmod(mode)
        return file

    def read(self, path: str) -> str:
        """Read a file of the host."""
        return (self.root / path.lstrip("/")).read_text(encoding="utf-8")

    def mode(self, path: str) -> int:
        """Give a file's permission bits."""
        return (self.root / path.lstrip("/")).stat().st_mode & 0o777

    def exists(self, path: str) -> bool:
        """Tell whether a file is there."""
        return (self.root / path.lstrip("/")).exists()

    @property
    def calls(self) -> list[str]:
        """The calls of all stubs, in order."""
        return self._log.read_text(encoding="utf-8").splitlines()

    def called(self, beginning: str) -> list[str]:
        """The calls that begin like this."""
        return [call for call in self.calls if call.startswith(beginning)]

    def forget_calls(self) -> None:
        """Begin a new list of calls."""
        self._log.write_text("", encoding="utf-8")

    def run(self, script: str, *arguments: str, stdin: str | None = None, limit_s: int | None = None) -> Run:
        """Run a script.

        Args:
            script: Its name.
            arguments: What it is given.
            stdin: What the shell reads its program from, instead of the script's file.
            limit_s: Seconds after which each of its waits ends, for tests in which they are in vain.
        """
        command = ["bash", "-s", "--"] if stdin is not None else ["bash", str(SCRIPTS / script)]
        done = subprocess.run(
            [*command, *arguments],
            input=stdin if stdin is not None else "",
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={
                "PATH": f"{self._stubs}:{os.environ['PATH']}",
                "HOME": str(self.root),
                "MAILSTEAD_ROOT": str(self.root),
                "MAILSTEAD_PAUSE_S": "0",
                **({} if limit_s is None else {"MAILSTEAD_LIMIT_S": str(limit_s)}),
                # git outside of the tester's own settings
                "GIT_CONFIG_GLOBAL": os.devnull,
                "GIT_CONFIG_NOSYSTEM": "1",
            },
        )
        return Run(done.returncode, done.stdout, done.stderr)
