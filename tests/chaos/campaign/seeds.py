"""Runs of seeds in the model: one by one, many, and with defects planted."""

import time
from collections.abc import Callable, Iterable
from dataclasses import asdict

from tests.chaos.campaign.plan import plan_of
from tests.chaos.campaign.planted import DEFECTS, planted
from tests.chaos.campaign.records import Line, Records
from tests.chaos.campaign.world import Result, World
from tests.chaos.clock import START


def run_seed(seed: int) -> Result:
    """Run one seed in a world of its own."""
    return World(plan_of(seed, START.date())).run()


def run_seeds(seeds: Iterable[int], records: Records, say: Callable[[str], None]) -> list[Line]:
    """Run seeds that have no line yet; gives the lines of all."""
    known, lines = records.read(), list[Line]()
    for seed in seeds:
        if seed not in known:
            started = time.monotonic()
            line = asdict(run_seed(seed))
            line["seconds"] = round(time.monotonic() - started, 2)
            records.add(line)
            known[seed] = line
            for violation in line["violations"]:
                say(f"seed {seed}: {violation}")
        lines.append(known[seed])
    return lines


def find_planted(defect: str, seeds: Iterable[int]) -> tuple[int, str] | None:
    """Look for a planted defect; gives the first seed that finds it, and what it says."""
    with planted(defect):
        for seed in seeds:
            found = run_seed(seed).violations
            if found:
                return seed, found[0]
    return None


def find_all_planted(seeds: range, say: Callable[[str], None]) -> dict[str, Line]:
    """Plant each defect in turn."""
    found: dict[str, Line] = {}
    for defect in DEFECTS:
        hit = find_planted(defect, seeds)
        found[defect] = {"found": hit is not None}
        if hit is None:
            say(f"{defect:<22} NOT found in seeds {seeds.start} to {seeds.stop - 1}")
            continue
        seed, what = hit
        found[defect] |= {"seed": seed, "seeds_tried": seed - seeds.start + 1, "invariant": what.partition(":")[0]}
        say(f"{defect:<22} found by seed {seed}: {what[:150]}")
    return found
