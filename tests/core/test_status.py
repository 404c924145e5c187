"""What figures of a host mean: fine, something to look at, or nobody knows."""

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from core.status import (
    BACKUP_MAY_BE_S,
    CERTIFICATE_LEAST_S,
    DAY_S,
    HOUR_S,
    QUEUE_MAY_BE_S,
    Expected,
    Figures,
    Level,
    Line,
    Sample,
    ago,
    certificate_line,
    exit_code,
    judged,
)

NOW = 1_790_000_000.0
HOST = "mail.example.com"
EXPECTED = Expected(backups=True, offsite=True, domains=("example.com",))
Given = Mapping[str, Sequence[tuple[float, dict[str, str]]]]
GOOD: Given = {
    "mail_collector_last_run_timestamp_seconds": [(NOW - 60, {"collector": "queue"})],
    "mail_queue_messages": [
        (2, {"queue": "deferred", "direction": "outbound", "domain": "example.com"}),
        (1, {"queue": "deferred", "direction": "inbound", "domain": "example.com"}),
    ],
    "mail_queue_oldest_seconds": [
        (600, {"direction": "outbound", "domain": "example.com"}),
        (90_000, {"direction": "outbound", "domain": "other"}),
    ],
    "mail_backup_last_success_timestamp_seconds": [
        (NOW - 5 * HOUR_S, {"domain": "example.com"}),
        (NOW - 5 * HOUR_S, {"domain": "system"}),
    ],
    "mail_backup_last_run_success": [(1, {})],
    "mail_offsite_last_success_timestamp_seconds": [(NOW - 3 * DAY_S, {})],
    "mail_offsite_last_run_success": [(1, {})],
    "mail_drill_last_success_timestamp_seconds": [(NOW - 10 * DAY_S, {})],
    "mail_drill_last_run_success": [(1, {})],
    "mail_container_running": [(1, {"container": "postfix-mailcow"})],
    "mail_blocklisted": [(0, {"list": "psbl.surriel.com"})],
    "mail_dns_check_ok": [(1, {"domain": "example.com"})],
    "mail_mailboxes_nearly_full": [(0, {})],
}


def lines(given: Given, expected: Expected = EXPECTED) -> dict[str, Line]:
    """Judge figures; gives the lines by name."""
    samples = {name: [Sample(value=value, labels=labels) for value, labels in rows] for name, rows in given.items()}
    return {line.name: line for line in judged(Figures(samples), HOST, expected, now_s=NOW)}


def test_a_host_that_is_well_has_nothing_to_look_at_and_says_its_ages() -> None:
    found = lines(GOOD)

    assert {line.level for line in found.values()} == {"fine"}
    assert {name: line.said for name, line in found.items()} == {
        "figures": "newest 1 minute ago",
        "queue": "2 messages waiting, the oldest for 10 minutes",
        "backup": "5 hours ago, 2 parts",
        "off-site": "3 days ago",
        "drill": "10 days ago",
    }


def test_a_host_that_nobody_has_measured_yet_is_told_as_such_and_raises_no_alarm() -> None:
    """Not even as fine: silence is what an outage of the collectors looks like."""
    found = lines({})

    assert {line.level for line in found.values()} == {"no data"}
    assert set(found) == {"figures", "queue", "backup", "off-site", "drill"}
    assert all("no data" in found[name].said for name in ("figures", "queue", "backup", "off-site", "drill"))


def test_what_is_not_wanted_is_not_missed() -> None:
    found = lines({}, Expected(backups=False, offsite=False, domains=()))

    assert found["backup"].said == "there are no backups of this host"
    assert found["drill"].said == "nothing to restore from"
    assert "off-site" not in found


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("figures", {"mail_collector_last_run_timestamp_seconds": [(NOW - 2 * DAY_S, {"collector": "dns"})]}, "dns (2"),
        (
            "queue",
            {"mail_queue_oldest_seconds": [(QUEUE_MAY_BE_S + 1, {"domain": "example.com"})]},
            "2 messages waiting, the oldest for 1 hour",
        ),
        (
            "backup",
            {"mail_backup_last_success_timestamp_seconds": [(NOW - 3 * DAY_S, {"domain": "example.com"})]},
            "example.com last 3 days ago",
        ),
        (
            "backup",
            {"mail_backup_last_success_timestamp_seconds": [(NOW - 60, {"domain": "system"})]},
            "example.com never",
        ),
        ("backup", {"mail_backup_last_run_success": [(0, {})]}, "the last run failed"),
        ("off-site", {"mail_offsite_last_success_timestamp_seconds": [(NOW - 40 * DAY_S, {})]}, "40 days ago"),
        ("off-site", {"mail_offsite_last_run_success": [(0, {})]}, "3 days ago, the last run failed"),
        ("drill", {"mail_drill_last_success_timestamp_seconds": [(NOW - 41 * DAY_S, {})]}, "41 days ago"),
        (
            "drill",
            {"mail_drill_last_success_timestamp_seconds": [], "mail_drill_last_run_success": [(0, {})]},
            "none has succeeded, the last run failed",
        ),
        ("containers", {"mail_container_running": [(0, {"container": "postfix-mailcow"})]}, "down: postfix-mailcow"),
        ("blocklist", {"mail_blocklisted": [(1, {"list": "psbl.surriel.com"})]}, "listed by psbl.surriel.com"),
        ("DNS", {"mail_dns_check_ok": [(0, {"domain": "example.com"})]}, "not right for example.com"),
        (
            "mailboxes",
            {
                "mail_mailboxes_nearly_full": [(1, {})],
                "mail_mailbox_used_ratio": [(0.97, {"mailbox": "bob@example.com"})],
            },
            "1 nearly full: bob@example.com",
        ),
    ],
)
def test_each_thing_that_needs_attention_is_named_with_what_to_do(name: str, change: dict[str, Any], said: str) -> None:
    found = lines({**GOOD, **change})

    assert [line.name for line in found.values() if line.level != "fine"] == [name]
    assert found[name].level == "attention"
    assert said in found[name].said
    assert found[name].to_do


def test_limits_are_passed_only_beyond_them() -> None:
    at = [(NOW - BACKUP_MAY_BE_S, {"domain": "example.com"})]
    queue = [(QUEUE_MAY_BE_S, {"domain": "example.com"})]

    found = lines({**GOOD, "mail_backup_last_success_timestamp_seconds": at, "mail_queue_oldest_seconds": queue})

    assert {line.level for line in found.values()} == {"fine"}


@pytest.mark.parametrize(
    ("ends_in_s", "level", "said"),
    [
        ([60 * DAY_S, 59 * DAY_S + 5], "fine", "ends in 59 days"),
        ([CERTIFICATE_LEAST_S], "fine", "ends in 21 days"),
        ([60 * DAY_S, 20 * DAY_S], "attention", "ends in 20 days"),
        ([-5], "attention", "has ended"),
        ([], "no data", "no port shows one"),
    ],
)
def test_a_certificate_is_judged_by_the_port_whose_ends_first(ends_in_s: list[float], level: Level, said: str) -> None:
    line = certificate_line([NOW + seconds for seconds in ends_in_s], HOST, now_s=NOW)

    assert (line.level, line.said) == (level, said)


@pytest.mark.parametrize(
    ("levels", "code"),
    [
        (["fine", "no data"], 0),
        (["fine", "attention", "no data"], 10),
        (["attention", "unreachable"], 1),
    ],
)
def test_the_exit_code_is_the_worst_and_no_data_is_no_alarm(levels: list[Level], code: int) -> None:
    told = [Line(name="x", about=HOST, level=level, said="") for level in levels]

    assert exit_code(told, attention=10, unreachable=1) == code


@pytest.mark.parametrize(
    ("seconds", "said"), [(3, "less than a minute"), (60, "1 minute"), (7_199, "1 hour"), (2 * DAY_S, "2 days")]
)
def test_ages_are_said_in_their_largest_unit(seconds: float, said: str) -> None:
    assert ago(seconds) == said
