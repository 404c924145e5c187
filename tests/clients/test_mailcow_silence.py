"""Silence is no answer: neither that something is gone, nor that it may be sent again."""

import pytest
import requests

from core.errors import MailcowUnclearError
from mailcow.rows import NewFilter
from tests.clients.replay import Exchange, mailcow

FILTER = NewFilter(
    username="bob@a.example", kind="prefilter", script='redirect "x@b.example";', description="ours", active=True
)


def test_after_an_empty_answer_it_is_gone_only_for_a_server_that_answers_otherwise() -> None:
    deleted, gone = Exchange("POST", "delete/mailbox", ""), Exchange("GET", "get/mailbox/bob@a.example", {})
    version = {"version": "2026-07a"}

    api, _ = mailcow(deleted, gone, Exchange("GET", "get/status/version", version))
    api.delete_mailbox("bob@a.example")

    api, _ = mailcow(deleted, gone, Exchange("GET", "get/status/version", ""))
    with pytest.raises(MailcowUnclearError):
        api.delete_mailbox("bob@a.example")


def test_a_filter_whose_answer_is_late_is_not_sent_again_as_mailcow_may_be_at_it_still() -> None:
    api, sent = mailcow(requests.exceptions.ReadTimeout(), Exchange("GET", "get/filters/bob@a.example", {}))

    with pytest.raises(MailcowUnclearError):
        api.add_filter(FILTER)

    assert len(sent.sent("add/filter")) == 1
