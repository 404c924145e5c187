"""What the notes of a hand-over mean, and how its times are told."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from core.handover import handover_of, in_plain_words, in_words, notes_of, ttl_s, without_notes

NOW = datetime(2026, 11, 22, 14, 5, tzinfo=UTC)
NOTES = notes_of(accessor="a1", expires=NOW + timedelta(hours=24))


@pytest.mark.parametrize(("text", "seconds"), [("1m", 60), ("30m", 1800), ("24h", 86_400), ("7d", 604_800)])
def test_a_span_is_minutes_hours_or_days(text: str, seconds: int) -> None:
    assert ttl_s(text) == seconds


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "1.5h", "24 h", "24H", "٣h", "30s", "1h30m"])
def test_what_is_no_span_is_refused_with_what_to_write(text: str) -> None:
    with pytest.raises(ValueError, match="30m, 24h, 3d"):
        ttl_s(text)


@pytest.mark.parametrize("text", ["8d", "169h", "9999999d"])
def test_a_token_is_open_for_a_week_at_most(text: str) -> None:
    with pytest.raises(ValueError, match="between 1m and 7d"):
        ttl_s(text)


def test_without_notes_a_password_was_never_handed_over() -> None:
    assert handover_of({"state": "initial"}, is_open=False, now=NOW).status == "never"


def test_a_token_that_is_there_is_open() -> None:
    found = handover_of(NOTES, is_open=True, now=NOW)

    assert (found.status, found.expires) == ("open", NOW + timedelta(hours=24))


def test_a_token_that_went_before_its_end_was_used() -> None:
    assert handover_of(NOTES, is_open=False, now=NOW + timedelta(hours=23, minutes=59)).status == "used"


def test_a_token_that_is_gone_after_its_end_has_expired() -> None:
    assert handover_of(NOTES, is_open=False, now=NOW + timedelta(hours=24)).status == "expired"


def test_a_password_that_was_shown_on_screen_stays_used_for_ever() -> None:
    notes = {**NOTES, "handover_delivered": "2026-11-22T14:05:00+00:00"}

    found = handover_of(notes, is_open=False, now=NOW + timedelta(days=99))

    assert (found.status, found.delivered) == ("used", NOW)


@pytest.mark.parametrize("written", ["", "soon", "2026-13-01T00:00:00Z"])
def test_a_note_that_somebody_spoilt_tells_nothing_of_who_opened_it(written: str) -> None:
    found = handover_of({**NOTES, "handover_expires": written}, is_open=False, now=NOW)

    assert (found.status, found.expires) == ("expired", None)


def test_the_notes_of_others_stay() -> None:
    assert without_notes({**NOTES, "handover_delivered": "x", "state": "initial"}) == {"state": "initial"}


def test_a_time_is_told_in_utc_wherever_it_comes_from() -> None:
    there = datetime(2026, 11, 23, 15, 5, tzinfo=timezone(timedelta(hours=1)))

    assert in_plain_words(there, now=NOW) == "Monday 23 November 2026, 14:05 UTC (in 24 hours)"
    assert in_plain_words(NOW, now=there) == "Sunday 22 November 2026, 14:05 UTC (24 hours ago)"


@pytest.mark.parametrize(
    ("span", "words"),
    [
        ({"seconds": 10}, "less than a minute"),
        ({"minutes": 1}, "1 minute"),
        ({"minutes": 90}, "90 minutes"),
        ({"hours": 2}, "2 hours"),
        ({"hours": 24, "seconds": -1}, "24 hours"),
        ({"hours": 47}, "47 hours"),
        ({"days": 3}, "3 days"),
    ],
)
def test_a_span_is_told_in_its_biggest_unit_that_fits(span: dict[str, int], words: str) -> None:
    assert in_words(timedelta(**span)) == words
