"""Numbers, sizes and times as people read them."""

import pytest

from ops.figures import count, day, listing, size, span


@pytest.mark.parametrize(
    ("number_of_bytes", "written"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024, "10 KiB"),
        (1_288_490_189, "1.2 GiB"),
        (5 * 1024**5, "5120 TiB"),
    ],
)
def test_a_size_has_the_unit_that_fits(number_of_bytes: int, written: str) -> None:
    assert size(number_of_bytes) == written


def test_one_is_one_and_thousands_are_parted() -> None:
    assert (count(1, "message"), count(3402, "message")) == ("1 message", "3,402 messages")
    assert count(2, "person", "people") == "2 people"


def test_a_time_is_a_day_and_none_is_never() -> None:
    assert (day(1_795_132_800), day(0)) == ("2026-11-20", "never")


@pytest.mark.parametrize(("seconds", "written"), [(0.2, "0 s"), (59.4, "59 s"), (60, "1 min 0 s"), (200, "3 min 20 s")])
def test_a_span_is_seconds_and_minutes(seconds: float, written: str) -> None:
    assert span(seconds) == written


def test_an_enumeration_ends_with_and() -> None:
    assert (listing(["a"]), listing(["a", "b"]), listing(["a", "b", "c"])) == ("a", "a and b", "a, b and c")
    assert listing([]) == ""
