"""What runs leave behind: a line a seed in .chaos/, so that an interrupted campaign goes on; and the figures of all."""

import hashlib
import json
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any, Final

from tests.chaos.campaign.faults import KINDS
from tests.chaos.campaign.watch import INVARIANTS

ROOT: Final = Path(__file__).parents[3]
FOLDER: Final = ROOT / ".chaos"
_JUDGED: Final = ("core", "mailcow", "users", "vault", "ssh", "tests/chaos")
Line = dict[str, Any]


class Records:
    """The lines of one kind of run, for the code as it is now: those of other code are passed over."""

    def __init__(self, kind: str, folder: Path = FOLDER) -> None:
        """Open ``<folder>/<kind>.jsonl``, which need not be there."""
        self._path = folder / f"{kind}.jsonl"

    def read(self) -> dict[int, Line]:
        """Give the lines by seed."""
        if not self._path.exists():
            return {}
        lines = (json.loads(text) for text in self._path.read_text(encoding="utf-8").splitlines() if text.strip())
        return {line["seed"]: line for line in lines if line["code"] == code()}

    def add(self, line: Line) -> None:
        """Append one line."""
        self._path.parent.mkdir(exist_ok=True)
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"code": code(), **line}, sort_keys=True) + "\n")


@cache
def code() -> str:
    """Name the code that is judged, and that judges: changes with either."""
    digest = hashlib.sha256()
    for folder in _JUDGED:
        for path in sorted((ROOT / folder).rglob("*.py")):
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def figures(lines: Iterable[Line]) -> Line:
    """Count what the seeds came to, by kind of fault and by invariant."""
    seeds = list(lines)
    commands = [command for line in seeds for command in line["faulty"]]
    kinds: Line = {}
    for kind in KINDS:
        hit = [command for command in commands if kind in command["hits"]]
        ended = {how: sum(command["ended"] == how for command in hit) for how in ("done", "failed", "killed")}
        kinds[kind] = {"commands": len(hit), "hits": sum(command["hits"][kind] for command in hit), **ended}
    found = [violation for line in seeds for violation in line["violations"]]
    invariants = {name: sum(violation.startswith(f"{name}:") for violation in found) for name in INVARIANTS}
    edits: dict[str, int] = {}
    for line in seeds:
        for edit in line["edits"]:
            edits[edit] = edits.get(edit, 0) + 1
    return {
        "seeds": len(seeds),
        "commands": sum(line["commands"] for line in seeds),
        "exchanges": sum(line["exchanges"] for line in seeds),
        "seconds": round(sum(line["seconds"] for line in seeds), 1),
        "faults": kinds,
        "edits": dict(sorted(edits.items())),
        "invariants": invariants,
        "violations": len(found),
        "seeds_with_violations": [line["seed"] for line in seeds if line["violations"]],
    }


def table(counted: Line) -> str:
    """Write the figures by kind of fault as text."""
    columns = ("commands", "hits", "done", "failed", "killed")
    lines = [f"{'fault':<18}" + "".join(f"{column:>10}" for column in columns)]
    for kind, row in counted["faults"].items():
        lines.append(f"{kind:<18}" + "".join(f"{row[column]:>10}" for column in columns))
    lines.append(
        f"{counted['seeds']} seeds, {counted['commands']} commands, {counted['exchanges']} exchanges,"
        f" {counted['seconds']:.0f} s; violations: {counted['violations']}"
    )
    return "\n".join(lines)
