"""A preview as text, JSON, Markdown and exit code."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from ops.preview_markdown import as_markdown
from ops.preview_report import as_json, exit_code, print_words
from ops.words import Words
from tests.ops.steps import BOBS_MAIL, OFFLINE, Plain, mailbox, of_people, read, step, words

BOB = "bob@example.com"
NEW = of_people("create", "Mailbox", "alice@example.com", new=mailbox())
CLOSED = of_people("update", "Mailbox", BOB, old=mailbox(), new=mailbox(active=False, kept_until="2027-01-31"))
GONE = of_people("delete", "Mailbox", "carol@example.com", old=mailbox())
MACHINE = step("create", "oci:Core/instance:Instance", "mail-host-1-instance", new={})
FAILED = Words(happenings=(), reasons=("bob@example.com vanished",), source="list")


def text(told: Words) -> list[str]:
    said = io.StringIO()
    print_words(told, Console(file=said, soft_wrap=True, markup=False, highlight=False))
    return said.getvalue().splitlines()


@pytest.mark.parametrize(
    ("steps", "code"),
    [
        ([], 0),
        ([NEW], 10),
        ([MACHINE], 10),
        ([NEW, CLOSED], 11),
        ([NEW, CLOSED, GONE], 12),
        ([of_people("delete", "Alias", "info@example.com")], 12),
        ([of_people("replace", "Mailbox", BOB)], 12),
    ],
)
def test_the_exit_code_tells_the_worst_of_it(steps: list[Plain], code: int) -> None:
    assert exit_code(words(*steps)) == code


def test_a_mailbox_that_comes_back_empty_counts_as_deleted() -> None:
    assert exit_code(words(NEW, recorded=("alice@example.com",))) == 12


def test_a_preview_that_failed_and_what_up_would_refuse_are_exit_code_3() -> None:
    assert exit_code(FAILED) == 3
    assert exit_code(words(NEW, facts=read(alice=BOBS_MAIL.__class__(bytes_used=0, messages=0, last_login=0)))) == 3


def test_on_a_new_stack_nobody_reads_that_nothing_stays() -> None:
    assert text(words(NEW)) == ["  + alice@example.com gets a mailbox of 2,048 MiB"]


def test_what_stays_is_a_figure() -> None:
    assert text(Words(happenings=(), unchanged=9)) == ["Nothing changes. 9 resources stay as they are."]
    assert text(Words(happenings=(), unchanged=1)) == ["Nothing changes. 1 resource stays as it is."]


def test_of_a_thousand_new_people_the_first_are_named_and_everybody_who_goes() -> None:
    new = [of_people("create", "Mailbox", f"u{number}@example.com", new=mailbox()) for number in range(1000)]
    gone = [of_people("delete", "Mailbox", f"x{number}@example.com", old=mailbox()) for number in range(60)]

    lines = text(words(*new, *gone))

    assert sum("is deleted" in line for line in lines) == 60
    assert sum("gets a mailbox" in line for line in lines) == 40
    assert "  + … and 960 more of the kind; --json lists all" in lines


def test_json_tells_figures_beside_the_sentences() -> None:
    document = json.loads(as_json(words(CLOSED, MACHINE, facts=read(bob=BOBS_MAIL))))

    bob, host = document["happenings"]
    assert (document["exit_code"], document["counts"]) == (11, {"closes": 1, "adds": 1})
    assert bob["mailbox"] == {"bytes": 1288490189, "messages": 3402, "last_login": "2026-11-20T00:00:00+00:00"}
    assert host["parts"] == ["mail-host-1-instance (Instance) is made"]
    assert json.loads(as_json(words(CLOSED, facts=OFFLINE)))["happenings"][0]["mailbox"] == "not reachable"


def test_a_failed_preview_says_its_reasons_and_marks_what_only_the_list_tells() -> None:
    alone = Words(happenings=words(NEW).happenings, reasons=FAILED.reasons, source="list")

    assert text(alone) == [
        "The preview failed: bob@example.com vanished",
        "What the list alone tells, beside what is recorded; the engine has not checked it:",
        "  + alice@example.com gets a mailbox of 2,048 MiB",
    ]
    document: dict[str, Any] = json.loads(as_json(alone))
    assert (document["source"], document["reasons"]) == ("list", ["bob@example.com vanished"])


def test_markdown_is_a_table_by_person_with_machines_folded_away() -> None:
    assert as_markdown(words(NEW, CLOSED, MACHINE), stack="prod").splitlines() == [
        "<!-- mailstead preview of stack prod -->",
        "### Mail: what `mailstead up` would do to stack prod",
        "",
        "| who | | what happens |",
        "| --- | --- | --- |",
        "| bob@example.com | **closed** | is closed; the mail is kept until 2027-01-31; new mail is refused |",
        "| alice@example.com | new | gets a mailbox of 2,048 MiB |",
        "",
        "- mail-host-1 is made: machine",
        "",
        "<details><summary>1 resource of machines</summary>",
        "",
        "- mail-host-1-instance (Instance) is made",
        "",
        "</details>",
    ]


def test_the_line_that_a_bot_finds_its_comment_by_is_the_first_and_always_the_same() -> None:
    first = {as_markdown(told, stack="prod").splitlines()[0] for told in (words(NEW), words(), FAILED)}

    assert first == {"<!-- mailstead preview of stack prod -->"}


def test_what_people_wrote_into_the_list_cannot_become_markdown() -> None:
    evil = "Bob | <img src=x> [a](http://evil.example) `code`"
    renamed = of_people("update", "Mailbox", BOB, old=mailbox(), new=mailbox(full_name=evil))

    (row,) = [line for line in as_markdown(words(renamed), stack="prod").splitlines() if BOB in line]

    assert r"Bob \| \<img src=x\> \[a\](http://evil.example) \`code\`" in row


def test_a_failed_preview_is_markdown_too() -> None:
    told = as_markdown(FAILED, stack="prod")

    assert "**The preview failed, so this cannot be done:**\n\n- bob@example.com vanished\n" in told
    assert "Nothing changes" not in told
