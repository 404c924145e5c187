"""What an interrupted run leaves in the state backend: a lock, and operations that were under way."""

import json
import os
import socket
from collections.abc import Mapping
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


@dataclass(frozen=True, kw_only=True)
class Lock:
    """A lock of a stack in a file backend.

    Attributes:
        path: Its file.
        pid: The process that made it.
        owner: Who made it, in words: ``root@server (pid 7)``.
        since: When it was made, as the engine wrote it.
        dead: Whether it is certain that its process is gone: it ran on this host and runs no more.
    """

    path: Path
    pid: int
    owner: str
    since: str
    dead: bool


def locks(env: Mapping[str, str], *, project: str, stack: str) -> list[Lock]:
    """List a stack's locks. Only file backends keep some that can be judged from here; others give none."""
    root = state_folder(env)
    if root is None:
        return []
    files = sorted((root / ".pulumi" / "locks" / "organization" / project / stack).glob("*.json"))
    return [lock for path in files if (lock := _read_lock(path)) is not None]


def _read_lock(path: Path) -> Lock | None:
    try:
        written = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        pid, hostname = int(written["pid"]), str(written["hostname"])
    except (OSError, ValueError, KeyError, TypeError):
        return None  # gone meanwhile, or not a lock as we know it: the engine will say what it is
    return Lock(
        path=path,
        pid=pid,
        owner=f"{written.get('username', 'somebody')}@{hostname} (pid {pid})",
        since=str(written.get("timestamp", "an unknown time")),
        dead=hostname == socket.gethostname() and not is_alive(pid),
    )


def remove(lock: Lock) -> None:
    """Remove a lock and the bucket's own notes on it."""
    for leftover in lock.path.parent.glob(f"{lock.path.name}*"):
        leftover.unlink(missing_ok=True)


def state_folder(env: Mapping[str, str]) -> Path | None:
    """Say where a file backend keeps its state; none for any other backend."""
    parsed = urlparse(env.get("PULUMI_BACKEND_URL") or _logged_in_to(env))
    if parsed.scheme != "file":
        return None
    location = unquote(parsed.netloc + parsed.path)
    return Path(os.path.expanduser(location))  # noqa: PTH111 — file://~ is how Pulumi writes the home folder


def _logged_in_to(env: Mapping[str, str]) -> str:
    """Read which backend ``pulumi login`` chose; empty when it never ran."""
    home = env.get("PULUMI_HOME") or f"{env.get('HOME', '')}/.pulumi"
    try:
        chosen = cast("dict[str, Any]", json.loads((Path(home) / "credentials.json").read_text(encoding="utf-8")))
    except (OSError, ValueError):
        return ""
    return str(chosen.get("current") or "")


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
