"""MTA-STS policies: what is sent, and what is made of answers as mailcow's source has them; none was recorded."""

from typing import Any

import pytest

from core.errors import MailcowRefusedError, MailcowUnclearError
from core.mta_sts import Policy
from tests.clients.replay import Exchange, mailcow

POLICY = Policy(mode="enforce", mx=("mail.a.example", "mail.b.example"), max_age_s=600)
EDIT, ADD = "edit/mta-sts", "add/mta-sts"
DONE = {"type": "success", "msg": "Task completed"}


def said(kind: str, *words: str) -> Exchange:
    """An answer of one message to an edit."""
    return Exchange("POST", EDIT, [{"type": kind, "log": [], "msg": list(words) if len(words) > 1 else "".join(words)}])


SAVED = said("success", "object_modified", "a.example")
NONE_THERE = said("danger", "access_denied")


def test_a_policy_that_is_there_is_made_as_wanted_and_switched_on() -> None:
    api, replay = mailcow(SAVED)

    api.set_mta_sts("a.example", POLICY)

    attributes = {
        "version": "STSv1",
        "mode": "enforce",
        "mx": "mail.a.example,mail.b.example",
        "max_age": "600",
        "active": "1",
    }
    assert replay.sent(EDIT) == [{"items": ["a.example"], "attr": attributes}]


def test_a_first_policy_is_added_and_the_edit_after_it_proves_that_it_is_there() -> None:
    """Adding says nothing of its own, done or not."""
    api, replay = mailcow(NONE_THERE, Exchange("POST", ADD, DONE), SAVED)

    api.set_mta_sts("a.example", POLICY)

    assert [path for _, path, _ in replay.requests] == [EDIT, ADD, EDIT]
    assert replay.sent(ADD)[0]["domain"] == "a.example"


def test_a_domain_that_is_not_there_is_refused_after_all() -> None:
    api, _ = mailcow(NONE_THERE, Exchange("POST", ADD, DONE), NONE_THERE)

    with pytest.raises(MailcowRefusedError, match=r"set the MTA-STS policy of a\.example: access denied"):
        api.set_mta_sts("a.example", POLICY)


def test_another_refusal_adds_nothing() -> None:
    api, replay = mailcow(said("danger", "mode_invalid", "a.example"))

    with pytest.raises(MailcowRefusedError, match="mode invalid"):
        api.set_mta_sts("a.example", POLICY)
    assert replay.sent(ADD) == []


def test_a_mailcow_that_is_too_old_for_policies_is_named_as_such() -> None:
    api, _ = mailcow(Exchange("POST", EDIT, {"type": "error", "msg": "route not found"}, 404))

    with pytest.raises(MailcowRefusedError, match="its version may not be one"):
        api.set_mta_sts("a.example", POLICY)


def test_silence_is_asked_again_and_never_taken_for_done() -> None:
    silence: list[Any] = [Exchange("POST", EDIT, ""), SAVED]
    api, replay = mailcow(*silence)
    api.set_mta_sts("a.example", POLICY)
    assert len(replay.sent(EDIT)) == 2

    api, _ = mailcow(Exchange("POST", EDIT, ""))
    with pytest.raises(MailcowUnclearError, match="answered nothing"):
        api.set_mta_sts("a.example", POLICY)


def test_a_policy_is_put_to_rest_and_one_that_never_was_is_at_rest() -> None:
    api, replay = mailcow(SAVED)
    api.rest_mta_sts("a.example")
    assert replay.sent(EDIT) == [{"items": ["a.example"], "attr": {"active": "0"}}]

    api, replay = mailcow(NONE_THERE)
    api.rest_mta_sts("a.example")
    assert replay.sent(ADD) == []
