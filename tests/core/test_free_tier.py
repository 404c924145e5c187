"""A plan beyond what Oracle gives away is refused before anything is made, unless somebody chose to pay."""

from datetime import date, timedelta

import pytest

from core.errors import InputError
from core.free_tier import budget, budget_table, check_free_tier, facts_age_days, stale_facts_warning
from core.free_tier_facts import A1_MEMORY, A1_OCPUS, LIMITS, STORAGE
from core.settings import Settings
from tests.core import samples


def refusals(**changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        check_free_tier(samples.settings(**changes), stack_file="Pulumi.dev.yaml")
    return [str(problem) for problem in caught.value.problems]


def test_the_defaults_cost_nothing() -> None:
    check_free_tier(samples.settings())

    assert all(row.ok for row in budget(samples.settings()))


def test_the_allowance_is_that_of_june_2026() -> None:
    assert (A1_OCPUS.amount, A1_MEMORY.amount, STORAGE.amount) == (2, 12, 200)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"instance_ocpus": 3}, "A1 processors 3 OCPU is beyond the 2 OCPU that Oracle gives away"),
        ({"instance_memory_gib": 13}, "A1 memory 13 GB is beyond the 12 GB"),
        ({"block_volume_sizes": (100, 51)}, "block and boot volumes 201 GB is beyond the 200 GB"),
        ({"boot_volume_size_gib": 101}, "block and boot volumes 201 GB is beyond the 200 GB"),
        ({"instance_shape": "VM.Standard.E5.Flex"}, "VM.Standard.E5.Flex instances 1 is beyond the 0"),
    ],
)
def test_one_step_beyond_the_allowance_is_refused_with_what_to_change(changes: dict[str, object], said: str) -> None:
    (refusal,) = refusals(**changes)

    assert refusal.startswith(f"Pulumi.dev.yaml: {said}")
    assert next(iter(changes)) in refusal.partition("; change ")[2]
    assert "instance_count" not in refusal
    assert "mailstead:allow_paid: true" in refusal


def test_everything_that_is_exceeded_is_said_at_once() -> None:
    found = refusals(instance_count=2, instance_ocpus=2, instance_memory_gib=12)

    assert [line.split(": ")[1].split(" is beyond")[0] for line in found] == [
        "A1 processors 4 OCPU",
        "A1 memory 24 GB",
        "block and boot volumes 300 GB",
        "reserved public IPs 2",
    ]


def test_two_hosts_are_beyond_the_allowance_even_when_they_are_small() -> None:
    (said,) = refusals(instance_count=2, instance_ocpus=1, instance_memory_gib=6, block_volume_sizes=(50, 50))[-1:]

    assert "reserved public IPs 2 is beyond the 1" in said


def test_the_whole_allowance_may_be_used() -> None:
    check_free_tier(samples.settings(instance_ocpus=2, instance_memory_gib=12, block_volume_sizes=(100, 50)))


def test_whoever_chooses_to_pay_gets_what_was_planned() -> None:
    check_free_tier(samples.settings(instance_count=2, allow_paid=True))


def test_the_plan_beside_the_allowance_is_a_table_that_can_be_read() -> None:
    lines = budget_table(budget(samples.settings(instance_ocpus=4))).splitlines()

    assert lines[0].split() == ["what", "planned", "free", "unit"]
    assert lines[1].split() == ["A1", "processors", "4", "2", "OCPU", "beyond"]
    assert lines[2].split() == ["A1", "memory", "12", "12", "GB", "ok"]
    assert len(lines) == 8
    assert len({line.index(word) for line, word in ((lines[1], "OCPU"), (lines[2], "GB"))}) == 1


def test_every_figure_says_where_it_comes_from_and_when_it_was_looked_at() -> None:
    assert all(limit.source and date(2026, 6, 15) < limit.checked for limit in LIMITS)


def test_figures_older_than_a_year_are_complained_about_by_name() -> None:
    oldest = min(limit.checked for limit in LIMITS)

    assert stale_facts_warning(oldest + timedelta(days=365)) is None
    said = stale_facts_warning(oldest + timedelta(days=366))
    assert said is not None
    assert f"{STORAGE.what} (2026-08-29)" in said
    assert A1_OCPUS.what not in said


def test_the_age_of_the_figures_is_that_of_the_oldest() -> None:
    assert facts_age_days(date(2026, 8, 30)) == 1
    assert facts_age_days(date(2026, 11, 22)) == 85


def test_a_server_that_is_there_already_asks_nothing_of_the_cloud() -> None:
    there = Settings(host="existing", host_address="203.0.113.20", mail_hostname="mail.example.com")

    assert budget(there) == ()
    check_free_tier(there)


def test_records_at_oracle_have_a_price() -> None:
    with pytest.raises(
        InputError, match=r"use of Oracle's DNS 1 is beyond the 0 that Oracle gives away; change dns, or"
    ):
        check_free_tier(samples.settings(dns="oci"))
    check_free_tier(samples.settings(dns="oci", allow_paid=True))


def test_the_bucket_for_copies_stands_in_the_plan_with_what_is_free_of_it() -> None:
    (row,) = [
        row for row in budget(samples.settings(backup_public_key="key.asc", offsite="oci")) if "object" in row.what
    ]

    assert (row.allowed, row.unit, row.ok) == (20, "GB", True)
