"""The two records of MTA-STS, as name servers answer for them: right, or each fault named."""

import pytest

from core.dns_finding import failing
from core.mta_sts import policy_of
from tests.probes.hosted import DOMAIN, Hosted, Lines, expected, flawed

RECORD, PLACE = f"_mta-sts.{DOMAIN}", f"mta-sts.{DOMAIN}"
RECORDS = expected(mta_sts="enforce")
RIGHT = Lines.right(mta_sts="enforce")
ELSEWHERE = "198.51.100.7"


def test_both_are_right_as_we_ask_for_them(hosted: Hosted) -> None:
    hosted.zone(RIGHT)

    findings = hosted.findings(RECORDS)

    assert {RECORD, PLACE} <= {one.name for one in findings}
    assert list(flawed(findings)) == []


@pytest.mark.parametrize(
    ("lines", "name", "fault"),
    [
        (RIGHT.without(RECORD), RECORD, "missing"),
        (RIGHT.without(PLACE), PLACE, "missing"),
        (RIGHT.with_(RECORD, "TXT", '"v=STSv1; id=other;"'), RECORD, "several"),
        (RIGHT.instead(RECORD, "TXT", '"v=STSv1; id=20250913122400;"'), RECORD, "mta-sts-id"),
        (RIGHT.instead(RECORD, "TXT", '"v=STSv1; id=no-letters-alone;"'), RECORD, "mta-sts-id"),
        (RIGHT.instead(RECORD, "TXT", '"v=STSv1"'), RECORD, "mta-sts-id"),
        (RIGHT.instead(RECORD, "TXT", '"something else"'), RECORD, "text-wrong"),
        (RIGHT.without(PLACE).with_(PLACE, "A", ELSEWHERE), PLACE, "alias-wrong"),
    ],
)
def test_each_fault_is_named_and_none_keeps_people_waiting(hosted: Hosted, lines: Lines, name: str, fault: str) -> None:
    """Without them mail is delivered as ever: they are recommended, and no condition for a mailbox."""
    hosted.zone(lines)

    findings = hosted.findings(RECORDS)

    assert fault in {found for named, _, found in flawed(findings) if named == name}
    assert failing(findings) == []


def test_an_id_of_the_last_policy_is_found_when_the_list_asks_for_another(hosted: Hosted) -> None:
    """Senders would go on with the policy that they know."""
    hosted.zone(Lines.right(mta_sts="testing"))
    was, is_now = (policy_of(mode, DOMAIN, f"mail.{DOMAIN}") for mode in ("testing", "enforce"))

    (found,) = [one for one in hosted.findings(RECORDS) if one.name == RECORD]

    assert was is not None
    assert is_now is not None
    assert f"id={was.id} is not that of the policy, {is_now.id}" in found.flaws[0].message
