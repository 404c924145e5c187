"""Looks for secrets where none may be: the state, logs, output, arguments and environments of processes."""

import os
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

OPERATOR_VARIABLE = b"PULUMI_STACK="
"""Marks the process tree of the product's command line, which must hold Vault's token somewhere."""


@dataclass(frozen=True, kw_only=True)
class Sighting:
    """A secret that was seen: which one, by name, and where."""

    secret: str
    place: str


def search(secrets: Mapping[str, str], places: Mapping[str, bytes]) -> list[Sighting]:
    """Look for every secret in every place."""
    return [
        Sighting(secret=name, place=place)
        for place, content in places.items()
        for name, value in secrets.items()
        if value.encode() in content
    ]


@dataclass
class Sampler:
    """Reads arguments and environments of all processes of the machine, again and again, while it is entered.

    Containers share the machine's kernel, so the mail host's processes and those of its containers are among them.

    Attributes:
        secrets: Name to value.
        operators_own: Names of secrets that the product's own process tree may have in its environment.
        containers_own: Names of secrets that mailcow's containers have in their environment by its design.
        host_init: Pid of the mail host's first process, which tells its processes from those of its containers.
    """

    secrets: Mapping[str, str]
    operators_own: frozenset[str]
    containers_own: frozenset[str]
    host_init: int
    sightings: set[Sighting] = field(default_factory=set[Sighting])
    samples: int = 0
    _stop: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        ours = {_namespace(os.getpid()), _namespace(self.host_init)}
        while not self._stop.wait(0.02):
            self.samples += 1
            for pid in _processes():
                self.sightings.update(self._look(pid, ours))

    def _look(self, pid: int, ours: set[str]) -> Iterator[Sighting]:
        try:
            arguments = Path(f"/proc/{pid}/cmdline").read_bytes()
            variables = Path(f"/proc/{pid}/environ").read_bytes()
            program = Path(f"/proc/{pid}/comm").read_text().strip()
        except OSError:
            return  # it ended meanwhile
        yield from search(self.secrets, {f"arguments of {program}": arguments})
        allowed: frozenset[str] = frozenset()
        if OPERATOR_VARIABLE in variables:
            allowed = self.operators_own
        elif _namespace(pid) not in ours:
            allowed = self.containers_own
        looked_for = {name: value for name, value in self.secrets.items() if name not in allowed}
        yield from search(looked_for, {f"environment of {program}": variables})


def _processes() -> Iterator[int]:
    for entry in os.scandir("/proc"):
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            yield int(entry.name)


def _namespace(pid: int) -> str:
    try:
        return str(Path(f"/proc/{pid}/ns/pid").readlink())
    except OSError:
        return ""
