"""The script of forwards and replies: what it says, and that no text of the list gets out of its quotes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.sieve import mail_rules, quoted, same_script

TEXT = st.text(st.characters(exclude_categories=["Cs"]))


def test_a_forward_that_keeps_a_copy_redirects_copies() -> None:
    assert mail_rules(forward_to=["bob@other.example"]) == (
        'require ["copy"];\r\nredirect :copy "bob@other.example";\r\n'
    )


def test_a_forward_that_keeps_nothing_needs_no_extension() -> None:
    assert mail_rules(forward_to=["bob@other.example"], keep_copy=False) == 'redirect "bob@other.example";\r\n'


def test_a_reply_comes_before_the_forwards_which_come_in_order_and_once() -> None:
    script = mail_rules(forward_to=["b@x.example", "a@x.example", "b@x.example"], auto_reply="Dave has left")

    assert script.splitlines() == [
        'require ["copy", "vacation"];',
        'vacation :days 1 "Dave has left";',
        'redirect :copy "a@x.example";',
        'redirect :copy "b@x.example";',
    ]


@pytest.mark.parametrize("reply", ["", "  ", "\n"])
def test_nothing_to_do_is_no_script(reply: str) -> None:
    assert mail_rules(keep_copy=False, auto_reply=reply) == ""


def test_lines_of_a_reply_stay_lines() -> None:
    assert quoted("one\ntwo\r\nthree\rfour") == '"one\r\ntwo\r\nthree\r\nfour"'


def test_quotes_and_backslashes_are_escaped() -> None:
    assert quoted('say "no" to C:\\temp') == '"say \\"no\\" to C:\\\\temp"'


@given(TEXT)
def test_no_text_gets_out_of_its_quotes(text: str) -> None:
    inside = quoted(text)[1:-1]

    assert re.fullmatch(r'(?:[^"\\\0]|\\["\\])*', inside)
    assert re.sub(r'\\(["\\])', r"\1", inside).replace("\r\n", "\n") == (
        text.replace("\0", "").replace("\r\n", "\n").replace("\r", "\n")
    )


@given(TEXT, st.lists(st.from_regex(r"[a-z]{1,8}@[a-z]{1,8}\.example", fullmatch=True), max_size=3), st.booleans())
def test_a_script_says_the_same_after_its_line_ends_were_changed(
    reply: str,
    targets: list[str],
    keep_copy: bool,  # noqa: FBT001 — hypothesis
) -> None:
    script = mail_rules(forward_to=targets, keep_copy=keep_copy, auto_reply=reply)

    assert same_script(script, script.replace("\r\n", "\n"))
    assert mail_rules(forward_to=reversed(targets), keep_copy=keep_copy, auto_reply=reply) == script
