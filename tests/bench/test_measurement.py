"""The measurement runs to its end with few people, and what it says of them is true."""

import pytest
from rich.console import Console

from bench.__main__ import measure
from lab.engine import ensure
from lab.steps import Steps

pytestmark = pytest.mark.lab

PEOPLE = 50


def test_few_people_are_brought_up_and_put_beside_both_floors(tmp_path_factory: pytest.TempPathFactory) -> None:
    steps = Steps(tmp_path_factory.mktemp("logs"), Console(stderr=True, force_terminal=False))
    with steps.step("engine", "engine") as step:
        ensure(step)

    report = measure(PEOPLE)

    assert report.product.exchanges < 4 * PEOPLE
    assert all(ratio > 0 for ratio in report.ratios().values())
    assert f"{PEOPLE} people" in report.table()
    # Four threads need a quarter of the time that the calls take one after the other, and hardly more.
    assert report.api_up_s < PEOPLE * 0.065
