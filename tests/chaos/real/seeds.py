"""Runs of seeds on the real engine, each beside the same seed in the model."""

import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lab.engine.build import expected
from tests.chaos.campaign.plan import plan_of
from tests.chaos.campaign.records import FOLDER, Line, Records
from tests.chaos.campaign.seeds import run_seed
from tests.chaos.real.openbao import OpenBao
from tests.chaos.real.warm import WarmPython, warm_python
from tests.chaos.real.world import RealWorld
from tests.clients.openbao import running


@contextmanager
def vault() -> Iterator[OpenBao]:
    """Run a real OpenBao."""
    with tempfile.TemporaryDirectory() as home, running(Path(home)) as address:
        yield OpenBao(address)


def run_real_seed(seed: int, bao: OpenBao, folder: Path, warm: WarmPython | None = None) -> Line:
    """Run one seed on the real engine and in the model; what differs at the end is a violation."""
    started = time.monotonic()
    result = RealWorld(plan_of(seed, datetime.now(tz=UTC).date()), bao, folder, warm).run()
    line = asdict(result)
    line["seconds"] = round(time.monotonic() - started, 1)
    line["violations"] += [
        f"another_ending_than_the_models: {what}" for what in apart(result.ending, run_seed(seed).ending)
    ]
    return line


def apart(real: dict[str, Any], model: dict[str, Any]) -> list[str]:
    """Say what is not the same in two endings."""
    return [
        f"{kind} {name}: {real[kind].get(name)} and not {model[kind].get(name)}"
        for kind in real
        for name in sorted({*real[kind], *model[kind]})
        if real[kind].get(name) != model[kind].get(name)
    ]


def run_real_seeds(seeds: Iterable[int], records: Records, say: Callable[[str], None]) -> list[Line]:
    """Run seeds that have no line yet; gives the lines of all."""
    if not (expected() / "pulumi").exists():
        raise FileNotFoundError("there is no engine yet; `make demo` or `make test` builds it")
    known, lines = records.read(), list[Line]()
    with vault() as bao, warm_python() as warm:
        for seed in seeds:
            if seed not in known:
                known[seed] = run_real_seed(seed, bao, FOLDER / "real", warm)
                records.add(known[seed])
                say(f"seed {seed} on the real engine: {known[seed]['seconds']:.0f} s")
                for violation in known[seed]["violations"]:
                    say(f"seed {seed}: {violation}")
            lines.append(known[seed])
    return lines
