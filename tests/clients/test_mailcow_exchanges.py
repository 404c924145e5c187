"""How an exchange with mailcow ends: empty answers, outages, refusals, keys and cookies."""

import threading
from collections.abc import Callable

import pytest
import requests

from core.errors import MailcowError, MailcowRefusedError, MailcowUnavailableError, MailcowUnclearError
from mailcow.api import MailcowApi
from mailcow.rows import MailboxChange
from tests.clients.replay import Exchange, mailcow, recorded
from tests.clients.samples import BOB, DOMAIN, PASSWORD

NOTHING = ""


def test_no_answer_to_an_add_is_settled_by_reading_back() -> None:
    api, _ = mailcow(
        Exchange("POST", "add/mailbox", NOTHING),
        Exchange(
            "GET", "get/mailbox/bob@a.example", {"username": "bob@a.example", "name": "", "quota": 0, "active": 1}
        ),
    )

    assert api.add_mailbox(BOB, password=PASSWORD) is False


def test_no_answer_and_no_mailbox_is_unclear_and_never_success() -> None:
    api, _ = mailcow(Exchange("POST", "add/mailbox", NOTHING), Exchange("GET", "get/mailbox/bob@a.example", {}))

    with pytest.raises(MailcowUnclearError):
        api.add_mailbox(BOB, password=PASSWORD)


@pytest.mark.parametrize(
    "answer",
    [
        NOTHING,
        [{"type": "danger", "log": ["mailbox", {"password": PASSWORD}], "msg": "password_complexity"}],
        {"type": "error", "log": [PASSWORD], "msg": "Cannot find attributes in post data"},
        f"<html>{PASSWORD}</html>",
        f"rubbish {PASSWORD}",
    ],
)
def test_no_error_shows_the_request(answer: object) -> None:
    api, _ = mailcow(Exchange("POST", "add/mailbox", answer), Exchange("GET", "get/mailbox/bob@a.example", {}))

    with pytest.raises(MailcowError) as caught:
        api.add_mailbox(BOB, password=PASSWORD)

    assert PASSWORD not in str(caught.value)
    assert caught.value.__cause__ is None or PASSWORD not in str(caught.value.__cause__)


def test_a_connection_that_breaks_shows_neither_key_nor_request() -> None:
    api, _ = mailcow(requests.exceptions.ConnectionError(f"POST … {PASSWORD} THE-API-KEY"))

    with pytest.raises(MailcowUnavailableError) as caught:
        api.add_mailbox(BOB, password=PASSWORD)

    assert PASSWORD not in str(caught.value)
    assert caught.value.__suppress_context__


def test_deletes_run_one_at_a_time_whatever_client_makes_them() -> None:
    running: list[int] = []
    most: list[int] = []
    meet = threading.Barrier(3)

    def slowly(api: MailcowApi, address: str) -> Callable[[], None]:
        change = api._caller.change

        def counted(route: str, body: object, *, doing: str) -> object:
            running.append(1)
            most.append(len(running))
            threading.Event().wait(0.02)
            running.pop()
            return change(route, body, doing=doing)

        api._caller.change = counted  # pyright: ignore[reportAttributeAccessIssue] — only counts

        def run() -> None:
            meet.wait()
            api.delete_mailbox(address)

        return run

    removed = [{"type": "success", "log": [], "msg": ["mailbox_removed", "x"]}]
    threads = [
        threading.Thread(target=slowly(mailcow(Exchange("POST", "delete/mailbox", removed))[0], f"u{n}@a.example"))
        for n in range(3)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert most == [1, 1, 1]


def test_an_edit_without_an_answer_is_settled_by_reading_back() -> None:
    row = {"username": "bob@a.example", "name": "Bob", "quota": 1024 * 1024 * 1024, "active": 0}
    api, _ = mailcow(Exchange("POST", "edit/mailbox", NOTHING), Exchange("GET", "get/mailbox/bob@a.example", row))

    api.edit_mailbox("bob@a.example", MailboxChange(name="Bob", quota_mib=1024, active=False))
    with pytest.raises(MailcowUnclearError):
        api.edit_mailbox("bob@a.example", MailboxChange(name="Robert", quota_mib=1024, active=False))


def test_names_in_a_path_are_escaped_twice() -> None:
    api, replay = mailcow(Exchange("GET", "get/mailbox/john%252Bx@a.example", {}))

    assert api.get_mailbox("john+x@a.example") is None
    assert replay.requests[0][1] == "get/mailbox/john%252Bx@a.example"


def test_no_cookie_is_kept_or_sent() -> None:
    api, replay = mailcow(*recorded("02-status.json", "version"))

    api.version()
    api.version()

    assert all("Cookie" not in headers for headers in replay.headers)
    assert len(api._caller._session.cookies) == 0


def test_a_wrong_key_is_refused_and_not_tried_again() -> None:
    api, replay = mailcow(
        Exchange("GET", "get/status/version", {"type": "error", "msg": "authentication failed"}, 401), patience_s=60
    )

    with pytest.raises(MailcowRefusedError, match="does not take the API key"):
        api.version()

    assert len(replay.requests) == 1


def test_an_address_that_may_not_call_is_told_so() -> None:
    api, _ = mailcow(
        Exchange("GET", "get/status/version", {"type": "error", "msg": "api access denied for ip 203.0.113.9"}, 401)
    )

    with pytest.raises(MailcowRefusedError, match="API_ALLOW_FROM"):
        api.version()


@pytest.mark.parametrize("name", ["php-fpm down: add", "Redis down: add", "MariaDB down: add", "dockerapi down: add"])
def test_an_outage_of_a_part_is_not_ready_rather_than_refused(name: str) -> None:
    api, _ = mailcow(*recorded("14-outage.json", name))

    with pytest.raises(MailcowUnavailableError, match="not ready"):
        api.add_domain(DOMAIN)


def test_a_mailcow_that_comes_up_is_waited_for() -> None:
    api, replay = mailcow(
        *recorded("14-outage.json", "php-fpm down: get"), Exchange("GET", "get/domain/all", {}), patience_s=60
    )

    assert api.list_domains() == ()
    assert len(replay.requests) == 2


def test_a_change_that_does_not_answer_in_time_is_read_back_and_not_sent_twice() -> None:
    api, replay = mailcow(requests.exceptions.ReadTimeout(), Exchange("GET", "get/mailbox/bob@a.example", {}))

    with pytest.raises(MailcowUnclearError):
        api.add_mailbox(BOB, password=PASSWORD)

    assert [method for method, _, _ in replay.requests] == ["POST", "GET"]


def test_containers_are_read_by_name_and_a_blind_dockerapi_is_an_outage() -> None:
    api, _ = mailcow(*recorded("02-status.json", "containers"))
    assert {row.name: row.state for row in api.containers()}["mysql-mailcow"] == "running"

    api, _ = mailcow(*recorded("14-outage.json", "dockerapi answers rubbish: status/containers"))
    with pytest.raises(MailcowUnavailableError):
        api.containers()
