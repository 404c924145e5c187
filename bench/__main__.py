"""`python -m bench`: first update of many people and a preview of nothing, beside the floors of engine and API."""
# ruff: noqa: T201 — it talks to a terminal

import argparse
import json
import sys
from pathlib import Path
from typing import Final

from rich.console import Console

from bench.measure import api_floor_s, engine_floor, product
from bench.report import Report
from lab.engine import ensure
from lab.steps import Steps

OUT: Final = Path(".chaos") / "bench.json"


def measure(people: int) -> Report:
    """Measure all three, one after the other."""
    return Report(people=people, product=product(people), engine=engine_floor(people), api_up_s=api_floor_s(people))


def main(arguments: list[str]) -> int:
    """Measure, print a table, write JSON."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--people", type=int, default=1000, metavar="N", help="how many people (1000)")
    parser.add_argument("--json", type=Path, default=OUT, metavar="FILE", help=f"where the figures go ({OUT})")
    asked = parser.parse_args(arguments)
    with Steps(OUT.parent / "logs", Console()).step("engine", "engine") as step:
        ensure(step)
    report = measure(asked.people)
    asked.json.parent.mkdir(parents=True, exist_ok=True)
    asked.json.write_text(json.dumps(report.as_dict(), indent=2) + "\n", encoding="utf-8")
    print(report.table())
    print(f"figures: {asked.json}")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
