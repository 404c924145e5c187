"""What a preview says of the way that a domain's mail leaves by."""

from typing import Any

import pytest

from tests.ops.steps import Plain, of_people, sentences

RELAY: Plain = {"domain": "example.com", "host": "smtp.relay.test", "port": 587, "user": "me", "tls": "verify"}
BY_HAND: Plain = {**RELAY, "host": "", "port": 0, "user": ""}


def way_out(op: str, **sides: Any) -> Plain:
    return of_people(op, "WayOut", "example.com", **sides)


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (way_out("create", new=RELAY), "has its mail leave by smtp.relay.test:587"),
        (way_out("delete", old=RELAY), "has its mail leave directly again"),
        (
            way_out("update", old=RELAY, new={**RELAY, "host": "smtp.other.test"}),
            "has its mail leave by smtp.other.test:587 instead of smtp.relay.test:587",
        ),
        (
            way_out("update", old=BY_HAND, new=RELAY),
            "has its mail leave by smtp.relay.test:587 again, and not as somebody set by hand",
        ),
        (way_out("update", old=RELAY, new={**RELAY, "tls": "encrypt"}), "has its relay held to TLS encrypt"),
        (way_out("update", old=RELAY, new={**RELAY, "user": "you"}), "logs in at smtp.relay.test:587 as you"),
        (way_out("update", old=RELAY, new=RELAY), "gets the newer password of smtp.relay.test:587 from Vault"),
    ],
)
def test_a_way_out_has_one_sentence_of_its_own(step: Plain, said: str) -> None:
    assert sentences(step) == [f"example.com {said}"]
