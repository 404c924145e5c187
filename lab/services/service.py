"""Starting a service of a world, knowing it again, and ending it."""

import hashlib
import os
import socket
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from lab import processes, register
from lab.errors import LabError
from lab.processes import Process
from lab.register import Entry, Record
from lab.world import World

_READY_WITHIN_S: Final = 30
_POLL_S: Final = 0.05


@dataclass(frozen=True)
class Service:
    """A program that serves a world.

    Attributes:
        name: Its name in the record, and its log file's.
        argv: Program and arguments; never a secret among them.
        is_ready: Says whether it answers.
        files: Configuration it reads only when it starts: other content means another start.
        keep_open: Descriptors it inherits.
    """

    name: str
    argv: Sequence[str]
    is_ready: Callable[[], bool]
    files: tuple[Path, ...] = ()
    keep_open: tuple[int, ...] = field(default=())

    @property
    def key(self) -> str:
        """Change when the service would be started otherwise."""
        digest = hashlib.sha256("\0".join(self.argv).encode())
        for file in self.files:
            digest.update(file.read_bytes())
        return digest.hexdigest()[:16]


def log_of(world: World, name: str) -> Path:
    """Give the file with all that a service printed."""
    return world.folder / "log" / f"service-{name}.log"


def running(world: World, name: str) -> Entry | None:
    """Give a service's process if it runs."""
    record = register.read(world.clone_id, world.name)
    entry = record.processes.get(name) if record and record.boot_id == processes.boot_id() else None
    return entry if entry and processes.is_alive(entry.process) else None


def ensure(world: World, service: Service) -> Process:
    """Have the service run as it is described: start it, or start it anew if it was started otherwise.

    Raises:
        LabError: it ends at once or is not ready in time.
    """
    entry = running(world, service.name)
    if entry and entry.key == service.key:
        wait_until_ready(world, service, entry.process)
        return entry.process
    if entry:
        processes.end(entry.process)
    mark = f"{world.clone_id}:{world.name}:{service.name}"
    # One that was started and not written down, or children that outlived theirs: they would hold port and files.
    processes.kill(processes.marked(lambda found: found == mark))
    process = processes.launch(
        service.argv,
        log=log_of(world, service.name),
        environment=environment(world),
        mark=mark,
        keep_open=service.keep_open,
    )
    _record(world, service.name, Entry(process, service.key))
    wait_until_ready(world, service, process)
    return process


def stop(world: World, name: str) -> None:
    """End a service; one that does not run is fine."""
    if entry := running(world, name):
        processes.end(entry.process)
        _record(world, name, None)


def wait_until_ready(world: World, service: Service, process: Process) -> None:
    """Wait until a service answers.

    Raises:
        LabError: it ended, or the time is over; the text has its last words.
    """
    until = time.monotonic() + _READY_WITHIN_S
    while not service.is_ready():
        if not processes.is_alive(process):
            raise LabError(f"{service.name} ended at once: {_last_words(world, service.name)}")
        if time.monotonic() > until:
            raise LabError(
                f"{service.name} does not answer after {_READY_WITHIN_S} s: {_last_words(world, service.name)}"
            )
        time.sleep(_POLL_S)


def answers(address: str, port: int) -> bool:
    """Say whether something accepts connections there."""
    try:
        with socket.create_connection((address, port), timeout=1):
            return True
    except OSError:
        return False


def environment(world: World) -> dict[str, str]:
    """Give services a plain environment: nothing of Vault, Pulumi or SSH that the caller may have."""
    unwanted = ("VAULT_", "BAO_", "PULUMI_", "SSH_", "MAILSTEAD_", "DOCKER_", "REGISTRY_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return {**kept, "HOME": str(world.folder), "PATH": f"{kept.get('PATH', os.defpath)}:/usr/sbin:/sbin"}


def _record(world: World, name: str, entry: Entry | None) -> None:
    with register.locked():
        record = register.read(world.clone_id, world.name)
        if record is None or record.boot_id != processes.boot_id():
            record = Record(
                clone=world.clone,
                clone_id=world.clone_id,
                name=world.name,
                boot_id=processes.boot_id(),
                bridge=world.bridge,
                subnet=world.subnet,
            )
        register.write(record.with_process(name, entry))


def _last_words(world: World, name: str) -> str:
    log = log_of(world, name)
    lines = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line.strip()]
    return f"{' | '.join(lines[-3:])} (its log is {log})"
