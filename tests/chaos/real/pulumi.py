"""The real engine, for one stack in a folder of its own."""

import contextlib
import os
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from core.names import PROJECT
from lab.engine.build import expected
from lab.plugins import VERSIONS
from tests.chaos.campaign.records import ROOT
from tests.chaos.campaign.stack import CONFIG, STACK
from tests.chaos.real.warm import WarmPython

_LIMIT_S: Final = 900


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code (negative: the signal), and what it printed."""

    status: int
    output: str


class Pulumi:
    """Runs commands on one stack of a program; all its files are below one folder."""

    def __init__(
        self,
        folder: Path,
        *,
        project: Path = ROOT,
        config: Mapping[str, str],
        environment: Mapping[str, str],
        warm: WarmPython | None = None,
    ) -> None:
        """Prepare the folder.

        Args:
            folder: Gets state and config; what lies there is removed.
            project: The program.
            config: The stack's, with namespaces.
            environment: What the program and its plugins find besides.
            warm: What its Pythons are forked from; without, they are started.
        """
        shutil.rmtree(folder, ignore_errors=True)
        (folder / "state").mkdir(parents=True)
        self._folder = folder
        self._project = project
        self._warm = warm
        self._process: subprocess.Popen[str] | None = None
        self._config = folder / "Pulumi.chaos.yaml"
        self._config.write_text(yaml.safe_dump({"config": dict(config)}))
        home = folder.parent / "home"
        _install_plugins(home)
        self._environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith(("PULUMI_", "VAULT_"))},
            "PATH": f"{ROOT / '.venv' / 'bin'}:{warm.engine if warm else expected()}:{os.environ['PATH']}",
            "PULUMI_HOME": str(home),
            "PULUMI_BACKEND_URL": f"file://{folder / 'state'}",
            "PULUMI_CONFIG_PASSPHRASE": "chaos",
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION": "true",
            **environment,
        }

    def begin(self) -> None:
        """Make the stack."""
        ended = self._run("stack", "init", STACK)
        assert ended.status == 0, ended.output

    def preview(self, *words: str) -> Ended:
        """Preview."""
        return self._run("preview", "--config-file", str(self._config), "--stack", STACK, "--suppress-progress", *words)

    def up(self, *, refresh: bool = False, checkpoints: bool = True) -> Ended:
        """Update."""
        words = ["up", "--yes", "--skip-preview", "--suppress-progress", "--suppress-outputs", "--non-interactive"]
        words += ["--refresh"] * refresh
        more = {} if checkpoints else {"PULUMI_SKIP_CHECKPOINTS": "true"}
        return self._run(*words, "--config-file", str(self._config), "--stack", STACK, more=more)

    def kill(self) -> None:
        """Kill the engine as it is."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)

    def clear_away(self) -> None:
        """End what a killed engine has left, as ``mailstead up`` does: its plugins, and its lock."""
        for process in _of_session(self._process.pid if self._process else 0):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if self._warm:
            self._warm.end_all()
        shutil.rmtree(self._folder / "state" / ".pulumi" / "locks", ignore_errors=True)

    def _run(self, *words: str, more: Mapping[str, str] | None = None) -> Ended:
        self._process = subprocess.Popen(
            ["pulumi", *words],
            cwd=self._project,
            env={**self._environment, **(more or {})},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        try:
            output, _ = self._process.communicate(timeout=_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.kill()
            raise
        finally:
            self.clear_away()
        return Ended(self._process.returncode, output)


def _of_session(leader: int) -> Iterator[int]:
    """List the processes of the session that an engine leads or led: its plugins have groups of their own, in there."""
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            # The name of the program, which may hold blanks, stands in brackets before the rest.
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
            if int(fields[3]) == leader:
                yield int(entry.name)


def people_config(*, mailcow_port: int, ca_bundle: Path, mail_list: Path) -> dict[str, str]:
    """Write the config of the real program for a mailcow that is there, on the loopback.

    Args:
        mailcow_port: Where it listens.
        ca_bundle: File of the authority that signed its certificate.
        mail_list: The list of people.
    """
    config = {
        **CONFIG,
        "api_connect_to": f"127.0.0.1:{mailcow_port}",
        "api_ca_bundle": str(ca_bundle),
        "mail_list": os.path.relpath(mail_list, ROOT),
    }
    return {f"{PROJECT}:{key}": value for key, value in config.items()}


def _install_plugins(home: Path) -> None:
    """Have a program where the engine looks for each plugin that an installed package could want; none is called."""
    for name, version in VERSIONS.items():
        program = home / "plugins" / f"resource-{name}-v{version}" / f"pulumi-resource-{name}"
        if not program.exists():
            program.parent.mkdir(parents=True, exist_ok=True)
            program.write_text("#!/bin/sh\nexit 1\n")
            program.chmod(0o755)
