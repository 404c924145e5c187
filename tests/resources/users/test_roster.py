"""The roster: nobody vanishes by a typo, and the refusal comes in the preview."""

from datetime import date
from typing import Any

import pytest
from pulumi.runtime import rpc

from core.errors import RefusedError
from tests.resources.users.wire import Life, sent
from users import deletion
from users.roster import RosterProvider

TODAY = date(2026, 11, 22)


@pytest.fixture(autouse=True)
def today(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deletion, "today", lambda: TODAY)
    monkeypatch.delenv("MAILSTEAD_DESTROY", raising=False)


def people(**until: str) -> dict[str, Any]:
    """Inputs of a roster of example.com."""
    addresses = {f"{name}@example.com": day for name, day in until.items()}
    return {"stack": "dev", "domains": ["example.com"], "addresses": addresses, "tombstones": {}}


def recorded(**until: str) -> Life:
    """A roster that the state holds."""
    life = Life(RosterProvider())
    life.up(people(**until))
    return life


def test_a_person_who_vanished_stops_the_preview_with_a_sentence_about_that_person() -> None:
    life = recorded(alice="", bob="")

    failures = life.check(people(alice="")).failures

    assert [failure.property for failure in failures] == ["bob@example.com"]
    assert "offboarded" in failures[0].reason


def test_all_who_vanished_are_named_at_once() -> None:
    life = recorded(alice="", bob="", carol="2026-12-31")

    failures = life.check(people(alice="")).failures

    assert {failure.property for failure in failures} == {"bob@example.com", "carol@example.com"}


def test_a_person_whose_date_has_come_may_be_taken_out() -> None:
    life = recorded(alice="", bob="2026-11-22")

    assert life.up(people(alice="")) == "update"


def test_a_person_may_not_be_taken_out_the_day_before() -> None:
    life = recorded(alice="", bob="2026-11-23")

    assert [failure.property for failure in life.check(people(alice="")).failures] == ["bob@example.com"]


def test_closing_and_coming_back_are_updates() -> None:
    life = recorded(alice="", bob="")

    assert life.up(people(alice="", bob="2026-12-31")) == "update"
    assert life.up(people(alice="", bob="")) == "update"


def test_who_was_taken_out_leaves_a_tombstone_in_inputs_and_outputs() -> None:
    life = recorded(alice="", bob="2026-11-01")

    life.up(people(alice=""))

    assert life.inputs["tombstones"] == {"bob@example.com": "2026-11-22"}
    assert life.outputs["tombstones"] == {"bob@example.com": "2026-11-22"}


def test_tombstones_are_carried_on_and_are_no_change(monkeypatch: pytest.MonkeyPatch) -> None:
    life = recorded(alice="", bob="2026-11-01")
    life.up(people(alice=""))
    monkeypatch.setattr(deletion, "today", lambda: date(2027, 3, 1))

    assert life.up(people(alice="")) == "same"
    assert life.inputs["tombstones"] == {"bob@example.com": "2026-11-22"}


def test_a_tombstone_that_has_grown_old_goes_without_a_change_being_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    life = recorded(alice="", bob="2026-11-01")
    life.up(people(alice=""))
    monkeypatch.setattr(deletion, "today", lambda: date(2028, 3, 1))

    assert life.up(people(alice="")) == "same"
    assert life.inputs["tombstones"] == {}


def test_destroying_the_stack_by_name_lifts_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    life = recorded(alice="", bob="")
    monkeypatch.setenv("MAILSTEAD_DESTROY", "dev")

    assert life.check(people(alice="")).failures == []


@pytest.mark.parametrize("named", ["prod", "", "1", "true"])
def test_destroying_another_stack_lifts_nothing(monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    life = recorded(alice="", bob="")
    monkeypatch.setenv("MAILSTEAD_DESTROY", named)

    assert life.check(people(alice="")).failures != []
    with pytest.raises(RefusedError, match="mailstead destroy"):
        life.delete()


def test_the_roster_goes_only_with_its_stack(monkeypatch: pytest.MonkeyPatch) -> None:
    life = recorded(alice="")
    monkeypatch.setenv("MAILSTEAD_DESTROY", "dev")

    life.delete()

    assert life.id is None


def test_a_refresh_changes_nothing() -> None:
    life = recorded(alice="", bob="2026-12-31")
    before = dict(life.inputs)

    assert life.refresh() == "same"
    assert life.inputs == before
    assert life.up(people(alice="", bob="2026-12-31")) == "same"


def test_the_order_of_the_list_is_no_change() -> None:
    life = recorded(alice="", bob="")

    assert life.up(people(bob="", alice="")) == "same"


def test_what_is_not_known_yet_passes() -> None:
    life = recorded(alice="")

    inputs = life.provider.check(sent(life.inputs), {**sent(people()), "addresses": rpc.UNKNOWN}).inputs

    assert inputs["addresses"] == rpc.UNKNOWN


def test_a_roster_recorded_by_an_older_version_is_read() -> None:
    checked = RosterProvider().check({"addresses": {"bob@example.com": ""}}, sent(people(alice="")))

    assert [failure.property for failure in checked.failures] == ["bob@example.com"]


def test_an_address_is_deliberately_given_to_a_new_person_within_the_year_by_a_property() -> None:
    life = recorded(alice="", bob="2026-11-01")
    life.up(people(alice=""))
    again = people(alice="", bob="")

    assert [failure.property for failure in life.check(again).failures] == ["bob@example.com"]
    assert life.up({**again, "reuse_addresses": ["bob@example.com"]}) == "update"
