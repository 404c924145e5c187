"""Routes that no transcript has: Sieve filters and sync jobs, as mailcow's source has them."""

from typing import Any

import pytest

from tests.lab.mailcow.api.service import READ_ONLY_KEY, ApiService

pytestmark = pytest.mark.lab

_ADDRESS = "u@f.example"
_MAILBOX = {
    "local_part": "u",
    "domain": "f.example",
    "quota": "10",
    "password": "Secret-123",
    "password2": "Secret-123",
}
_FILTER = {
    "username": _ADDRESS,
    "filter_type": "prefilter",
    "script_desc": "mine",
    "script_data": "keep;",
    "active": "1",
}
_JOB = {
    "username": _ADDRESS,
    "host1": "IMAP.Old.example",
    "port1": "993",
    "user1": "u@old.example",
    "password1": "Old-Secret",
    "enc1": "SSL",
    "mins_interval": "20",
    "subfolder2": "",
    "maxage": "0",
    "exclude": "(?i)spam|(?i)junk",
    "custom_params": "",
    "automap": "1",
    "subscribeall": "1",
    "active": "1",
}


@pytest.fixture
def mailbox(api: ApiService) -> ApiService:
    """Give an API with one mailbox."""
    api.empty()
    api.post("add/domain", {"domain": "f.example", "key_size": 0})
    api.post("add/mailbox", _MAILBOX)
    return api


def _said(answer: list[dict[str, Any]]) -> list[tuple[str, Any]]:
    return [(message["type"], message["msg"]) for message in answer]


def test_a_filter_is_added_and_read_back(mailbox: ApiService) -> None:
    answer = mailbox.post("add/filter", _FILTER)

    assert _said(answer) == [("success", ["mailbox_modified", _ADDRESS])]
    assert answer[0]["log"] == ["mailbox", "add", "filter", _FILTER, None]
    assert mailbox.get(f"get/filters/{_ADDRESS}", key=READ_ONLY_KEY) == [
        {
            "active": 1,
            "id": 1,
            "username": _ADDRESS,
            "filter_type": "prefilter",
            "script_data": "keep;",
            "script_desc": "mine",
        }
    ]
    assert mailbox.get("get/filters/all") == mailbox.get(f"get/filters/{_ADDRESS}")


def test_a_mailbox_without_filters_and_one_that_is_not_there_have_none(mailbox: ApiService) -> None:
    assert mailbox.get(f"get/filters/{_ADDRESS}") == {}
    assert mailbox.get("get/filters/nobody@f.example") == {}


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"username": "nobody@f.example"}, "access_denied"),
        ({"username": ""}, "no_user_defined"),
        ({"script_data": ""}, "script_empty"),
        ({"script_data": "keep"}, ["sieve_error", "at the end: ; expected"]),
        ({"script_desc": ""}, "value_missing"),
        ({"filter_type": "filter"}, "filter_type"),
    ],
)
def test_a_filter_is_refused(mailbox: ApiService, change: dict[str, str], refusal: Any) -> None:
    assert _said(mailbox.post("add/filter", {**_FILTER, **change})) == [("danger", refusal)]
    assert mailbox.get("get/filters/all") == {}


def test_one_filter_of_a_kind_is_active(mailbox: ApiService) -> None:
    for description, kind in (("first", "prefilter"), ("after", "postfilter"), ("second", "prefilter")):
        mailbox.post("add/filter", {**_FILTER, "script_desc": description, "filter_type": kind})
    active = {one["script_desc"]: one["active"] for one in mailbox.get("get/filters/all")}
    assert active == {"first": 0, "after": 1, "second": 1}

    mailbox.post("edit/filter", {"items": ["1"], "attr": {"active": "1"}})
    active = {one["script_desc"]: one["active"] for one in mailbox.get("get/filters/all")}
    assert active == {"first": 1, "after": 1, "second": 0}


def test_a_filter_is_edited_in_part_and_deleted(mailbox: ApiService) -> None:
    mailbox.post("add/filter", _FILTER)
    edited = mailbox.post("edit/filter", {"items": [1, 9], "attr": {"script_data": "discard;", "script_desc": ""}})

    assert _said(edited) == [("success", ["mailbox_modified", _ADDRESS]), ("danger", "access_denied")]
    (found,) = mailbox.get(f"get/filters/{_ADDRESS}")
    assert (found["script_data"], found["script_desc"], found["active"]) == ("discard;", "mine", 1)
    deleted = mailbox.post("delete/filter", ["1", "x", "1"])
    assert _said(deleted) == [("success", ["delete_filter", "1"]), ("danger", "access_denied")]
    assert mailbox.get("get/filters/all") == {}


def test_a_sync_job_is_added_and_shown_without_its_password(mailbox: ApiService) -> None:
    answer = mailbox.post("add/syncjob", _JOB)

    assert _said(answer) == [("success", ["mailbox_modified", _ADDRESS])]
    for route in (f"get/syncjobs/{_ADDRESS}/no_log", "get/syncjobs/all/no_log"):
        (job,) = mailbox.get(route)
        assert (job["id"], job["user2"], job["host1"], job["port1"]) == (1, _ADDRESS, "imap.old.example", 993)
        assert (job["is_running"], job["last_run"], job["success"], job["log"]) == (0, None, None, "")
        assert not {"password1", "returned_text"} & job.keys()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"username": "nobody@f.example"}, "access_denied"),
        ({"username": "nobody"}, "no_user_defined"),
        ({"port1": "0"}, "access_denied"),
        ({"mins_interval": "0"}, "access_denied"),
        ({"enc1": "STARTTLS"}, "access_denied"),
        ({"exclude": "("}, "access_denied"),
        ({"custom_params": "--delete1"}, "bad option delete1"),
        ({"custom_params": "--sslargs1=a=1 --delete1"}, "bad option delete1"),
        ({"custom_params": "--sslargs1 a=1"}, "bad character SPACE"),
    ],
)
def test_a_sync_job_is_refused(mailbox: ApiService, change: dict[str, str], refusal: str) -> None:
    assert _said(mailbox.post("add/syncjob", {**_JOB, **change})) == [("danger", refusal)]
    assert mailbox.get("get/syncjobs/all/no_log") == {}


def test_the_same_sync_job_is_not_taken_twice(mailbox: ApiService) -> None:
    mailbox.post("add/syncjob", _JOB)
    again = mailbox.post("add/syncjob", _JOB)

    assert _said(again) == [("danger", ["object_exists", "imap.old.example / u@old.example"])]


def test_a_sync_job_is_edited_in_part_and_deleted(mailbox: ApiService) -> None:
    mailbox.post("add/syncjob", _JOB)
    mailbox.sql("UPDATE imapsync SET last_run = NOW(), success = 1, returned_text = 'all good';")
    (job,) = mailbox.get(f"get/syncjobs/{_ADDRESS}")
    assert (job["log"], job["success"], isinstance(job["last_run"], str)) == ("all good", 1, True)

    mailbox.post("edit/syncjob", {"items": ["1"], "attr": {"active": "0", "password1": "", "last_run": ""}})
    (job,) = mailbox.get(f"get/syncjobs/{_ADDRESS}/no_log")
    assert (job["active"], job["last_run"], job["success"]) == (0, None, 1)
    assert mailbox.sql("SELECT password1 FROM imapsync;") == ["Old-Secret"]
    assert _said(mailbox.post("edit/syncjob", {"items": ["9"], "attr": {}})) == [("danger", "access_denied")]
    deleted = mailbox.post("delete/syncjob", ["1", "9"])
    assert _said(deleted) == [("success", ["deleted_syncjob", "1"]), ("danger", "access_denied")]
    assert mailbox.get("get/syncjobs/all/no_log") == {}


def test_filters_and_sync_jobs_go_with_their_mailbox(mailbox: ApiService) -> None:
    mailbox.post("add/filter", _FILTER)
    mailbox.post("add/syncjob", _JOB)
    mailbox.post("delete/mailbox", [_ADDRESS])

    assert mailbox.get("get/filters/all") == {}
    assert mailbox.get("get/syncjobs/all/no_log") == {}


def test_filters_and_sync_jobs_follow_a_renamed_mailbox(mailbox: ApiService) -> None:
    mailbox.post("add/filter", _FILTER)
    mailbox.post("add/syncjob", _JOB)
    names = {"domain": "f.example", "old_local_part": "u", "new_local_part": "v", "create_alias": "0"}
    mailbox.post("edit/rename-mbox", {"items": [_ADDRESS], "attr": names})

    assert len(mailbox.get("get/filters/v@f.example")) == 1
    assert len(mailbox.get("get/syncjobs/v@f.example/no_log")) == 1


def test_a_read_only_key_may_not_add_a_filter(mailbox: ApiService) -> None:
    denied = {"type": "error", "msg": "API read/write access denied"}

    assert mailbox.post("add/filter", _FILTER, key=READ_ONLY_KEY) == denied


def test_the_call_log_hides_the_password_of_the_other_provider(mailbox: ApiService) -> None:
    mailbox.post("add/syncjob", _JOB)

    assert "Old-Secret" not in str(mailbox.get("get/logs/api/9"))
