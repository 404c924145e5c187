"""The campaign in short: some seeds keep every invariant, a seed can be had again, and planted defects are found."""

import itertools

import pytest

from tests.chaos.campaign.company import knows
from tests.chaos.campaign.faults import KINDS
from tests.chaos.campaign.plan import plan_of
from tests.chaos.campaign.planted import DEFECTS, planted
from tests.chaos.campaign.seeds import run_seed
from tests.chaos.clock import START

SEEDS = range(6)
MANY = 150


@pytest.mark.parametrize("seed", SEEDS)
def test_after_the_last_fault_one_up_ends_as_desired_and_nothing_was_lost_on_the_way(seed: int) -> None:
    result = run_seed(seed)

    assert not result.violations
    assert result.ending["mailboxes"]


def test_a_seed_gives_the_same_exchanges_in_the_same_order_again() -> None:
    assert run_seed(2).digest == run_seed(2).digest


def test_plans_hold_every_kind_of_fault_of_edit_and_of_refusal() -> None:
    attempts = [
        attempt for seed in range(MANY) for attempts in plan_of(seed, START.date()).rounds for attempt in attempts
    ]

    assert {fault.kind for attempt in attempts for fault in attempt.faults} == set(KINDS)
    assert {edit for attempt in attempts for edit in attempt.edits} >= {
        "add_person",
        "edit_person",
        "edit_groups",
        "offboard",
        "come_back",
        "remove_person",
        "add_domain",
        "remove_domain",
        "vanish",
        "reuse",
        "drop_domain",
        "rename",
    }


def test_the_list_knows_every_word_that_the_campaign_writes() -> None:
    assert all(
        map(knows, ("full_name", "aliases", "lists", "catch_all", "protocols", "sending_limit", "forward", "mail"))
    )


FOUND_BY = {
    "no_cas": 2,
    "no_read_back": 3,
    "parallel_deletes": 1,
    "trusting_read": 6,
    "adoption_without_tag": 1,
    "no_roster": 0,
}
"""A seed that finds each planted defect; where plans change, `python -m tests.chaos` names others."""


@pytest.mark.parametrize("defect", DEFECTS)
def test_a_planted_defect_is_found(defect: str) -> None:
    with planted(defect):
        seeds = itertools.chain([FOUND_BY[defect]], range(12))
        assert any(run_seed(seed).violations for seed in seeds), f"{defect} was not found"
