"""What is read of a server before it is taken over, by exchanges of a real mailcow."""

import pytest

from core.errors import MailcowRefusedError
from tests.clients.replay import Exchange, mailcow, recorded


def test_alias_domains_are_read_with_what_they_stand_for() -> None:
    api, replay = mailcow(*recorded("05-alias.json", "get/alias-domain/all"))

    assert api.list_alias_domains() == {"aka.example": "al.example"}
    assert len(replay.requests) == 1


def test_a_server_without_any_has_none() -> None:
    api, _ = mailcow(Exchange("GET", "get/alias-domain/all", {}), Exchange("GET", "get/filters/all", {}))

    assert api.list_alias_domains() == {}
    assert api.list_all_filters() == ()


def test_filters_of_all_mailboxes_come_with_one_request() -> None:
    row = {
        "id": 7,
        "username": "bob@a.example",
        "filter_type": "prefilter",
        "script_data": "keep;",
        "script_desc": "by hand",
        "active": 1,
    }
    api, replay = mailcow(Exchange("GET", "get/filters/all", [row, {**row, "id": 8}]))

    assert [(found.id, found.username) for found in api.list_all_filters()] == [
        (7, "bob@a.example"),
        (8, "bob@a.example"),
    ]
    assert len(replay.requests) == 1


def test_a_key_proves_that_it_may_change_things_by_changing_nothing() -> None:
    api, replay = mailcow(*recorded("03-domain.json", "delete, empty list"))

    api.prove_it_may_change()

    assert [(method, path, body) for method, path, body in replay.requests] == [("POST", "delete/domain", [])]


@pytest.mark.parametrize(
    ("status", "said", "why"),
    [
        (403, "API read/write access denied", "read-only"),
        (401, "authentication failed", "does not take the API key"),
        (401, "api access denied for ip 203.0.113.9", "API_ALLOW_FROM"),
    ],
)
def test_a_key_that_may_not_is_told_apart(status: int, said: str, why: str) -> None:
    api, _ = mailcow(Exchange("POST", "delete/domain", {"type": "error", "msg": said}, status))

    with pytest.raises(MailcowRefusedError, match=why):
        api.prove_it_may_change()


def test_a_domain_that_only_keeps_mail_for_another_server_is_known_as_such() -> None:
    columns = {
        "domain_name": "a.example",
        "active": 1,
        "max_num_aliases_for_domain": 1,
        "max_num_mboxes_for_domain": 1,
        "def_quota_for_mbox": 0,
        "max_quota_for_mbox": 0,
        "max_quota_for_domain": 0,
        "mboxes_in_domain": 0,
    }
    rows = [{**columns, "backupmx": 0}, {**columns, "backupmx": 1}, columns]
    api, _ = mailcow(Exchange("GET", "get/domain/all", rows))

    assert [row.backup_mx for row in api.list_domains()] == [False, True, False]
