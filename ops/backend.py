"""What an interrupted run leaves in the state backend: a lock, and operations that were under way."""

import json
import os
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlparse

from ops.processes import is_alive

_CLOUD = "oci:"


@dataclass(frozen=True, kw_only=True)
class Pending:
    """An operation that was under way when an engine was killed.

    Attributes:
        kind: ``creating``, ``updating``, ``deleting``, ``reading`` or ``importing``.
        urn: The resource's name in the state.
        type: The resource's type, as ``oci:Core/vcn:Vcn``.
    """

    kind: str
    urn: str
    type: str

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def made_in_the_cloud(self) -> bool:
        """A cloud resource may exist without the state knowing its id; making it again would double it."""
        return self.kind == "creating" and self.type.startswith(_CLOUD)


def remove_dead_lock(env: Mapping[str, str], *, project: str, stack: str) -> list[str]:
    """Remove a stack's lock when the process that made it ran on this host and is gone.

    Only file backends keep locks that can be judged from here; any other is left to ``pulumi cancel``.

    Returns:
        What was removed, in words.
    """
    removed: list[str] = []
    for path in _lock_files(env, project, stack):
        try:
            lock = cast("dict[str, Any]", json.loads(path.read_text()))
        except (OSError, ValueError):
            continue  # gone meanwhile, or not a lock as we know it
        here = lock.get("hostname") == socket.gethostname()
        if here and isinstance(lock.get("pid"), int) and not is_alive(lock["pid"]):
            for leftover in path.parent.glob(f"{path.name}*"):  # the lock and the bucket's own notes on it
                leftover.unlink(missing_ok=True)
            removed.append(f"the lock of pid {lock['pid']}, which is gone")
    return removed


def _lock_files(env: Mapping[str, str], project: str, stack: str) -> Iterator[Path]:
    root = state_folder(env)
    if root is not None:
        yield from (root / ".pulumi" / "locks" / "organization" / project / stack).glob("*.json")


def state_folder(env: Mapping[str, str]) -> Path | None:
    """Say where a file backend keeps its state; none for any other backend."""
    parsed = urlparse(env.get("PULUMI_BACKEND_URL", ""))
    if parsed.scheme != "file":
        return None
    location = unquote(parsed.netloc + parsed.path)
    return Path(os.path.expanduser(location))  # noqa: PTH111 — file://~ is how Pulumi writes the home folder


def pending_operations(exported: Mapping[str, Any]) -> list[Pending]:
    """List what was under way according to an exported state."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    listed = cast("list[dict[str, Any]]", deployment.get("pending_operations") or [])
    return [
        Pending(kind=str(entry["type"]), urn=str(entry["resource"]["urn"]), type=str(entry["resource"]["type"]))
        for entry in listed
    ]


def without_pending(exported: Mapping[str, Any]) -> dict[str, Any]:
    """Give the same state with nothing under way: what our own resources left half-made, their create adopts."""
    deployment = {**cast("dict[str, Any]", exported["deployment"])}
    deployment.pop("pending_operations", None)
    return {**exported, "deployment": deployment}
