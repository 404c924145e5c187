"""The same seeds on the real engine end as in the model."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from lab.engine import ensure
from lab.steps import Steps
from tests.chaos.real.openbao import OpenBao
from tests.chaos.real.seeds import run_real_seed, vault

pytestmark = pytest.mark.lab

SEEDS = (2, 5)


@pytest.fixture(scope="module")
def bao(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenBao]:
    """A real OpenBao, and an engine, which is built where there is none."""
    steps = Steps(tmp_path_factory.mktemp("logs"), Console(stderr=True, force_terminal=False))
    with steps.step("engine", "engine") as step:
        ensure(step)
    with vault() as bao:
        yield bao


@pytest.mark.parametrize("seed", SEEDS)
def test_a_seed_ends_on_the_real_engine_as_in_the_model(seed: int, bao: OpenBao, tmp_path: Path) -> None:
    assert run_real_seed(seed, bao, tmp_path)["violations"] == []
