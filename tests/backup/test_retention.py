"""Which snapshots are there after each of 400 days, with nights that failed, runs by hand and a domain that left."""

import random
import subprocess
from datetime import date, timedelta
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "backup/host/retention.sh"
KEEP = 7
BEGIN = date(2026, 11, 23)


def dropped(today: str, days: list[str], still: str, keep: int = KEEP) -> list[str]:
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", f"source {SCRIPT}; drop_of {today} {keep} {still}"],
        input="".join(f"{day}\n" for day in days),
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split()


def name(day: date) -> str:
    return f"{day:%Y%m%d}"


@pytest.mark.parametrize("seed", [1, 2])
def test_over_400_days_a_domain_has_its_newest_seven_and_one_that_left_has_none_after_a_week(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 — nothing secret
    made: dict[str, list[str]] = {"stays": [], "leaves": []}
    ever: list[str] = []
    left_on = 200
    for number in range(400):
        today = BEGIN + timedelta(days=number)
        if chance.random() < 0.15 or 60 <= number < 75:
            continue  # a night that failed removes nothing: prune comes after the verified snapshot
        for domain, days in made.items():
            here = domain == "stays" or number < left_on
            if here:
                days.append(name(today))
            going = dropped(name(today), days, "here" if here else "gone")
            made[domain] = [day for day in days if day not in going]
        ever.append(name(today))

        assert made["stays"] == ever[-KEEP:]
        oldest = name(today - timedelta(days=KEEP - 1))
        if number < left_on:
            assert made["leaves"] == ever[-KEEP:]
        else:
            assert (
                made["leaves"] == [day for day in ever if oldest <= day < name(BEGIN + timedelta(days=left_on))][-KEEP:]
            )


def test_after_weeks_without_a_backup_the_last_good_ones_are_still_there() -> None:
    days = [name(BEGIN - timedelta(days=number)) for number in (40, 41, 42)]

    assert dropped(name(BEGIN), [name(BEGIN), *days], "here") == []


def test_what_is_no_day_of_a_snapshot_is_never_touched() -> None:
    others = ["20261101.part", "20261102.old", "notes", "2026110", "lost+found"]

    assert dropped(name(BEGIN), [*others, *(f"2026110{number}" for number in range(1, 10))], "here", keep=3) == [
        f"2026110{number}" for number in range(1, 7)
    ]


def test_nothing_there_is_nothing_to_do() -> None:
    assert dropped(name(BEGIN), [], "here") == []
    assert dropped(name(BEGIN), [], "gone") == []
