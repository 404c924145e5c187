"""The faults that tests of the product ask the API for happen once, where they were asked for."""

import http.client
import threading
import time
from collections.abc import Sequence
from typing import Any

import pytest

from lab.mailcow import faults
from lab.mailcow.faults import Fault, Runner
from tests.lab.mailcow.api.service import READ_WRITE_KEY, ApiService

pytestmark = pytest.mark.lab

_ADDRESS = "u@f.example"
_MAILBOX = {
    "local_part": "u",
    "domain": "f.example",
    "quota": "10",
    "password": "Secret-123",
    "password2": "Secret-123",
}


@pytest.fixture
def run(api: ApiService) -> Runner:
    """Give a database with one domain, and a way into its Redis."""
    api.empty()
    api.post("add/domain", {"domain": "f.example", "key_size": 0})

    def in_redis(command: Sequence[str]) -> str:
        return api.docker.call("exec", f"{api.name}-redis", *command)

    return in_redis


def _exists(api: ApiService) -> bool:
    return bool(api.get(f"get/mailbox/{_ADDRESS}"))


def test_an_answer_can_be_empty_although_the_mailbox_was_made(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "empty_after"))

    assert api.post("add/mailbox", _MAILBOX) is None
    assert _exists(api)


def test_an_answer_can_be_empty_and_nothing_was_made(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "empty_before"))

    assert api.post("add/mailbox", _MAILBOX) is None
    assert not _exists(api)


def test_a_fault_happens_once(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "empty_before"))
    api.post("add/mailbox", _MAILBOX)

    assert api.post("add/mailbox", _MAILBOX)[-1]["msg"] == ["mailbox_added", _ADDRESS]


def test_a_fault_for_always_lasts_until_it_is_cleared(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "empty_before", always=True))
    answers = [api.post("add/mailbox", _MAILBOX) for _ in range(3)]
    faults.clear(run, "add/mailbox")

    assert answers == [None, None, None]
    assert api.post("add/mailbox", _MAILBOX)[-1]["type"] == "success"


@pytest.mark.parametrize(
    ("method", "route", "status", "kind"),
    [
        ("GET", "get/domain/all", 502, "text/html; charset=utf-8"),
        ("POST", "add/mailbox", 405, "text/html"),
    ],
)
def test_the_api_can_look_as_if_php_were_down(  # noqa: PLR0917 — what was recorded
    api: ApiService, run: Runner, method: str, route: str, status: int, kind: str
) -> None:
    faults.inject(run, Fault("/".join(route.split("/")[:2]), "bad_gateway"))
    answer = api.request(method, f"/api/v1/{route}", headers={"X-API-Key": READ_WRITE_KEY})

    assert (answer.status, answer.headers["content-type"]) == (status, kind)


def test_the_connection_can_be_cut_after_the_effect(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "cut_after"))

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        api.post("add/mailbox", _MAILBOX)
    assert _exists(api)


def test_the_connection_can_be_cut_before_the_effect(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "cut_before"))

    with pytest.raises((ConnectionError, http.client.HTTPException)):
        api.post("add/mailbox", _MAILBOX)
    assert not _exists(api)


@pytest.mark.parametrize(("mode", "is_made"), [("timeout_before", False), ("timeout_after", True)])
def test_a_caller_can_wait_for_nothing_before_and_after_the_effect(
    api: ApiService, run: Runner, mode: faults.Mode, *, is_made: bool
) -> None:
    faults.inject(run, Fault("add/mailbox", mode, seconds=2))

    with pytest.raises(TimeoutError):
        api.post("add/mailbox", _MAILBOX, timeout_s=1)
    assert _exists(api) is is_made
    time.sleep(2)
    assert _exists(api) is is_made


def test_a_slow_call_has_its_effect_after_the_caller_has_given_up(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "slow", seconds=2))

    with pytest.raises(TimeoutError):
        api.post("add/mailbox", _MAILBOX, timeout_s=1)
    assert not _exists(api)
    time.sleep(2)
    assert _exists(api)


def test_an_answer_can_be_slow(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "slow", seconds=30))

    with pytest.raises(TimeoutError):
        api.post("add/mailbox", _MAILBOX, timeout_s=1)
    assert not _exists(api)


def test_a_delete_can_leave_a_mailbox_half_way_and_a_second_delete_repairs_it(api: ApiService, run: Runner) -> None:
    api.post("add/mailbox", _MAILBOX)
    faults.inject(run, Fault("delete/mailbox", "half_delete"))

    assert api.post("delete/mailbox", [_ADDRESS]) is None
    assert api.get(f"get/mailbox/{_ADDRESS}")["username"] is None
    assert [message["type"] for message in api.post("delete/mailbox", [_ADDRESS])] == ["warning", "success"]
    assert not _exists(api)


def test_an_answer_can_be_held_back_after_the_effect(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/mailbox", "pause_after"))
    answers: list[Any] = []
    caller = threading.Thread(target=lambda: answers.append(api.post("add/mailbox", _MAILBOX)))
    caller.start()
    faults.wait_paused(run, "add/mailbox", timeout_s=30)

    assert _exists(api)
    assert not answers
    faults.resume(run, "add/mailbox")
    caller.join(timeout=30)
    assert answers[0][-1]["msg"] == ["mailbox_added", _ADDRESS]


def test_a_caller_without_a_key_meets_no_fault(api: ApiService, run: Runner) -> None:
    faults.inject(run, Fault("add/domain", "bad_gateway"))

    assert api.post("add/domain", {"domain": "g.example"}, key="wrong") == {
        "type": "error",
        "msg": "authentication failed",
    }
