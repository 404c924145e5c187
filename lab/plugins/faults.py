"""Faults and limits of the lab's cloud on demand, kept as two small files in the world's `cloud` folder.

`faults.json` is a list of `{"operation", "error", "status", "code", "times", "delay_s", "after"}`; `limits.json` is
a map from the name of an OCI limit to its value. Both may be written by hand; absent means none and the defaults.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

DEFAULT_LIMITS = {
    "vcn-count": 2,
    "internet-gateway-count": 1,
    "reserved-public-ip-count": 1,
    "standard-a1-core-count": 2,
    "standard-a1-memory-count": 12,
    "standard-e2-micro-core-count": 2,
    "standard-e4-core-count": 0,
    "standard-e5-core-count": 0,
    "total-free-storage-gb": 200,
}
"""What a free tenancy has."""


class HasFolder(Protocol):
    """A world, or anything else that says where its files lie."""

    @property
    def folder(self) -> Path: ...


@dataclass(frozen=True)
class Fault:
    """One planted fault of an operation of the cloud, named as OCI's API names it (LaunchInstance, CreateVolume …)."""

    operation: str
    """`*` is every operation."""
    error: str = ""
    """The service's message; empty plants a slow answer and no error."""
    status: int = 500
    code: str = "InternalError"
    times: int = 1
    """How many more calls it meets; -1 is every one."""
    delay_s: float = 0.0
    """How long the call waits."""
    after: bool = False
    """Wait and fail once the work is done: the cloud has the thing and the caller never hears of it."""


def plant(
    world: HasFolder,
    operation: str,
    *,
    error: str = "",
    status: int = 500,
    code: str = "InternalError",
    times: int = 1,
    delay_s: float = 0.0,
    after: bool = False,
) -> None:
    """Let the next `times` calls of an operation fail with an error, or answer late."""
    fault = Fault(operation, error, status, code, times, delay_s, after)
    with _locked(world) as file:
        _write(file, [*_read(file), fault])


def clear(world: HasFolder) -> None:
    """Take all planted faults away."""
    with _locked(world) as file:
        file.unlink(missing_ok=True)


def take(world: HasFolder, operation: str) -> Fault | None:
    """The fault that meets this call, if any; a fault that has met all its calls is gone."""
    with _locked(world) as file:
        faults = _read(file)
        for number, fault in enumerate(faults):
            if fault.operation in {operation, "*"} and fault.times != 0:
                if fault.times > 0:
                    faults[number] = replace(fault, times=fault.times - 1)
                _write(file, [left for left in faults if left.times != 0])
                return fault
    return None


def limit(world: HasFolder, name: str) -> float:
    """The value of one of the tenancy's limits."""
    return _limits(world)[name]


def set_limit(world: HasFolder, name: str, value: float) -> None:
    """Give the tenancy another limit, as an upgrade to a paid account would."""
    with _locked(world):
        (_folder(world) / "limits.json").write_text(json.dumps({**_own_limits(world), name: value}, indent=2))


def _limits(world: HasFolder) -> dict[str, float]:
    return {**DEFAULT_LIMITS, **_own_limits(world)}


def _own_limits(world: HasFolder) -> dict[str, float]:
    file = _folder(world) / "limits.json"
    return json.loads(file.read_text()) if file.exists() else {}


def _folder(world: HasFolder) -> Path:
    folder = world.folder / "cloud"
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def _locked(world: HasFolder) -> Generator[Path]:
    folder = _folder(world)
    with (folder / "faults.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield folder / "faults.json"


def _read(file: Path) -> list[Fault]:
    if not file.exists():
        return []
    entries: list[dict[str, Any]] = json.loads(file.read_text())
    return [Fault(**entry) for entry in entries]


def _write(file: Path, faults: list[Fault]) -> None:
    file.write_text(json.dumps([asdict(fault) for fault in faults], indent=2))
