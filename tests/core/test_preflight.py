"""What is made of answers before the first mail."""

from datetime import timedelta

import pytest

from core.blocklists import BLOCKLISTS, stale_terms_warning
from core.dns_seen import Reply
from core.mail_allowance import Allowance, allowance_findings, oracle_region
from core.preflight import (
    blocklist_finding,
    blocklist_question,
    clock_finding,
    ptr_finding,
)

ADDRESS = "192.0.2.10"
ENDPOINT = "smtp.email.eu-frankfurt-1.oci.oraclecloud.com"
HOST = "mail.example.com"


def reply(*values: str, silence: str = "") -> Reply:
    return Reply(server="resolver", values=values, silence=silence)  # type: ignore[arg-type]


def test_a_blocklist_is_asked_for_the_address_backwards() -> None:
    assert blocklist_question("zen.spamhaus.org", ADDRESS) == "10.2.0.192.zen.spamhaus.org"
    assert blocklist_question("psbl.surriel.com", "2001:db8::1").endswith("8.b.d.0.1.0.0.2.psbl.surriel.com")


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (reply(), "ready"),
        (reply("127.0.0.2"), "to do"),
        (reply("127.0.0.10"), "to do"),
        (reply("127.255.255.254"), "unknown"),
        (reply("127.255.255.255"), "unknown"),
        (reply("203.0.113.99"), "unknown"),
        (reply(silence="timeout"), "unknown"),
        (reply(silence="refused"), "unknown"),
    ],
)
def test_a_blocklist_that_does_not_answer_us_lists_nobody(answer: Reply, verdict: str) -> None:
    assert blocklist_finding(BLOCKLISTS[0], ADDRESS, answer).verdict == verdict


def test_an_owner_s_policy_is_not_told_as_spam() -> None:
    assert "policy" in blocklist_finding(BLOCKLISTS[0], ADDRESS, reply("127.0.0.10")).found
    assert "policy" not in blocklist_finding(BLOCKLISTS[0], ADDRESS, reply("127.0.0.10", "127.0.0.2")).found


@pytest.mark.parametrize(
    ("back", "forward", "verdict", "word"),
    [
        (reply(HOST), reply(ADDRESS), "ready", "leads back"),
        (reply(), reply(ADDRESS), "to do", "no PTR"),
        (reply("static.provider.test"), reply(ADDRESS), "to do", "is called static.provider.test"),
        (reply(HOST, "other.test"), reply(ADDRESS), "to do", "other.test"),
        (reply(HOST), reply("192.0.2.99"), "to do", "not to 192.0.2.10"),
        (reply(silence="servfail"), reply(ADDRESS), "unknown", "servfail"),
    ],
)
def test_name_and_address_have_to_lead_to_one_another(back: Reply, forward: Reply, verdict: str, word: str) -> None:
    found = ptr_finding(HOST, ADDRESS, back, forward)

    assert found.verdict == verdict
    assert word in found.found


def test_oracle_s_limits_that_could_not_be_read_are_told_with_the_reason_and_how_to_read_them() -> None:
    (found,) = allowance_findings(ENDPOINT, Allowance(trouble="oci is not installed here"))

    assert found.verdict == "note"
    assert "could not be read (oci is not installed here)" in found.found
    assert "--region eu-frankfurt-1" in found.to_do


@pytest.mark.parametrize(
    ("limits", "verdict", "said"),
    [
        ({"max-emails-day": 100}, "note", "your account may send 100 mails a day (read just now)"),
        (
            {"max-emails-day": 50_000, "sendrate": 18_000, "max-message-size": 2_008_192},
            "note",
            "may send 50,000 mails a day, 18,000 a minute, 2.0 MB a mail, coding included",
        ),
        ({"max-emails-day": 0, "sendrate": 10}, "to do", "may send no mail by it: its limit max-emails-day is 0"),
        ({"sendrate": 10}, "note", "Oracle names no limit max-emails-day"),
    ],
)
def test_what_the_account_may_send_is_told_as_oracle_says_it_now(
    limits: dict[str, int], verdict: str, said: str
) -> None:
    (found,) = allowance_findings(ENDPOINT, Allowance(limits=limits))

    assert found.verdict == verdict
    assert said in found.found


def test_another_relay_has_no_allowance_of_oracle_s() -> None:
    assert list(allowance_findings("smtp.relay.test", Allowance())) == []
    assert oracle_region("smtp.relay.test") == ""
    assert oracle_region(ENDPOINT.upper()) == "eu-frankfurt-1"


def test_each_blocklist_says_on_what_terms_it_is_asked_and_when_that_was_read() -> None:
    for listing in BLOCKLISTS:
        assert listing.terms
        assert listing.source.partition("/")[0].removeprefix("www.") in {"spamhaus.org", "spamcop.net", "psbl.org"}
        assert listing.checked.year >= 2026
    assert "read 2026-11" in blocklist_finding(BLOCKLISTS[0], ADDRESS, reply(silence="refused")).found


def test_terms_that_nobody_has_read_for_a_year_are_named() -> None:
    """They are others' to change, and asking against them would be found out by being cut off."""
    newest = max(listing.checked for listing in BLOCKLISTS)

    assert stale_terms_warning(newest + timedelta(days=1)) is None
    assert "Spamhaus ZEN" in (stale_terms_warning(newest + timedelta(days=366)) or "")


@pytest.mark.parametrize(("ahead_s", "verdict"), [(0.5, "ready"), (-4.0, "ready"), (90.0, "to do"), (-90.0, "to do")])
def test_a_clock_that_is_seconds_off_is_to_be_set(ahead_s: float, verdict: str) -> None:
    assert clock_finding(HOST, ahead_s).verdict == verdict
