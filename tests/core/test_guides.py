"""From a template to the text that somebody is sent."""

import pytest

from core.errors import RefusedError
from core.guides import protocols_of, rendered
from core.people import PROTOCOLS, User
from tests.core.samples import domain, state

VALUES = {"DOMAIN": "example.com", "MAIL_HOST": "mail.example.com"}


def fill(template: str, *has: str, beside: tuple[str, ...] = ()) -> str:
    return rendered(template, name="one.md", values=VALUES, has=has, beside=beside)


def test_names_are_filled_in() -> None:
    assert fill("`user@<DOMAIN>` at `<MAIL_HOST>`") == "`user@example.com` at `mail.example.com`\n"


def test_a_placeholder_that_nobody_can_fill_in_is_refused() -> None:
    with pytest.raises(RefusedError, match=r"one\.md asks for <COLOUR>, <SIZE>"):
        fill("<DOMAIN> <SIZE> <COLOUR>")


def test_a_part_for_a_protocol_stays_only_where_somebody_may_use_it() -> None:
    template = "a\n\n<!-- only with pop3 -->\n\nfetch\n\n<!-- end -->\n\nb"

    assert fill(template, "pop3") == "a\n\nfetch\n\nb\n"
    assert fill(template, "imap") == "a\n\nb\n"


def test_a_row_of_a_table_goes_without_cutting_the_table() -> None:
    template = "| a |\n| --- |\n| 993 <!-- only with imap --> |\n| 995 <!-- only with pop3 --> |\n"

    assert fill(template, "imap") == "| a |\n| --- |\n| 993 |\n"


def test_what_stands_in_the_template_only_is_never_sent() -> None:
    assert fill("a\n<!-- only with template -->\n<WHOEVER>\n<!-- end -->\nb", *PROTOCOLS) == "a\nb\n"


def test_a_placeholder_in_a_part_that_goes_hurts_nobody() -> None:
    assert fill("a\n<!-- only with pop3 -->\n<SIZE>\n<!-- end -->\n") == "a\n"


@pytest.mark.parametrize(
    ("template", "said"),
    [
        ("<!-- only with pop3 -->\nfetch\n", "the part for pop3 has no end"),
        ("a\n<!-- end -->\n", "line 2: a part begins inside another, or ends without having begun"),
        ("<!-- only with pop3 -->\n<!-- only with imap -->\n<!-- end -->\n", "line 2: a part begins inside another"),
        ("a\n<!-- only with pop -->\nb\n<!-- end -->\n", "line 2: nobody can have pop; known are imap, pop3"),
        ("| b <!-- only with mapi --> |\n", "line 1: nobody can have mapi"),
    ],
)
def test_a_mark_that_is_wrong_is_named_with_its_line_whoever_it_is_for(template: str, said: str) -> None:
    with pytest.raises(RefusedError, match=said):
        fill(template, *PROTOCOLS)


def test_links_lead_to_what_lies_beside_and_to_the_web_and_others_become_words() -> None:
    template = "[a](../up/two.md#part) [b](https://example.com/x) [c](#here) [`d`](../core/d.py)"

    assert fill(template, beside=("two.md",)) == "[a](two.md#part) [b](https://example.com/x) [c](#here) `d`\n"


def test_a_domain_has_the_protocols_that_anybody_there_may_use() -> None:
    people = (User(name="alice", protocols=("imap", "smtp")), User(name="bob", protocols=("pop3",)))
    wanted = state(domain(users=people), domain("startup.io", (User(name="carol", protocols=("imap",)),), line=9))

    assert protocols_of(wanted, "example.com") == {"imap", "smtp", "pop3"}
    assert protocols_of(wanted, "startup.io") == {"imap"}


def test_who_has_left_does_not_count_and_a_domain_without_people_has_everything() -> None:
    wanted = state(domain(users=(), offboarded={"bob": "2027-01-01"}, postmaster="ops@example.org"))

    assert protocols_of(wanted, "example.com") == set(PROTOCOLS)
