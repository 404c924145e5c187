"""What a preview says of the gate before a domain's people."""

from typing import Any

import pytest

from tests.ops.steps import Plain, of_people, sentences

MX: Plain = {"name": "example.com", "type": "MX", "value": "10 mail.example.com", "domain": "example.com"}
WAIT = "its mailboxes and aliases wait for that"
SAY = "what is not right is said, and nothing waits"


def gate(op: str, **sides: Any) -> Plain:
    return of_people(op, "DnsGate", "example.com", **sides)


def wanted(mode: str, *records: Plain) -> Plain:
    return {"domain": "example.com", "stack": "dev", "mode": mode, "records": list(records)}


@pytest.mark.parametrize(
    ("step", "said"),
    [
        (gate("create", new=wanted("fail", MX)), f"has its DNS asked for 1 required record; {WAIT}"),
        (gate("create", new=wanted("warn", MX, MX)), f"has its DNS asked for 2 required records; {SAY}"),
        (
            gate("create", new={**wanted("fail"), "records": "04da6b54-80e4-46f7-96ec-b56ff0331ba9"}),
            f"has its DNS asked for the required records; {WAIT}",
        ),
        (
            gate("update", old=wanted("fail", MX), new=wanted("fail", MX)),
            f"has its DNS asked again, which was not right before; {WAIT}",
        ),
        (
            gate("update", old=wanted("warn"), new=wanted("warn", MX)),
            f"has its DNS asked for 1 required record, as other ones are required now; {SAY}",
        ),
        (gate("delete", old=wanted("fail", MX)), "waits for its DNS no longer"),
    ],
)
def test_a_gate_has_one_sentence_of_its_own(step: Plain, said: str) -> None:
    assert sentences(step) == [f"example.com {said}"]
