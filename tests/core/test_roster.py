"""Nothing vanishes that was not closed in time."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.roster import RENAMING, RosterEntries, carry_over, from_props, refusals, to_props

TODAY = date(2026, 11, 22)


def entries(
    tombstones: dict[str, str] | None = None, domains: tuple[str, ...] = ("example.com",), **people: str
) -> Any:
    """Make entries of example.com: name → date, or empty for somebody active."""
    return from_props(
        {
            "domains": list(domains),
            "addresses": {f"{name}@example.com": until for name, until in people.items()},
            "tombstones": tombstones or {},
        }
    )


def refused(
    old: RosterEntries, new: RosterEntries, today: date = TODAY, *, reuse_addresses: tuple[str, ...] = ()
) -> dict[str, str]:
    return refusals(old, new, today, destroying=False, reuse_addresses=reuse_addresses)


def test_the_first_list_and_the_same_list_again_are_let_through() -> None:
    people = entries(alice="", bob="2026-12-31")

    assert refused(RosterEntries(), people) == {}
    assert refused(people, people) == {}


def test_somebody_active_who_vanishes_is_refused_with_the_line_to_write() -> None:
    said = refused(entries(alice="", bob=""), entries(alice=""))

    assert list(said) == ["bob@example.com"]
    assert "offboarded: [{name: bob, until: 2026-12-22}]" in said["bob@example.com"]
    assert "put bob back under users" in said["bob@example.com"]


def test_everybody_who_vanishes_is_named_at_once() -> None:
    assert list(refused(entries(alice="", bob="", carol="2027-01-01"), entries(alice=""))) == [
        "bob@example.com",
        "carol@example.com",
    ]


def test_somebody_whose_date_is_to_come_is_refused_with_the_date() -> None:
    said = refused(entries(alice="", bob="2026-11-23"), entries(alice=""))

    assert "its mail is kept until 2026-11-23" in said["bob@example.com"]
    assert "offboarded: [{name: bob, until: 2026-11-23}]" in said["bob@example.com"]


@pytest.mark.parametrize("until", ["2026-11-22", "2026-11-21", "2020-01-01"])
def test_from_the_date_on_the_line_may_be_taken_out(until: str) -> None:
    assert refused(entries(alice="", bob=until), entries(alice="")) == {}


def test_closing_coming_back_and_another_date_are_let_through() -> None:
    active, closed, later = entries(bob=""), entries(bob="2026-12-31"), entries(bob="2027-12-31")

    assert refused(active, closed) == refused(closed, active) == refused(closed, later) == refused(later, closed) == {}


def test_a_renamed_person_is_one_who_vanishes_and_is_told_how_a_name_is_changed() -> None:
    said = refused(entries(alice=""), entries(alicia=""))

    assert list(said) == ["alice@example.com"]
    assert said["alice@example.com"].endswith(
        "; if alicia@example.com is the same person under a new name, do as docs/how-to/rename.md says"
    )


def test_the_same_name_under_another_domain_may_be_the_same_person() -> None:
    old = RosterEntries(domains=("a.org", "b.org"), addresses={"x@a.org": None})
    new = RosterEntries(domains=("a.org", "b.org"), addresses={"x@b.org": None, "y@b.org": None})

    assert "; if x@b.org is the same person under a new name" in refused(old, new)["x@a.org"]


def test_many_new_people_are_not_all_named_as_the_one_who_vanished() -> None:
    arrived = RosterEntries(domains=("example.com",), addresses={f"p{number}@example.com": None for number in range(9)})
    said = refused(entries(alice=""), arrived)

    assert "p0@example.com or p1@example.com or p2@example.com or another is the same" in said["alice@example.com"]


def test_nobody_is_taken_for_renamed_who_vanished_alone_or_had_left_already() -> None:
    assert "rename.md" not in refused(entries(alice="", bob=""), entries(alice=""))["bob@example.com"]
    assert "rename.md" not in refused(entries(bob="2027-01-01"), entries(eve=""))["bob@example.com"]


def test_the_page_that_says_how_a_name_is_changed_is_there() -> None:
    assert (Path(__file__).parents[2] / RENAMING).is_file()


def test_destroying_the_stack_lifts_every_refusal() -> None:
    old = entries(alice="", bob="2030-01-01", tombstones={"carol@example.com": "2026-11-01"})

    assert refusals(old, RosterEntries(addresses={"carol@example.com": None}), TODAY, destroying=True) == {}


def test_a_domain_that_vanishes_with_its_people_is_refused_in_one_sentence() -> None:
    said = refused(entries(alice="", bob="2020-01-01"), RosterEntries())

    assert list(said) == ["example.com"]
    assert "still has alice@example.com, bob@example.com" in said["example.com"]


def test_a_big_domain_that_vanishes_is_told_in_a_sentence_that_can_be_read() -> None:
    said = refused(
        RosterEntries(
            domains=("example.com",), addresses={f"user{number:03}@example.com": None for number in range(100)}
        ),
        RosterEntries(),
    )

    assert "and 90 more" in said["example.com"]
    assert len(said["example.com"]) < 700


def test_a_domain_may_go_after_its_people() -> None:
    assert refused(entries(), RosterEntries()) == {}


def test_people_of_other_domains_are_judged_beside_a_domain_that_is_refused() -> None:
    old = RosterEntries(domains=("a.org", "b.org"), addresses={"x@a.org": None, "y@b.org": None})

    assert list(refused(old, RosterEntries(domains=("b.org",)))) == ["a.org", "y@b.org"]


def test_somebody_removed_leaves_a_tombstone_with_the_day() -> None:
    after = carry_over(entries(alice="", bob="2026-11-01"), entries(alice=""), TODAY)

    assert to_props(after) == {
        "domains": ["example.com"],
        "addresses": {"alice@example.com": ""},
        "tombstones": {"bob@example.com": "2026-11-22"},
    }


def test_a_tombstone_keeps_its_day_when_nothing_changes_so_that_nothing_is_to_do() -> None:
    old = entries(alice="", tombstones={"bob@example.com": "2026-11-22"})

    later = carry_over(old, entries(alice=""), TODAY + timedelta(days=100))

    assert to_props(later) == to_props(old)


@pytest.mark.parametrize(
    ("today", "kept"), [(date(2027, 12, 21), True), (date(2027, 12, 22), False), (date(2028, 6, 1), False)]
)
def test_a_tombstone_is_kept_for_thirteen_months(today: date, kept: bool) -> None:  # noqa: FBT001 — a column
    old = entries(alice="", tombstones={"bob@example.com": "2026-11-22"})

    assert ("bob@example.com" in carry_over(old, entries(alice=""), today).tombstones) is kept


def test_thirteen_months_after_the_end_of_a_long_month_is_the_end_of_a_short_one() -> None:
    old = entries(alice="", tombstones={"bob@example.com": "2027-01-31"})

    assert carry_over(old, entries(alice=""), date(2028, 2, 28)).tombstones
    assert not carry_over(old, entries(alice=""), date(2028, 2, 29)).tombstones


@pytest.mark.parametrize(("today", "let_through"), [(date(2027, 11, 21), False), (date(2027, 11, 22), True)])
def test_an_address_is_given_away_again_only_after_a_year(today: date, let_through: bool) -> None:  # noqa: FBT001 — a column
    old = entries(alice="", tombstones={"bob@example.com": "2026-11-22"})

    said = refused(old, entries(alice="", bob=""), today)

    assert (said == {}) is let_through
    assert let_through or "choose another name, wait until 2027-11-22" in said["bob@example.com"]


def test_an_address_that_is_deliberately_given_away_is_let_through_and_no_other() -> None:
    old = entries(alice="", tombstones={"bob@example.com": "2026-11-22", "eve@example.com": "2026-11-22"})
    new = entries(alice="", bob="", eve="")

    said = refused(old, new, reuse_addresses=("bob@example.com", "alice@example.com"))

    assert list(said) == ["eve@example.com"]
    assert "{name: eve, reuse_address: true}" in said["eve@example.com"]


def test_giving_an_address_away_does_not_let_anybody_vanish() -> None:
    assert list(refused(entries(bob=""), entries(alice=""), reuse_addresses=("bob@example.com",))) == [
        "bob@example.com"
    ]


def test_an_address_that_is_there_again_has_no_tombstone() -> None:
    old = entries(alice="", tombstones={"bob@example.com": "2026-11-22"})

    assert carry_over(old, entries(alice="", bob=""), date(2027, 12, 1)).tombstones == {}


def test_entries_go_through_the_engine_and_come_back_the_same() -> None:
    props = {
        "domains": ["a.org", "example.com"],
        "addresses": {"alice@example.com": "", "bob@example.com": "2026-12-31"},
        "tombstones": {"carol@example.com": "2026-11-22"},
    }

    assert to_props(from_props(props)) == props


def test_what_an_older_version_did_not_record_is_empty() -> None:
    assert from_props({}) == RosterEntries()
    assert from_props({"addresses": None}) == RosterEntries()
