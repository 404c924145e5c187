"""What the list can wish for a mailbox: protocols, limits, tags, forwards, replies; sent when they differ, no more."""

from dataclasses import replace
from typing import Any

import pytest

from core.errors import MailcowUnavailableError
from core.people import PROTOCOLS
from mailcow.rows import FilterRow
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, found_domain, found_password, mailbox, row
from tests.resources.users.wire import Life
from users.mailbox import MailboxProvider

TAG = "mailstead-dev"
FORWARD = {"forward_to": ["bob@other.example"]}
SCRIPT = 'require ["copy"];\r\nredirect :copy "bob@other.example";\r\n'
HERS = FilterRow(id=900, username=ADDRESS, kind="prefilter", script="keep;", description="mine", active=True)


@pytest.fixture
def alice(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> Life:
    """A mailbox that may be made: its domain and its first password are there."""
    found_domain(mailcow, TAG)
    found_password(vault)
    return living(MailboxProvider)


def scripts(mailcow: FakeMailcow) -> list[str]:
    """What runs on mail that comes in."""
    return [found.script for found in mailcow.filters.values() if found.active]


def test_all_wishes_of_a_new_person_are_in_the_call_that_makes_the_mailbox(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(
        mailbox(
            full_name="Alice A.",
            protocols=["smtp", "imap"],
            change_password=True,
            sending_limit="100/h",
            tags=["sales", "vip"],
        )
    )

    assert mailcow.changes == [f"add mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row(
        name="Alice A.",
        protocols=("imap", "smtp"),
        change_password=True,
        sending_limit="100/h",
        tags=(TAG, "sales", "vip"),
    )
    assert alice.refresh() == "same"


def test_a_forward_is_one_filter_of_ours(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**FORWARD))

    assert mailcow.changes == [f"add mailbox {ADDRESS}", f"add filter {ADDRESS}"]
    found = next(iter(mailcow.filters.values()))
    assert (found.script, found.description, found.kind, found.active) == (SCRIPT, TAG, "prefilter", True)
    assert alice.refresh() == "same"


@pytest.mark.parametrize(
    ("change", "call", "after"),
    [
        ({"full_name": "Alice A."}, "edit", {"name": "Alice A."}),
        ({"protocols": ["imap"]}, "edit", {"protocols": ("imap",)}),
        ({"protocols": []}, "edit", {"protocols": ()}),
        ({"change_password": True}, "edit", {"change_password": True}),
        ({"sending_limit": "5/m"}, "limit", {"sending_limit": "5/m"}),
        ({"tags": ["sales"]}, "tag", {"tags": (TAG, "sales")}),
    ],
)
def test_a_changed_wish_is_one_call(
    alice: Life, mailcow: FakeMailcow, change: dict[str, Any], call: str, after: dict[str, Any]
) -> None:
    alice.up(mailbox())
    mailcow.changes.clear()

    assert alice.up(mailbox(**change)) == "update"

    assert mailcow.changes == [f"{call} mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row(**after)
    assert alice.refresh() == "same"
    assert alice.up(mailbox(**change)) == "same"


def test_only_what_differs_is_sent(alice: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    alice.up(mailbox())
    monkeypatch.setattr(mailcow, "edit_mailbox", lambda _address, change: sent.append(change))

    alice.up(mailbox(quota_mib=4096))

    assert [{key: value for key, value in vars(change).items() if value not in {None, False}} for change in sent] == [
        {"quota_mib": 4096}
    ]


def test_the_order_of_a_list_is_no_change(alice: Life) -> None:
    alice.up(mailbox(tags=["a", "b"], protocols=["imap", "smtp"], forward_to=["x@a.example", "y@a.example"]))

    again = mailbox(tags=["b", "a"], protocols=["smtp", "imap"], forward_to=["y@a.example", "X@a.example"])
    assert alice.up(again) == "same"


def test_her_own_change_of_the_password_is_no_drift_and_she_is_not_asked_again(
    alice: Life, mailcow: FakeMailcow
) -> None:
    alice.up(mailbox(change_password=True))
    mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], change_password=False)

    assert alice.refresh() == "same"
    alice.up(mailbox(change_password=True, quota_mib=4096))

    assert mailcow.mailboxes[ADDRESS].change_password is False


def test_tags_given_by_hand_stay_and_those_of_the_list_go_with_it(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(tags=["sales", "vip"]))
    mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], tags=("by hand", TAG, "sales", "vip"))

    assert alice.refresh() == "same"
    alice.up(mailbox(tags=["vip"]))

    assert mailcow.mailboxes[ADDRESS].tags == ("by hand", TAG, "vip")


def test_a_tag_that_mailcow_has_in_other_case_is_there(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(tags=["sales"]))
    mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], tags=(TAG, "Sales"))

    assert alice.refresh() == "same"


@pytest.mark.parametrize("mark", ["mailstead-dev", "Mailstead-Dev"])
def test_our_mark_in_the_list_is_neither_doubled_nor_taken_off(alice: Life, mailcow: FakeMailcow, mark: str) -> None:
    alice.up(mailbox(tags=[mark]))
    alice.up(mailbox(tags=[]))

    assert mailcow.mailboxes[ADDRESS].tags == (TAG,)


@pytest.mark.parametrize(
    "behind_our_back",
    [{"protocols": PROTOCOLS[:1]}, {"sending_limit": "1/d"}, {"tags": (TAG,)}, {"name": "x"}],
    ids=["protocols", "limit", "tags", "name"],
)
def test_what_is_changed_behind_our_back_is_seen_by_refresh_and_put_right(
    alice: Life, mailcow: FakeMailcow, behind_our_back: dict[str, Any]
) -> None:
    wishes = mailbox(tags=["sales"], sending_limit="100/h")
    alice.up(wishes)
    before = mailcow.mailboxes[ADDRESS]
    mailcow.mailboxes[ADDRESS] = replace(before, **behind_our_back)

    assert alice.refresh() == "drift"
    assert alice.up(wishes) == "update"

    assert mailcow.mailboxes[ADDRESS] == before


def test_a_changed_forward_edits_our_filter_and_none_deletes_it(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**FORWARD))
    alice.up(mailbox(**FORWARD, keep_copy=False, auto_reply="Away"))
    assert scripts(mailcow) == [
        'require ["vacation"];\r\nvacation :days 1 "Away";\r\nredirect "bob@other.example";\r\n'
    ]

    alice.up(mailbox())

    assert mailcow.filters == {}


@pytest.mark.parametrize("harm", ["deleted", "at rest", "changed"])
def test_a_forward_that_somebody_broke_is_seen_by_refresh_and_put_right(
    alice: Life, mailcow: FakeMailcow, harm: str
) -> None:
    alice.up(mailbox(**FORWARD))
    id_, ours = next(iter(mailcow.filters.items()))
    broken = {"at rest": replace(ours, active=False), "changed": replace(ours, script="keep;")}
    mailcow.filters = {id_: broken[harm]} if harm in broken else {}

    assert alice.refresh() == "drift"
    alice.up(mailbox(**FORWARD))

    assert scripts(mailcow) == [SCRIPT]
    assert len(mailcow.filters) == 1


def test_line_ends_that_the_server_changed_are_no_drift(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**FORWARD))
    mailcow.filters = {id_: replace(it, script=it.script.replace("\r\n", "\n")) for id_, it in mailcow.filters.items()}

    assert alice.refresh() == "same"


def test_filters_are_read_only_of_those_who_have_forwards(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox())
    alice.refresh()
    alice.up(mailbox(quota_mib=4096))

    assert [read for read in mailcow.reads if "filters" in read] == []


def test_a_filter_that_a_lost_answer_doubled_is_one_again(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(**FORWARD))
    mailcow.filters[77] = replace(next(iter(mailcow.filters.values())), id=77, active=False)

    alice.up(mailbox(**FORWARD, keep_copy=False))

    assert len(mailcow.filters) == 1


def test_filters_of_others_are_left_and_one_that_stops_running_is_named(
    alice: Life, mailcow: FakeMailcow, said: list[str]
) -> None:
    alice.up(mailbox())
    mailcow.filters[900] = HERS

    alice.up(mailbox(**FORWARD))
    alice.up(mailbox())

    assert mailcow.filters == {900: replace(HERS, active=False)}
    assert len(said) == 1
    assert "'mine' of alice@example.com rests from now on" in said[0]


def test_a_run_that_died_between_mailbox_and_filter_is_finished_by_the_next(
    alice: Life, living: Living, mailcow: FakeMailcow
) -> None:
    mailcow.failures[f"add filter {ADDRESS}"] = MailcowUnavailableError("not ready")
    with pytest.raises(MailcowUnavailableError):
        alice.up(mailbox(**FORWARD))

    living(MailboxProvider).up(mailbox(**FORWARD))

    assert mailcow.changes.count(f"add mailbox {ADDRESS}") == 1
    assert scripts(mailcow) == [SCRIPT]


def test_a_state_of_an_older_version_shows_no_change(alice: Life) -> None:
    known = ("address", "domain", "local_part", "full_name", "quota_mib", "active", "kept_until")
    alice.up(mailbox())
    alice.outputs = {key: alice.outputs[key] for key in known}
    alice.inputs = dict(alice.outputs)

    assert alice.up(mailbox()) == "same"
    assert alice.refresh() == "same"
    assert alice.up(mailbox(protocols=["imap"])) == "update"
