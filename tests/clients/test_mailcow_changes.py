"""What the client sends for passwords, limits, tags, filters, app passwords; what it makes of answers."""

from typing import Any

import pytest

from core.errors import MailcowRefusedError, MailcowUnclearError
from mailcow.rows import FilterRow, MailboxChange, NewFilter
from tests.clients.replay import Exchange, mailcow, recorded
from tests.clients.samples import PASSWORD

BOB = "bob@a.example"
FORWARD = NewFilter(
    username=BOB, kind="prefilter", script='redirect "x@b.example";\r\n', description="mailstead-dev", active=True
)
NOTHING = ""


def said(key: str, *arguments: object, type_: str = "success") -> list[dict[str, Any]]:
    """One line of mailcow's answer."""
    return [{"type": type_, "log": [], "msg": [key, *arguments] if arguments else key}]


def filter_row(**changes: Any) -> dict[str, Any]:
    """A filter as mailcow's source sends it."""
    columns = {
        "active": 1,
        "id": 3,
        "username": BOB,
        "filter_type": "prefilter",
        "script_data": FORWARD.script,
        "script_desc": "mailstead-dev",
    }
    return {**columns, **changes}


@pytest.mark.parametrize(
    ("change", "attributes"),
    [
        (MailboxChange(name="Bob"), {"name": "Bob"}),
        (MailboxChange(quota_mib=0), {"quota": 0}),
        (MailboxChange(active=True), {"active": "1"}),
        (MailboxChange(active=False), {"active": "0"}),
        (MailboxChange(active=False, receives_only=True), {"active": "2"}),
        (MailboxChange(protocols=()), {"protocol_access": []}),
        (
            MailboxChange(protocols=("imap",), change_password=True),
            {"protocol_access": ["imap"], "force_pw_update": "1"},
        ),
    ],
)
def test_an_edit_of_a_mailbox_sends_what_changes_and_nothing_else(
    change: MailboxChange, attributes: dict[str, object]
) -> None:
    api, replay = mailcow(Exchange("POST", "edit/mailbox", said("mailbox_modified", BOB)))

    api.edit_mailbox(BOB, change)

    assert replay.sent("edit/mailbox") == [{"items": [BOB], "attr": attributes}]


def test_an_edit_of_a_mailbox_as_it_was_recorded() -> None:
    api, replay = mailcow(*recorded("04-mailbox.json", "edit protocol_access", "edit active to 2"))

    api.edit_mailbox("full.user@mb.example", MailboxChange(protocols=("imap", "smtp")))

    recorded_body = {"items": ["full.user@mb.example"], "attr": {"protocol_access": ["imap", "smtp"]}}
    assert replay.sent("edit/mailbox") == [recorded_body]


def test_a_mailbox_is_read_with_its_protocols_limit_and_use() -> None:
    api, _ = mailcow(*recorded("04-mailbox.json", "get one (full)", "get active 2"))

    full, closed = api.get_mailbox("full.user@mb.example"), api.get_mailbox("min@mb.example")

    assert full is not None
    assert closed is not None
    assert (full.protocols, full.change_password, full.sending_limit) == (("imap", "smtp"), True, "50/h")
    assert (full.authsource, full.bytes_used) == ("mailcow", 0)
    assert (full.created, full.password_set) == ("2026-11-22 14:11:31", "2026-11-22 14:11:31")
    assert (closed.active, closed.receives_only, closed.sending_limit) == (False, True, "")


def test_a_domains_list_does_not_say_limits_and_one_more_call_does() -> None:
    api, _ = mailcow(
        *recorded("04-mailbox.json", "get reduced"),
        Exchange("GET", "get/rl-mbox/all", [{"value": "50", "frame": "h", "mailbox": "full.user@mb.example"}]),
    )

    assert {row.sending_limit for row in api.list_mailboxes("mb.example")} == {None}
    assert api.list_sending_limits() == {"full.user@mb.example": "50/h"}


def test_no_limits_at_all_are_none() -> None:
    api, _ = mailcow(Exchange("GET", "get/rl-mbox/all", {}))

    assert api.list_sending_limits() == {}


@pytest.mark.parametrize(("limit", "sent"), [("10/m", ("10", "m")), ("", ("0", "h"))])
def test_a_limit_is_set_by_a_route_of_its_own_and_taken_away_with_a_span_all_the_same(
    limit: str, sent: tuple[str, str]
) -> None:
    api, replay = mailcow(Exchange("POST", "edit/rl-mbox", said("rl_saved", BOB)))

    api.set_sending_limit(BOB, limit)

    assert replay.sent("edit/rl-mbox") == [{"items": [BOB], "attr": {"rl_value": sent[0], "rl_frame": sent[1]}}]


def test_a_limit_as_it_was_recorded() -> None:
    api, replay = mailcow(*recorded("04-mailbox.json", "edit/rl-mbox"))

    api.set_sending_limit("full.user@mb.example", "10/m")

    assert replay.sent("edit/rl-mbox") == [
        {"items": ["full.user@mb.example"], "attr": {"rl_value": "10", "rl_frame": "m"}}
    ]


def test_a_password_is_sent_twice_and_no_answer_is_never_success() -> None:
    api, replay = mailcow(Exchange("POST", "edit/mailbox", NOTHING))

    with pytest.raises(MailcowUnclearError) as caught:
        api.set_password(BOB, PASSWORD, change_password=True)

    assert PASSWORD not in str(caught.value)
    attributes = {"password": PASSWORD, "password2": PASSWORD, "force_pw_update": "1"}
    assert replay.sent("edit/mailbox") == [{"items": [BOB], "attr": attributes}] * 3


def test_tags_are_added_by_an_edit_and_taken_off_by_a_route_whose_address_is_escaped_twice() -> None:
    plus = "bob+x@a.example"
    api, replay = mailcow(
        Exchange("POST", "edit/mailbox", said("mailbox_modified", plus)),
        Exchange("POST", "delete/mailbox/tag/bob%252Bx@a.example", said("mailbox_modified", plus)),
    )

    api.add_tags(plus, ["b", "a"])
    api.remove_tags(plus, ["old"])

    assert [body for _, _, body in replay.requests] == [{"items": [plus], "attr": {"tags": ["a", "b"]}}, ["old"]]


def test_a_tag_is_taken_off_as_it_was_recorded() -> None:
    api, replay = mailcow(*recorded("04-mailbox.json", "delete a tag"))

    api.remove_tags("full.user@mb.example", ["third"])

    assert replay.requests[0][2] == ["third"]


def test_app_passwords_are_read_without_their_hash_and_with_their_name_as_it_was_typed() -> None:
    api, _ = mailcow(*recorded("08-app-passwd.json", "get all after that"))

    found = api.list_app_passwords("ap@ap.example")

    assert [row.id for row in found] == [1, 2, 3, 4]
    assert found[3].name == '<b>"x" & y</b>'
    assert "BLF-CRYPT" not in repr(found)


def test_an_app_password_is_deleted_by_itself_and_absence_is_done() -> None:
    api, replay = mailcow(*recorded("08-app-passwd.json", "delete", "delete again", "get all of a mailbox, none"))

    api.delete_app_password("ap@ap.example", 1)
    api.delete_app_password("ap@ap.example", 1)

    assert replay.sent("delete/app-passwd") == [[1], [1]]


def test_filters_are_read_with_what_they_say() -> None:
    api, _ = mailcow(Exchange("GET", f"get/filters/{BOB}", [filter_row(), filter_row(id=4, active=0)]))

    first, other = api.list_filters(BOB)

    assert first == FilterRow(id=3, **vars(FORWARD))
    assert other.active is False


def test_a_filter_is_added_edited_and_deleted() -> None:
    api, replay = mailcow(
        Exchange("POST", "add/filter", said("mailbox_modified", BOB)),
        Exchange("POST", "edit/filter", said("mailbox_modified", BOB)),
        Exchange("POST", "delete/filter", said("delete_filter", 3)),
    )

    api.add_filter(FORWARD)
    api.edit_filter(3, FORWARD)
    api.delete_filter(BOB, 3)

    attributes = {
        "filter_type": "prefilter",
        "script_data": FORWARD.script,
        "script_desc": "mailstead-dev",
        "active": "1",
    }
    assert [body for _, _, body in replay.requests] == [
        {"username": BOB, **attributes},
        {"items": [3], "attr": attributes},
        [3],
    ]


def test_a_script_that_mailcow_cannot_read_is_refused_with_its_reason() -> None:
    api, replay = mailcow(Exchange("POST", "add/filter", said("sieve_error", "line 1", type_="danger")))

    with pytest.raises(MailcowRefusedError, match="sieve error line 1"):
        api.add_filter(FORWARD)

    assert len(replay.requests) == 1
