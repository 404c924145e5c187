"""`python -m tests.chaos`: the campaign, long or short, or one seed of it. An interrupted one goes on where it was."""
# ruff: noqa: T201 — it talks to a terminal

import argparse
import json
import signal
import subprocess
import sys
from typing import Any

from rich.console import Console

from lab.engine import ensure
from lab.steps import Steps
from tests.chaos.campaign.planted import DEFECTS
from tests.chaos.campaign.records import FOLDER, Records, figures, table
from tests.chaos.campaign.seeds import find_all_planted, run_seed, run_seeds
from tests.chaos.real.seeds import run_real_seed, run_real_seeds, vault

_PLANTED_WITHIN = 100
"""So many seeds may each planted defect take to be found."""


def main(arguments: list[str]) -> int:
    """Run what is asked for; 1 when something was violated or a planted defect was not found."""
    asked = _parser().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # what was started is ended on the way out
    model, real = Records("model"), Records("real")
    if asked.seed is not None:
        return _one_on_the_real_engine(asked.seed) if asked.on_engine else _one(asked.seed)
    if asked.on_engine:
        run_real_seeds(range(asked.real), real, lambda text: print(text, flush=True))
        return 0
    # The model has a core to itself, and the engine the other one.
    beside = _beside(asked.real) if asked.real else None
    print(
        f"{asked.seeds} seeds in the model, {asked.real} on the real engine; results are kept in {FOLDER}", flush=True
    )
    lines = run_seeds(range(asked.first, asked.first + asked.seeds), model, lambda text: print(text, flush=True))
    result: dict[str, Any] = {"model": figures(lines)}
    print(f"\nmodel\n{table(result['model'])}", flush=True)
    if not asked.no_planted:
        result["planted"] = find_all_planted(range(_PLANTED_WITHIN), lambda text: print(text, flush=True))
    failed = beside is not None and beside.wait() != 0
    if asked.real:
        known = real.read()
        result["real"] = figures([known[seed] for seed in range(asked.real) if seed in known])
        print(f"\nreal engine\n{table(result['real'])}")
    return _concluded(result, failed=failed)


def _concluded(result: dict[str, Any], *, failed: bool) -> int:
    """Write the figures down, and say in the end what counts."""
    FOLDER.mkdir(exist_ok=True)
    (FOLDER / "figures.json").write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    violations = sum(result[part]["violations"] for part in ("model", "real") if part in result)
    found = [defect for defect, one in result.get("planted", {}).items() if one["found"]]
    print(f"\nviolations: {violations}; figures: {FOLDER / 'figures.json'}")
    if "planted" in result:
        print(f"planted defects: {len(found)} of {len(DEFECTS)} found")
    missed = "planted" in result and len(found) < len(DEFECTS)
    return 1 if violations or missed or failed else 0


def _beside(seeds: int) -> subprocess.Popen[bytes]:
    """Run seeds on the real engine in a process of its own."""
    with Steps(FOLDER / "logs", Console()).step("engine", "engine") as step:
        ensure(step)
    return subprocess.Popen([sys.executable, "-m", "tests.chaos", "--on-engine", "--real", str(seeds)])


def _one(seed: int) -> int:
    result = run_seed(seed)
    for command in result.faulty:
        print(f"{command['ended']:<7} {command['hits']}")
    print("\n".join(result.violations) or "no violation")
    print(f"seed {seed}: {result.commands} commands, {result.exchanges} exchanges, digest {result.digest[:16]}")
    return 1 if result.violations else 0


def _one_on_the_real_engine(seed: int) -> int:
    with vault() as bao:
        line = run_real_seed(seed, bao, FOLDER / "real")
    print("\n".join(line["violations"]) or "no violation")
    print(f"seed {seed}: {line['commands']} commands, {line['exchanges']} exchanges, {line['seconds']:.0f} s")
    return 1 if line["violations"] else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--seeds", type=int, default=1000, metavar="N", help="how many seeds in the model (1000)")
    parser.add_argument("--real", type=int, default=60, metavar="N", help="how many of them on the real engine (60)")
    parser.add_argument("--from", dest="first", type=int, default=0, metavar="SEED", help="the model's first seed (0)")
    parser.add_argument("--seed", type=int, metavar="N", help="only this one, and say what happened")
    parser.add_argument("--on-engine", action="store_true", help="only the real engine")
    parser.add_argument("--no-planted", action="store_true", help="leave the planted defects out")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
