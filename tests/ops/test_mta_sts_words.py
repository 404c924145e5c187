"""What a preview says of a domain's MTA-STS policy."""

from typing import Any

import pytest

from tests.ops.steps import Plain, of_people, sentences

TESTING: Plain = {"domain": "example.com", "mode": "testing", "mx": ["mail.example.com"], "max_age_s": 86400}
ENFORCED: Plain = {**TESTING, "mode": "enforce"}


def policy(op: str, **sides: Any) -> Plain:
    return of_people(op, "MtaSts", "example.com", **sides)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (
            policy("create", new=TESTING),
            "has other servers report when they cannot deliver over TLS (MTA-STS, testing)",
        ),
        (
            policy("update", old=TESTING, new=ENFORCED),
            "has other servers deliver over TLS or not at all (MTA-STS, enforced)",
        ),
        (policy("update", old=TESTING, new={**TESTING, "mx": []}), "gets another MTA-STS policy"),
        (policy("delete", old=TESTING), "tells other servers nothing more about TLS"),
    ],
)
def test_a_policy_has_one_sentence_of_its_own(step: Plain, said: str) -> None:
    (sentence,) = sentences(step)

    assert said in sentence
