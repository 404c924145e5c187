"""MTA-STS policies in the lab's API, as mailcow's source has them: no transcript has these routes."""

from typing import Any

import pytest

from tests.lab.mailcow.api.service import READ_ONLY_KEY, ApiService

pytestmark = pytest.mark.lab

_POLICY = {
    "domain": "m.example",
    "version": "STSv1",
    "mode": "testing",
    "mx": "mail.m.example, *.other.example",
    "max_age": "86400",
    "active": "1",
}


@pytest.fixture
def fresh(api: ApiService) -> ApiService:
    """Give an API with one domain and no policy."""
    api.empty()
    api.post("add/domain", {"domain": "m.example", "key_size": 0})
    return api


def edit(api: ApiService, **attributes: str) -> list[tuple[str, Any]]:
    """Change the policy of the domain; gives what is said."""
    answer = api.post("edit/mta-sts", {"items": ["m.example"], "attr": attributes})
    return [(message["type"], message["msg"]) for message in answer]


def served(api: ApiService, host: str = "mta-sts.m.example") -> tuple[int, str]:
    """What a sender is given by a name."""
    answer = api.request("GET", "/.well-known/mta-sts.txt", headers={"Host": host})
    return answer.status, answer.body.decode()


def test_a_policy_is_added_without_a_word_and_served_to_who_asks_by_its_name(fresh: ApiService) -> None:
    assert served(fresh)[0] == 404
    assert fresh.post("add/mta-sts", _POLICY) == {"type": "success", "msg": "Task completed"}

    text = "version: STSv1\nmode: testing\nmax_age: 86400\nmx: mail.m.example\nmx: *.other.example\n"
    assert served(fresh) == (200, text)
    assert served(fresh, "MTA-STS.m.example:443") == (200, text)
    assert served(fresh, "m.example")[0] == 404
    assert served(fresh, "mta-sts.other.example")[0] == 404


def test_a_domain_has_one_policy_and_an_edit_needs_it(fresh: ApiService) -> None:
    assert edit(fresh, mode="enforce") == [("danger", "access_denied")]
    fresh.post("add/mta-sts", _POLICY)

    (refusal,) = fresh.post("add/mta-sts", _POLICY)
    assert refusal["type"] == "danger"
    assert "SQLSTATE[23000]" in refusal["msg"]


def test_an_edit_changes_what_it_names_and_a_policy_at_rest_is_not_served(fresh: ApiService) -> None:
    fresh.post("add/mta-sts", _POLICY)

    assert edit(fresh, mode="enforce") == [("success", ["object_modified", "m.example"])]
    assert "mode: enforce\n" in served(fresh)[1]
    edit(fresh, active="0")
    assert served(fresh)[0] == 404
    edit(fresh, active="1")
    assert "mode: enforce\n" in served(fresh)[1]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"version": "STSv2"}, "version_invalid"),
        ({"mode": "always"}, "mode_invalid"),
        ({"max_age": "0"}, "max_age_invalid"),
        ({"mx": "mail.m.example,no_name"}, "mx_invalid"),
    ],
)
def test_what_is_no_policy_is_refused(fresh: ApiService, change: dict[str, str], said: str) -> None:
    (refusal,) = fresh.post("add/mta-sts", {**_POLICY, **change})

    assert (refusal["type"], refusal["msg"][0]) == ("danger", said)
    assert served(fresh)[0] == 404


def test_who_may_only_read_sets_no_policy(fresh: ApiService) -> None:
    refusal = fresh.post("add/mta-sts", _POLICY, key=READ_ONLY_KEY)

    assert refusal["msg"] == "API read/write access denied"
