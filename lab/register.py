"""What every lab of this machine tells the others: one record a lab, in a folder that all clones share."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.dataclasses import dataclass as checked_dataclass

from lab import caches, topology
from lab.processes import Process

DAEMON: Final = "docker"
"""The name of the record of a clone's own Docker daemon, which no world can have."""


@dataclass(frozen=True)
class Entry:
    """A process of a lab."""

    process: Process
    key: str
    """Changes when the process would be started otherwise than it was."""


@checked_dataclass(frozen=True, config=ConfigDict(strict=True))
class Record:
    """One lab, or the Docker daemon of a clone's labs.

    Attributes:
        clone: The clone it belongs to.
        clone_id: The clone's id.
        name: The world, or ``docker``.
        boot_id: The run of the machine in which the processes were started.
        bridge: The world's interface; empty for the daemon.
        subnet: The world's network; empty for the daemon.
        processes: Its services by name.
    """

    clone: Path
    clone_id: str
    name: str
    boot_id: str
    bridge: str = ""
    subnet: str = ""
    processes: Mapping[str, Entry] = field(default_factory=dict[str, Entry])

    @property
    def file_name(self) -> str:
        """Give the name of the file that holds it."""
        return f"{self.clone_id}-{self.name}.json"

    def with_process(self, name: str, entry: Entry | None) -> "Record":
        """Give the record with one process set, or taken out."""
        others = {key: value for key, value in self.processes.items() if key != name}
        return replace(self, processes={**others, **({name: entry} if entry else {})})


@contextmanager
def locked(root: Path = topology.RUN_ROOT) -> Generator[None]:
    """Keep all other labs of the machine from changing records, interfaces and networks meanwhile."""
    root.mkdir(parents=True, exist_ok=True)
    with caches.alone(root):
        yield


def read(clone_id: str, name: str, root: Path = topology.RUN_ROOT) -> Record | None:
    """Read one record; None if there is none."""
    return _read(root / f"{clone_id}-{name}.json")


def read_all(root: Path = topology.RUN_ROOT) -> tuple[Record, ...]:
    """Read the records of all labs on this machine."""
    found = (_read(file) for file in sorted(root.glob("*.json")))
    return tuple(record for record in found if record)


def write(record: Record, root: Path = topology.RUN_ROOT) -> None:
    """Write a record, whole or not at all."""
    root.mkdir(parents=True, exist_ok=True)
    new = root / f"{record.file_name}.new"
    new.write_bytes(TypeAdapter(Record).dump_json(record, indent=2))
    new.replace(root / record.file_name)


def remove(record: Record, root: Path = topology.RUN_ROOT) -> None:
    """Forget a lab."""
    (root / record.file_name).unlink(missing_ok=True)


def _read(file: Path) -> Record | None:
    try:
        return TypeAdapter(Record).validate_json(file.read_bytes())
    except FileNotFoundError:
        return None
    except ValidationError:
        # Of another version of the lab: what cannot be read cannot be proved dead, so it is left alone.
        return None
