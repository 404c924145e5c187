"""What the list alone tells when the engine cannot preview."""

from datetime import date
from typing import Any

from core.desired import DesiredState
from core.inputs import check_inputs
from ops.list_words import words_of_the_list
from ops.project import config_values
from tests.ops.workplace import STACK_FILE

TODAY = date(2026, 11, 22)
RECORDED = {
    "domains": ["example.com"],
    "addresses": {"alice@example.com": "", "bob@example.com": "", "carol@example.com": "2026-11-01"},
}


def wanted(body: str) -> DesiredState:
    """What a list with one domain asks for."""
    text = f"domains:\n  - name: example.com\n    postmaster: alice\n{body}"
    return check_inputs(
        config_values(STACK_FILE), stack="dev", stack_file="f", text=STACK_FILE, read_file=lambda _name: text
    ).state


def told(body: str, recorded: dict[str, Any] | None = None, *reasons: str) -> list[tuple[str, str]]:
    found = words_of_the_list(wanted(body), RECORDED if recorded is None else recorded, today=TODAY, reasons=reasons)
    return [(happening.kind, f"{happening.subject} {happening.sentence}") for happening in found.happenings]


CAROL = "    offboarded: [{name: carol, until: 2026-11-01}]\n"


def test_who_comes_is_closed_comes_back_and_goes_is_told_from_the_list_alone() -> None:
    body = "    users: [alice, dave]\n    offboarded: [{name: bob, until: 2027-01-31, mail: keep}]\n"

    assert told(body) == [
        ("deletes", "carol@example.com is deleted, with all mail in it"),
        ("closes", "bob@example.com is closed; the mail is kept until 2027-01-31; new mail is still taken in"),
        ("adds", "dave@example.com gets a mailbox of 2,048 MiB"),
    ]
    assert (
        "reopens",
        "carol@example.com comes back: log-in is open again, mail and password are as they were",
    ) in told("    users: [alice, bob, carol]\n")


def test_another_date_is_told() -> None:
    body = "    users: [alice, bob]\n    offboarded: [{name: carol, until: 2027-01-31}]\n"

    assert told(body) == [("changes", "carol@example.com the mail is kept until 2027-01-31 instead of 2026-11-01")]


def test_what_is_refused_is_told_with_what_to_write() -> None:
    ((kind, sentence),) = told(f"    users: [alice]\n{CAROL}")

    assert kind == "refused"
    assert sentence.startswith("bob@example.com is gone from the list and was never offboarded")
    assert "offboarded: [{name: bob, until:" in sentence


def test_what_the_engine_has_said_already_is_not_said_twice() -> None:
    refused = f"    users: [alice]\n{CAROL}"
    ((_, sentence),) = told(refused)

    assert told(refused, None, sentence) == []


def test_without_a_record_everybody_is_new() -> None:
    assert told("    users: [alice]\n", {}) == [
        ("adds", "example.com becomes a mail domain, with 1 person"),
        ("adds", "alice@example.com gets a mailbox of 2,048 MiB"),
    ]


def test_a_list_that_is_as_recorded_tells_nothing() -> None:
    assert told(f"    users: [alice, bob]\n{CAROL}") == []
