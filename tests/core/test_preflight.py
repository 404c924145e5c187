"""What is made of answers before the first mail."""

import pytest

from core.dns_seen import Reply
from core.preflight import (
    BLOCKLISTS,
    allowance_findings,
    blocklist_finding,
    blocklist_question,
    clock_finding,
    ptr_finding,
)

ADDRESS = "192.0.2.10"
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


def test_oracle_s_limits_are_told_with_their_date_and_how_to_read_one_s_own() -> None:
    (found,) = allowance_findings("smtp.email.eu-frankfurt-1.oci.oraclecloud.com")

    assert found.verdict == "note"
    assert "read 2026-09" in found.found
    assert "--region eu-frankfurt-1" in found.to_do
    assert list(allowance_findings("smtp.relay.test")) == []


@pytest.mark.parametrize(("ahead_s", "verdict"), [(0.5, "ready"), (-4.0, "ready"), (90.0, "to do"), (-90.0, "to do")])
def test_a_clock_that_is_seconds_off_is_to_be_set(ahead_s: float, verdict: str) -> None:
    assert clock_finding(HOST, ahead_s).verdict == verdict
