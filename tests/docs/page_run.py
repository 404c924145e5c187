"""Runs a page of the documents: its files are written, its commands run in their order, in one shell.

Paths of the system are led into a folder, and what cannot be had in a test is stood in for: `systemctl` starts what the
page's own unit says, prompts for keys and passwords are answered (``tests/docs/stand_in.py``), and nobody is changed to
another user.
"""

import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.docs.pages import ROOT

PASSWORD = "a-long-password-1"
"""What everybody types who is asked for one."""
STAND_INS = ("bao", "chown", "sudo", "systemctl", "vault")
_BLOCK = re.compile(r'^```(\w+)(?: title="([^"]+)")?\n(.*?)^```$', re.DOTALL | re.MULTILINE)
_SYSTEM = re.compile(r"(?<![\w.])/(?=etc/openbao|etc/systemd|opt/openbao|var/log/openbao|var/backups|usr/local/sbin)")


@dataclass(frozen=True)
class Step:
    """A file of a page, or one of its commands."""

    text: str
    file: str = ""
    """Path of the file; empty for a command."""


def steps_of(page: str) -> Iterator[Step]:
    """Give the files and commands of a page in their order; a command may be several lines."""
    for kind, title, body in _BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        if title:
            yield Step(body, file=title)
        elif kind == "sh":
            yield from (Step(command) for command in commands_in(body))


def commands_in(block: str) -> Iterator[str]:
    """Split a block into whole commands: until bash has nothing open any more."""
    lines: list[str] = []
    for line in block.splitlines():
        lines.append(line)
        text = "\n".join(lines)
        if text.strip() and not _goes_on(text):
            yield text
            lines = []
    if "".join(lines).strip():
        raise AssertionError(f"a block ends within a command: {lines}")


def _goes_on(text: str) -> bool:
    if text.rstrip().endswith(("\\", "|", "&&", "||")):
        return True
    whole = subprocess.run(["bash", "-n"], input=text, capture_output=True, text=True, check=False)
    return whole.returncode != 0


@dataclass(frozen=True, kw_only=True)
class PageRun:
    """One run of pages in a folder that stands for a machine."""

    root: Path
    port: int
    cluster_port: int
    left_out: frozenset[str]
    """Commands that are written down as not run."""
    checks: Mapping[str, str] = field(default_factory=dict[str, str])
    """Lines of bash to run behind a command, by the command's first line: what it should have brought about."""

    def script(self, *pages: str) -> str:
        """Write one script of everything."""
        parts = ["set -euo pipefail", *self._ready()]
        for page in pages:
            parts.append(f"cd {shlex.quote(str(ROOT))}")
            parts += [line for step in steps_of(page) for line in self._step(step)]
        return "\n".join(parts) + "\n"

    def _step(self, step: Step) -> Iterator[str]:
        if step.file:
            yield self._file(step)
        elif step.text not in self.left_out:
            shown = step.text.splitlines()[0]
            yield f"printf '# %s\\n' {shlex.quote(shown)} >&2"
            yield self._here(step.text)
            yield self.checks.get(shown, "")

    def run(self, script: str) -> subprocess.CompletedProcess[str]:
        """Run it."""
        for name in STAND_INS:
            stand_in = self.root / "bin" / name
            stand_in.parent.mkdir(parents=True, exist_ok=True)
            stand_in.write_text(f'#!/bin/sh\nexec {sys.executable} -m tests.docs.stand_in {name} "$@"\n')
            stand_in.chmod(0o755)
        for folder in ("etc/openbao", "etc/systemd/system", "usr/local/sbin", "opt/openbao", "var/log", "var/backups"):
            (self.root / folder).mkdir(parents=True, exist_ok=True)
        file = self.root / "page.sh"
        file.write_text(script, encoding="utf-8")
        outside = {key: value for key, value in os.environ.items() if not key.startswith(("VAULT_", "BAO_"))}
        env = {
            **outside,
            "PATH": f"{self.root / 'bin'}{os.pathsep}{outside['PATH']}",
            "HOME": str(self.root),
            "PYTHONPATH": str(ROOT),
            "STAND_IN_ROOT": str(self.root),
            "STAND_IN_PORT": str(self.port),
            "NO_PROXY": "localhost,127.0.0.1",
        }
        return subprocess.run(
            ["bash", str(file)], env=env, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
        )

    def end(self) -> None:
        """End the server that the page has started."""
        subprocess.run(
            [sys.executable, "-m", "tests.docs.stand_in", "systemctl", "stop", "openbao"],
            env={**os.environ, "STAND_IN_ROOT": str(self.root), "PYTHONPATH": str(ROOT)},
            check=False,
        )

    def _ready(self) -> Iterator[str]:
        # What a person types after `read -s`.
        yield 'must_fail() { if "$@"; then echo "this should have failed: $*" >&2; exit 1; fi; }'
        yield (
            'read() { if [[ ${!#} == VAULT_TOKEN ]]; then VAULT_TOKEN=$(cat "$STAND_IN_ROOT/root-token"); '
            f'else printf -v "${{!#}}" %s {PASSWORD}; fi; }}'
        )

    def _file(self, step: Step) -> str:
        path = self._here(step.file)
        return f"cat >{shlex.quote(path)} <<'END-OF-FILE'\n{self._here(step.text)}END-OF-FILE"

    def _here(self, text: str) -> str:
        text = _SYSTEM.sub(f"{self.root}/", text)
        text = text.replace("vault.example.com:8200", f"localhost:{self.port}")
        text = text.replace("vault.example.com:8201", f"localhost:{self.cluster_port}").replace(
            "vault.example.com", "localhost"
        )
        text = text.replace("0.0.0.0:8200", f"127.0.0.1:{self.port}").replace(
            "0.0.0.0:8201", f"127.0.0.1:{self.cluster_port}"
        )
        return text.replace("/usr/bin/bao", str(self.root / "bin" / "bao"))
