"""Edits of the list by our commands: only what they should, with every comment where it was."""

import difflib
from contextlib import suppress
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as some

from core.errors import InputError, RefusedError
from core.mail_list import parse_mail_list
from core.people import Leaver, MailList, User
from ops.list_file import add_user, list_text, move_to_offboarded
from ops.yaml_edits import comments_of
from tests.core.lists import mail_lists

_patient = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large]
)
UNTIL = date(2027, 1, 31)
LIST = """\
# The people of our company.
domains:
  # the old one
  - name: example.com   # since 1999
    users:
      - alice  # boss
      # sales, all of them
      - name: bob   # leaves soon
        # a big box
        quota_mib: 9000
        forward: alice # while away
        aliases: [robert]
      # the rest
      - 'carol'
    # no lists yet
  - {name: startup.io, users: [carol, dave]} # second
  - name: müller.de
    users: [
      anna,  # one
      berta, # two, really
      clara  # three
    ]
    offboarded:
    - {name: x, until: 2026-01-01}   # long gone
# end
"""


def parsed(text: str) -> MailList:
    return parse_mail_list(text, "mail_list.yml")


def changed(before: str, after: str) -> list[str]:
    """Give the lines that were taken out and put in."""
    return [line for line in difflib.ndiff(before.splitlines(), after.splitlines()) if line[0] in "+-"]


def test_somebody_is_closed_where_comments_stay_and_nothing_else_changes() -> None:
    after = move_to_offboarded(LIST, "carol@example.com", UNTIL)

    assert sorted(changed(LIST, after)) == [
        "+       - {name: carol, until: 2027-01-31}",
        "+     offboarded:",
        "-       - 'carol'",
    ]


def test_what_the_mailbox_was_like_and_what_was_said_of_it_goes_along() -> None:
    after = move_to_offboarded(
        LIST, "bob@example.com", UNTIL, mail="forward", forward_to=["alice@example.com"], auto_reply="Gone.\nBye."
    )

    assert changed(LIST, after) == [
        "-       - name: bob   # leaves soon",
        "-         # a big box",
        "-         quota_mib: 9000",
        "-         forward: alice # while away",
        "-         aliases: [robert]",
        "+     offboarded:",
        "+       # leaves soon",
        "+       # a big box",
        "+       # while away",
        "+       - name: bob",
        "+         until: 2027-01-31",
        "+         mail: {forward: alice}",
        "+         auto_reply: |-",
        "+           Gone.",
        "+           Bye.",
        "+         aliases: [robert]",
        "+         quota_mib: 9000",
    ]
    assert parsed(after).domains[0].offboarded == (
        Leaver(
            name="bob",
            until=UNTIL,
            mail="forward",
            forward_to=("alice@example.com",),
            auto_reply="Gone.\nBye.",
            was=User(name="", quota_mib=9000, aliases=("robert",)),
        ),
    )


def test_a_domain_in_one_line_stays_in_one_line() -> None:
    after = move_to_offboarded(LIST, "dave@startup.io", UNTIL)

    assert "  - {name: startup.io, users: [carol], offboarded: [{name: dave, until: 2027-01-31}]} # second\n" in after


def test_a_list_over_several_lines_loses_one_and_a_comment_moves_with_the_person() -> None:
    after = move_to_offboarded(LIST, "berta@müller.de", UNTIL)

    assert changed(LIST, after) == [
        "-       berta, # two, really",
        "+     # two, really",
        "+     - {name: berta, until: 2027-01-31}",
    ]


def test_somebody_is_added_behind_the_others() -> None:
    assert changed(LIST, add_user(LIST, "example.com", User(name="on"))) == ["+       - 'on'"]
    assert "users: [carol, dave, {name: eve, full_name: Eve E}]" in add_user(
        LIST, "startup.io", User(name="eve", full_name="Eve E")
    )
    assert "      clara, dora  # three\n" in add_user(LIST, "xn--mller-kva.de", User(name="dora"))


@pytest.mark.parametrize(
    ("users", "expected"),
    [
        ("    users:\n", "    users:\n      - alice\n"),
        ("    users: []\n", "    users: [alice]\n"),
        ("    users: ~\n", "    users: \n      - alice\n"),
        ("    users: # nobody yet\n", "    users: # nobody yet\n      - alice\n"),
        ("", "    users:\n      - alice\n"),
        ("    users:\n    - bob", "    users:\n    - bob\n    - alice\n"),
        ("    users:\n      -   bob\n\n\n", "    users:\n      -   bob\n      - alice\n\n\n"),
        ("    users: [bob,]\n", "    users: [bob, alice,]\n"),
    ],
)
def test_the_first_and_the_next_person_are_added_however_the_list_is_laid_out(users: str, expected: str) -> None:
    head = "domains:\n  - name: example.com\n    postmaster: x@outside.net\n"

    assert add_user(head + users, "example.com", User(name="alice")) == head + expected


def test_the_last_person_may_leave_when_somebody_else_reads_postmaster() -> None:
    text = "domains:\n  - name: a.org\n    postmaster: x@outside.net\n    users:\n      - bob\n"

    (domain,) = parsed(move_to_offboarded(text, "bob@a.org", UNTIL)).domains

    assert (domain.users, [leaver.name for leaver in domain.offboarded]) == ((), ["bob"])


def test_a_dash_on_a_line_of_its_own_is_found_past_the_dashes_of_comments() -> None:
    text = "domains:\n  - name: a.org\n    users:\n      - alice\n      - # x - y\n        bob\n"

    assert move_to_offboarded(text, "bob@a.org", UNTIL) == (
        "domains:\n  - name: a.org\n    users:\n      - alice\n"
        "    offboarded:\n      # x - y\n      - {name: bob, until: 2027-01-31}\n"
    )


def test_nobody_is_closed_while_others_still_lead_there() -> None:
    text = "domains: [{name: a.org, users: [alice, bob], lists: [{name: team, to: [alice, bob]}]}]"

    with pytest.raises(InputError, match=r"list team of a.org leads to bob@a.org, who is offboarded; rename first"):
        move_to_offboarded(text, "bob@a.org", UNTIL)


def test_the_only_user_is_not_closed_while_nobody_else_reads_postmaster() -> None:
    with pytest.raises(InputError, match="only offboarded users"):
        move_to_offboarded("domains: [{name: a.org, users: [bob]}]", "bob@a.org", UNTIL)


def test_a_name_that_is_taken_is_not_added() -> None:
    with pytest.raises(InputError, match=r"user alice of example\.com is there twice"):
        add_user(LIST, "example.com", User(name="alice"))


@pytest.mark.parametrize("address", ["eve@example.com", "alice@nowhere.org", "alice", "x@müller.de"])
def test_somebody_who_is_not_in_the_list_is_refused(address: str) -> None:
    with pytest.raises(RefusedError, match="of the list"):
        move_to_offboarded(LIST, address, UNTIL)


def test_a_list_that_is_wrong_is_told_first() -> None:
    with pytest.raises(InputError, match="key usres is unknown"):
        add_user("domains: [{name: a.org, usres: [alice]}]", "a.org", User(name="bob"))


@pytest.mark.parametrize(
    "text",
    [
        "domains:\n  - name: a.org\n    users: &them [alice, bob]\n  - name: b.org\n    users: *them\n",
        "domains:\n  - name: a.org\n    users: [alice, &b bob]\n    postmaster: alice\n    catch_all: *b\n",
    ],
)
def test_what_cannot_be_edited_without_changing_more_is_left_with_what_to_write_by_hand(text: str) -> None:
    with pytest.raises((RefusedError, InputError)) as caught:
        move_to_offboarded(text, "bob@a.org", UNTIL)

    assert "by hand under offboarded of a.org: {name: bob, until: 2027-01-31}" in str(caught.value) or (
        "rename first" in str(caught.value)
    )


def with_comments(text: str) -> str:
    """Put a comment behind each line and above it."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return "".join(f"# above {number}\n{line} # behind {number}\n" for number, line in enumerate(lines))


@_patient
@given(mail_lists(), some.data())
def test_whoever_is_closed_is_closed_and_nobody_else_and_no_comment_is_lost(
    people: MailList, data: some.DataObject
) -> None:
    assume("|-" not in list_text(people))  # a comment there would be text
    text = with_comments(list_text(people))
    domain = data.draw(some.sampled_from(people.domains))
    user = data.draw(some.sampled_from(domain.users))
    leaver = Leaver(
        name=user.name, until=UNTIL, was=replace(user, name="", forward=None, reuse_address=False, move_in=None)
    )
    users = tuple(one for one in domain.users if one != user)
    wanted = replace(domain, users=users, offboarded=(*domain.offboarded, leaver))

    with suppress(InputError):  # somebody leads there
        after = move_to_offboarded(text, f"{user.name}@{domain.name}", UNTIL)

        assert parsed(after).domains == tuple(wanted if one is domain else one for one in people.domains)
        assert sorted(comments_of(after)) == sorted(comments_of(text))


@_patient
@given(mail_lists(), some.data())
def test_whoever_is_added_is_added_and_no_line_but_one_changes(people: MailList, data: some.DataObject) -> None:
    assume("|-" not in list_text(people))
    text = with_comments(list_text(people))
    domain = data.draw(some.sampled_from(people.domains))

    after = add_user(text, domain.name, User(name="new.comer", full_name="New: Comer"))

    assert parsed(after).domains[people.domains.index(domain)].users[-1].full_name == "New: Comer"
    assert len([line for line in changed(text, after) if line.startswith("-")]) <= 1
    assert comments_of(after) == comments_of(text)
