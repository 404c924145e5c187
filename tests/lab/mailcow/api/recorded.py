"""The recorded exchanges of a real mailcow, and the table of those that are not (fully) compared."""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).parents[3] / "data" / "mailcow-api"
CONFORMANCE_FILES = (
    "01-auth",
    "02-status",
    "03-domain",
    "04-mailbox",
    "05-alias",
    "06-dkim",
    "07-relayhost",
    "08-app-passwd",
    "09-misc",
    "10-batch",
    "12-half-deleted",
    "13-session-cookie",
    "14-outage",
    "15-more",
    "16-admin",
)
RUNS_FILE = "11-concurrency"
"""Calls that were sent at one moment; it holds runs instead of exchanges."""


@dataclass(frozen=True)
class Exchange:
    """One recorded call; `raw_body` and `raw_answer` are texts that are no JSON, None when there is JSON."""

    file: str
    index: int
    name: str
    method: str
    path: str
    headers: dict[str, str]
    body: Any
    raw_body: str | None
    status: int
    answer_headers: dict[str, str]
    answer: Any
    raw_answer: str | None
    abbreviated: str
    """"first N of M elements", or empty."""


@dataclass(frozen=True)
class Run:
    """Calls that were sent at one moment; `outcomes` counts equal answers."""

    name: str
    parallel: int
    method: str
    path: str
    body_of_first: Any
    outcomes: dict[str, int]
    state_after: dict[str, Any]


@dataclass(frozen=True)
class Exempted:
    """A line of the table: an exchange that is left out, or compared by its shape only."""

    file: str
    name: str
    reason: str


@cache
def exchanges(file: str) -> tuple[Exchange, ...]:
    """Read one transcript."""
    recorded = json.loads((FOLDER / f"{file}.json").read_text(encoding="utf-8"))
    return tuple(_exchange(file, index, one) for index, one in enumerate(recorded["exchanges"]))


@cache
def runs() -> tuple[Run, ...]:
    """Read the runs of calls in parallel."""
    recorded = json.loads((FOLDER / f"{RUNS_FILE}.json").read_text(encoding="utf-8"))
    return tuple(_run(one) for one in recorded["runs"])


def names(file: str) -> list[str]:
    """Give the name of everything that a file records."""
    return [one.name for one in (runs() if file == RUNS_FILE else exchanges(file))]


def left_out() -> tuple[Exempted, ...]:
    """Read the exchanges that the stand-in does not answer as recorded."""
    return _table("left_out")


def by_shape() -> tuple[Exempted, ...]:
    """Read the exchanges whose values are the machine's: only names and types are compared."""
    return _table("by_shape")


def by_rule() -> tuple[Exempted, ...]:
    """Read the runs in which the machine's timing decided: what is always so is compared instead of the counts."""
    return _table("by_rule")


def _table(section: str) -> tuple[Exempted, ...]:
    table = json.loads((FOLDER / "not-compared.json").read_text(encoding="utf-8"))
    return tuple(Exempted(**line) for line in table[section])


def _run(one: dict[str, Any]) -> Run:
    request = one.get("request", {})
    return Run(
        name=one["name"],
        parallel=one.get("parallel", 0),
        method=request.get("method", ""),
        path=request.get("path", ""),
        body_of_first=request.get("body_of_first"),
        outcomes=one.get("outcomes", {}),
        state_after=one.get("state_after", {}),
    )


def _exchange(file: str, index: int, one: dict[str, Any]) -> Exchange:
    request, response = one["request"], one["response"]
    return Exchange(
        file=file,
        index=index,
        name=one["name"],
        method=request["method"],
        path=request["path"],
        headers=request.get("headers", {}),
        body=request.get("body"),
        raw_body=request.get("raw_body"),
        status=response["status"],
        answer_headers=response.get("headers") or {},
        answer=response.get("body"),
        raw_answer=response.get("raw_body"),
        abbreviated=str(response.get("abbreviated") or ""),
    )
