"""Reads what the collectors of a host wrote down: one command over SSH, whatever there is."""

from collections import defaultdict
from typing import Final, Protocol

from prometheus_client.parser import text_string_to_metric_families

from core.names import FIGURES_FOLDER
from core.status import Figures, Sample
from ssh.client import RunResult

_LIMIT_S: Final = 30.0
_READ: Final = f"find {FIGURES_FOLDER} -maxdepth 1 -name 'mailstead_*.prom' -exec cat {{}} +"
"""What a host without the folder says is no error here: nobody measures it yet."""


class Shell(Protocol):
    """A mail host over SSH, as far as it is needed."""

    def run(self, command: str, *, timeout_s: float) -> RunResult:
        """Run a command."""
        ...


def read_figures(shell: Shell) -> Figures:
    """Read all figures of a host.

    Raises:
        SshError: The host cannot be reached, or the files cannot be read.
        ValueError: A file is in no known form.
    """
    told = shell.run(f"if [ -d {FIGURES_FOLDER} ]; then {_READ}; fi", timeout_s=_LIMIT_S)
    return parsed(told.stdout.decode(errors="replace"))


def parsed(text: str) -> Figures:
    """Parse the text form of Prometheus.

    Raises:
        ValueError: It is none.
    """
    found: defaultdict[str, list[Sample]] = defaultdict(list)
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            found[sample.name].append(Sample(value=float(sample.value), labels=dict(sample.labels)))
    return Figures(found)
