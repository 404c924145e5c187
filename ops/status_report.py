"""How a look at a stack is told: one table, what needs attention below it with what to do."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from core.status import Level, Line

_MARKS: Final[Mapping[Level, tuple[str, str]]] = {
    "fine": ("✓", "green"),
    "attention": ("✗", "red"),
    "unreachable": ("?", "red"),
    "no data": ("-", "dim"),
}


def print_status(lines: Sequence[Line], console: Console) -> None:
    """Print every line, and after them what to do."""
    table = Table(box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False)
    for head in ("", "what", "of", "how it stands"):
        table.add_column(head, no_wrap=head in {"", "what"})
    for line in lines:
        mark, style = _MARKS[line.level]
        table.add_row(mark, line.name, line.about, line.said, style=style)
    console.print(table)
    for line in lines:
        if line.level in {"attention", "unreachable"} and line.to_do:
            console.print(f"{line.name}, {line.about}: {line.to_do}")
    console.print(summary(lines))


def summary(lines: Sequence[Line]) -> str:
    """Say in one line how it stands."""
    unheard = sum(line.level == "unreachable" for line in lines)
    bad = sum(line.level == "attention" for line in lines)
    unknown = sum(line.level == "no data" for line in lines)
    known = f" {unknown} without data." if unknown else ""
    if not unheard and not bad:
        return f"All that is measured is fine.{known}"
    told = [f"{unheard} could not be asked"] * bool(unheard) + [f"{bad} to look at"] * bool(bad)
    return f"{', '.join(told)}.{known}"


def as_json(lines: Sequence[Line], *, stack: str, now_s: float) -> str:
    """Give the same for machines."""
    document: dict[str, Any] = {
        "stack": stack,
        "at": datetime.fromtimestamp(now_s, tz=UTC).isoformat(timespec="seconds"),
        "summary": summary(lines),
        "lines": [asdict(line) for line in lines],
    }
    return json.dumps(document, indent=2)
