"""What the lab's cloud knows: one record for each thing, in a SQLite file that all plugin processes share."""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import sqlite3
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lab.plugins import faults
from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from lab.world import World

_LOCK_WAIT_S = 60
_ID_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


class ServiceError(PluginError):
    """An error answer of the cloud, worded as the real provider shows one."""

    def __init__(self, status: int, code: str, message: str, *, operation: str = "") -> None:
        super().__init__(f"{status}-{code}, {message}" + (f"\nOperation Name: {operation}" if operation else ""))
        self.status = status


@dataclass
class Record:
    """One thing in the cloud."""

    id: str
    type: str
    """The last part of its token, such as `Instance`."""
    inputs: dict[str, Any]
    facts: dict[str, Any] = field(default_factory=dict[str, Any])
    """What the cloud filled in; names with a leading underscore are the lab's own and never leave it."""
    owner: str = ""
    """The process that is still making it (pid and start time); empty once it is made."""

    def outputs(self) -> dict[str, Any]:
        """The properties the engine records: what the cloud filled in, and over it what was asked for."""
        shown = {name: value for name, value in self.facts.items() if not name.startswith("_")}
        return {**shown, **self.inputs}


class Cloud:
    """The cloud of one world."""

    def __init__(self, world: World, region: str) -> None:
        self.world = world
        self.region = region
        self.folder = Path(world.folder) / "cloud"
        self.folder.mkdir(parents=True, exist_ok=True)

    @contextlib.contextmanager
    def transaction(self) -> Generator[Transaction]:
        """The records, for one process at a time; nothing is kept when the block fails."""
        connection = sqlite3.connect(self.folder / "cloud.sqlite", timeout=_LOCK_WAIT_S, isolation_level=None)
        try:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("CREATE TABLE IF NOT EXISTS records (id TEXT PRIMARY KEY, type TEXT, body TEXT)")
            yield Transaction(connection)
            connection.execute("COMMIT")
        finally:
            # An open transaction of a block that failed is rolled back by closing.
            connection.close()

    def find(self, id_: str) -> Record | None:
        """A thing by its id."""
        with self.transaction() as records:
            return records.find(id_)

    def all(self, type_: str) -> list[Record]:
        """All things of a type, oldest first."""
        with self.transaction() as records:
            return records.all(type_)

    def save(self, record: Record) -> None:
        """Keep a thing as it is now."""
        with self.transaction() as records:
            records.save(record)

    def forget(self, id_: str) -> None:
        """Drop a thing."""
        with self.transaction() as records:
            records.forget(id_)

    def new_id(self, kind: str) -> str:
        """A new OCID of a kind such as `instance`."""
        suffix = "".join(secrets.choice(_ID_ALPHABET) for _ in range(56))
        return f"ocid1.{kind}.oc1.{self.region}.{suffix}"

    def availability_domains(self) -> list[str]:
        """The names of the region's availability domains."""
        count = 3 if self.region in _LARGE_REGIONS else 1
        return [f"Uocm:{self.region.upper()}-AD-{number}" for number in range(1, count + 1)]

    @contextlib.contextmanager
    def operation(self, name: str) -> Generator[None]:
        """One call of the cloud's API, which a planted fault may meet before or after its work."""
        fault = faults.take(self.world, name)
        if fault is not None and not fault.after:
            _meet(fault, name)
        yield
        if fault is not None and fault.after:
            _meet(fault, name)


_LARGE_REGIONS = frozenset({"us-phoenix-1", "us-ashburn-1", "uk-london-1", "eu-frankfurt-1"})


def _meet(fault: faults.Fault, operation: str) -> None:
    time.sleep(fault.delay_s)
    if fault.error:
        raise ServiceError(fault.status, fault.code, fault.error, operation=operation)


class Transaction:
    """The records while no other process may touch them."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def find(self, id_: str) -> Record | None:
        row = self._connection.execute("SELECT body FROM records WHERE id = ?", (id_,)).fetchone()
        return _record(row[0]) if row else None

    def all(self, type_: str | None = None) -> list[Record]:
        where, values = ("WHERE type = ?", (type_,)) if type_ else ("", ())
        query = f"SELECT body FROM records {where} ORDER BY rowid"  # noqa: S608 — `where` is one of two constants
        return [_record(row[0]) for row in self._connection.execute(query, values)]

    def save(self, record: Record) -> None:
        self._connection.execute(
            "INSERT INTO records (id, type, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET body = excluded.body",
            (record.id, record.type, json.dumps(vars(record))),
        )

    def forget(self, id_: str) -> None:
        self._connection.execute("DELETE FROM records WHERE id = ?", (id_,))

    def require(self, id_: str, type_: str) -> Record:
        """A thing that another one refers to.

        Raises:
            ServiceError: there is no such thing, in OCI's words.
        """
        record = self.find(id_)
        if record is None or record.type != type_:
            raise ServiceError(404, "NotAuthorizedOrNotFound", f"{type_} {id_} not found")
        return record

    def users_of(self, id_: str) -> list[Record]:
        """The things whose arguments name this one."""
        return [record for record in self.all() if record.id != id_ and _mentions(record.inputs, id_)]


def _record(body: str) -> Record:
    return Record(**json.loads(body))


def _mentions(value: Any, id_: str) -> bool:
    if isinstance(value, dict):
        return any(_mentions(item, id_) for item in value.values())  # pyright: ignore[reportUnknownVariableType] -- JSON
    if isinstance(value, list):
        return any(_mentions(item, id_) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value == id_


def now() -> str:
    """The time as OCI writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] + " +0000 UTC"


def this_process() -> str:
    """This process in a form that no later process can share: its pid and when it started."""
    return _identity(os.getpid())


def is_alive(owner: str) -> bool:
    """Whether the process that `this_process` named still runs."""
    return owner == _identity(int(owner.partition(":")[0]))


def _identity(pid: int) -> str:
    try:
        statistics = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except OSError:
        return f"{pid}:gone"
    # The name in parentheses may hold spaces; the start time is field 22 of the line.
    return f"{pid}:{statistics.rsplit(')', 1)[1].split()[19]}"


def merged(*parts: Mapping[str, Any]) -> dict[str, Any]:
    """Maps laid over each other, absent values left out."""
    return {name: value for part in parts for name, value in part.items() if value is not None}
