"""Calls side by side, as a real mailcow was seen to take them: nothing is locked, nothing is a transaction."""

import json
from typing import Any

from tests.chaos.conftest import Posts
from tests.chaos.exchange import Response
from tests.chaos.mailcow.tables import Tables

DOMAIN = ("add/domain", {"domain": "a.example", "mailboxes": 5, "key_size": 0})


def mailbox(name: str, **more: Any) -> tuple[str, dict[str, Any]]:
    """Describe the call that adds a mailbox."""
    password = {"password": "Secret-123", "password2": "Secret-123"}
    return "add/mailbox", {"local_part": name, "domain": "a.example", "quota": 10, **password, **more}


def said(answer: Response) -> list[Any]:
    """Give the messages of an answer; none for an empty body."""
    return [message["msg"] for message in json.loads(answer.body)] if answer.body else []


def test_of_equal_mailboxes_added_at_once_one_is_made_and_the_others_hear_nothing(
    at_once: Posts, tables: Tables
) -> None:
    at_once(DOMAIN)

    answers = at_once(*[mailbox("bob")] * 8)

    assert sum(["mailbox_added", "bob@a.example"] in said(answer) for answer in answers) == 1
    assert all(not answer.body or "object_exists" in answer.body.decode() for answer in answers[1:] if not said(answer))
    assert list(tables.mailboxes) == ["bob@a.example"]


def test_a_limit_is_overshot_when_many_are_added_at_once(at_once: Posts, tables: Tables) -> None:
    at_once(DOMAIN)

    at_once(*[mailbox(f"bob{number}") for number in range(12)])

    assert len(tables.mailboxes) > 5


def test_one_of_two_edits_of_a_mailbox_at_once_is_lost(at_once: Posts, tables: Tables) -> None:
    at_once(DOMAIN)
    at_once(mailbox("bob"))
    row = tables.mailboxes["bob@a.example"]
    lost = 0
    for number in range(20):
        row.update(name="Bob", quota=10 * 1024 * 1024)
        edits = ({"name": f"Bob {number}"}, {"quota": 20})
        at_once(*[("edit/mailbox", {"items": ["bob@a.example"], "attr": edit}) for edit in edits])
        lost += (row["name"], row["quota"]) != (f"Bob {number}", 20 * 1024 * 1024)

    assert 0 < lost < 20


def test_deletes_at_once_deadlock_and_leave_mailboxes_half_deleted_which_deleting_again_repairs(
    at_once: Posts, tables: Tables
) -> None:
    at_once(DOMAIN)
    names = [f"bob{number}@a.example" for number in range(5)]
    at_once(*[mailbox(name.partition("@")[0]) for name in names])

    answers = at_once(*[("delete/mailbox", [name]) for name in names])

    died = [name for name, answer in zip(names, answers, strict=True) if not answer.body]
    assert died
    assert {name for name, row in tables.mailboxes.items() if not row["whole"]} == set(died)

    for name in died:
        at_once(("delete/mailbox", [name]))
    assert not tables.mailboxes


def test_deletes_one_after_the_other_all_succeed(at_once: Posts, tables: Tables) -> None:
    at_once(DOMAIN)
    for number in range(5):
        at_once(mailbox(f"bob{number}"))
        [answer] = at_once(("delete/mailbox", [f"bob{number}@a.example"]))
        assert said(answer) == [["mailbox_removed", f"bob{number}@a.example"]]

    assert not tables.mailboxes


def test_keys_made_at_once_for_one_domain_all_stay_in_redis(at_once: Posts, tables: Tables) -> None:
    at_once(DOMAIN)

    at_once(*[("add/dkim", {"domains": "a.example", "dkim_selector": f"s{n}", "key_size": 1024}) for n in range(8)])

    assert len(tables.dkim) == 1
    assert len(tables.private_keys) > 1
