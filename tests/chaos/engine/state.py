"""What the engine remembers: one row a resource, and what was under way when it was last written down."""

from dataclasses import dataclass, field
from typing import Any, Self

from tests.chaos.engine.wire import Properties


@dataclass(frozen=True, kw_only=True)
class Row:
    """One resource as recorded; never changed, only replaced by another row."""

    urn: str
    id: str
    inputs: Properties
    outputs: Properties
    protect: bool
    dependencies: tuple[str, ...]
    provider: str
    doomed: bool = False
    """Replaced by another of the same URN, and still to be deleted."""


@dataclass
class State:
    """The stack's state."""

    rows: list[Row] = field(default_factory=list[Row])
    pending: dict[str, str] = field(default_factory=dict[str, str])
    """What was begun: URN to create, update, delete or read."""

    def get(self, urn: str) -> Row | None:
        """Find the living row of a URN."""
        return next((row for row in self.rows if row.urn == urn and not row.doomed), None)

    def put(self, row: Row) -> None:
        """Record a resource in place of its living row, or as a new one."""
        old = self.get(row.urn)
        if old is None:
            self.rows.append(row)
        else:
            self.rows[self.rows.index(old)] = row

    def drop(self, row: Row) -> None:
        """Forget a row."""
        self.rows = [other for other in self.rows if other is not row]

    def copied(self) -> Self:
        """Write it down."""
        return type(self)(list(self.rows), dict(self.pending))

    def compared(self) -> dict[str, Any]:
        """Give what counts when two states are compared."""
        return {row.urn: (row.id, row.inputs, row.outputs, row.protect) for row in self.rows}
