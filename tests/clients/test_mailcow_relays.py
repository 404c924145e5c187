"""Relay hosts and TLS policies: what is sent, what is made of a real mailcow's answers, and where a password goes."""

import json
from typing import Any

import pytest
import requests

from core.errors import MailcowRefusedError, MailcowUnclearError
from mailcow.rows import NewRelayHost
from tests.clients.replay import Exchange, mailcow, recorded
from tests.clients.samples import PASSWORD

HOP = "[smtp.relay.test]:587"
NEW = NewRelayHost(hostname=HOP, username="ru@relay.test")
ADDED = recorded("07-relayhost.json", "add")[0]
NONE = recorded("07-relayhost.json", "get all, none")[0]
NOTHING = ""


def row(id_: int = 1, **changes: Any) -> dict[str, Any]:
    """A relay host as mailcow sends it."""
    columns = {
        "id": id_,
        "hostname": HOP,
        "username": "ru@relay.test",
        "password": PASSWORD,
        "active": 1,
        "password_short": "Pla...",
        "used_by_domains": "",
        "used_by_mailboxes": "",
    }
    return {**columns, **changes}


def listed(*rows: dict[str, Any]) -> Exchange:
    """An answer to get/relayhost/all."""
    return Exchange("GET", "get/relayhost/all", list(rows) or {})


def policies(*rows: dict[str, Any]) -> Exchange:
    """An answer to get/tls-policy-map/all, as mailcow's source has it."""
    return Exchange("GET", "get/tls-policy-map/all", list(rows) or {})


def policy(**changes: Any) -> dict[str, Any]:
    """A TLS policy."""
    columns = {"id": 7, "dest": HOP, "policy": "verify", "parameters": "", "active_int": 1, "active": "✔"}
    return {**columns, **changes}


def saved(route: str) -> Exchange:
    """An answer to a change of a TLS policy."""
    return Exchange("POST", route, [{"type": "success", "log": [], "msg": ["tls_policy_map_entry_saved", HOP]}])


def test_relay_hosts_are_read_as_a_real_mailcow_sends_them() -> None:
    api, _ = mailcow(*recorded("07-relayhost.json", "get all again"))

    rows = api.list_relay_hosts()

    assert [(one.id, one.hostname, one.username) for one in rows[:3]] == [
        (1, HOP, "ru@relay.test"),
        (2, HOP, "ru@relay.test"),
        (3, "mx.relay.test", ""),
    ]
    assert mailcow(NONE)[0].list_relay_hosts() == ()


def test_who_uses_a_relay_host_is_read() -> None:
    api, _ = mailcow(listed(row(used_by_domains="a.example, b.example", used_by_mailboxes="c@d.example")))

    assert api.list_relay_hosts()[0].used_by == ("a.example", "b.example", "c@d.example")


def test_a_domain_says_which_relay_host_it_has() -> None:
    api, _ = mailcow(*recorded("07-relayhost.json", "domain shows it"))

    found = api.get_domain("rl.example")

    assert found is not None
    assert found.relay_host == 1


def test_a_relay_host_shows_its_password_to_nobody() -> None:
    api, _ = mailcow(listed(row()))

    assert PASSWORD not in repr(api.list_relay_hosts())


def test_a_relay_host_that_is_there_is_used_and_no_second_made() -> None:
    """Mailcow would make a second that is alike in all."""
    api, replay = mailcow(listed(row(3, username="other"), row(5), row(8)))

    assert api.add_relay_host(NEW, password=PASSWORD) == 5
    assert replay.sent("add/relayhost") == []


def test_one_of_the_same_name_and_another_password_is_another() -> None:
    api, _ = mailcow(listed(row(1, password="old")), ADDED, listed(row(1, password="old"), row(2)))

    assert api.add_relay_host(NEW, password=PASSWORD) == 2


def test_one_that_was_switched_off_leads_nobody() -> None:
    api, _ = mailcow(listed(row(1, active=0)), ADDED, listed(row(1, active=0), row(2)))

    assert api.add_relay_host(NEW, password=PASSWORD) == 2


def test_the_number_of_a_new_one_is_found_by_looking() -> None:
    api, replay = mailcow(NONE, ADDED, listed(row(4)))

    assert api.add_relay_host(NEW, password=PASSWORD) == 4
    assert replay.sent("add/relayhost") == [{"hostname": HOP, "username": "ru@relay.test", "password": PASSWORD}]


def test_a_lost_answer_makes_no_second_one() -> None:
    api, replay = mailcow(NONE, Exchange("POST", "add/relayhost", NOTHING), listed(row(4)))

    assert api.add_relay_host(NEW, password=PASSWORD) == 4
    assert len(replay.sent("add/relayhost")) == 1


def test_no_answer_and_no_relay_host_is_unclear() -> None:
    api, replay = mailcow(NONE, Exchange("POST", "add/relayhost", NOTHING))

    with pytest.raises(MailcowUnclearError) as caught:
        api.add_relay_host(NEW, password=PASSWORD)

    assert PASSWORD not in str(caught.value)
    assert len(replay.sent("add/relayhost")) == 3, "each time after looking whether it is there"


@pytest.mark.parametrize("password", ["with:colon", " in-front", "x" * 256])
def test_a_password_that_mailcow_would_change_is_refused_and_not_shown(password: str) -> None:
    api, replay = mailcow()

    with pytest.raises(MailcowRefusedError, match="have another made") as caught:
        api.add_relay_host(NEW, password=password)

    assert password not in str(caught.value)
    assert replay.requests == []


def test_a_password_goes_out_at_the_top_of_an_add_and_by_nothing_else() -> None:
    """There mailcow's log of calls stars it out; what is nested it writes in clear."""
    api, replay = mailcow(
        NONE,
        ADDED,
        listed(row(4)),
        *recorded("07-relayhost.json", "use it for a domain", "delete while in use"),
        policies(),
        saved("add/tls-policy-map"),
        policies(policy()),
    )

    api.set_tls_policy(HOP, "verify")
    api.set_relay_host("rl.example", api.add_relay_host(NEW, password=PASSWORD))
    api.delete_relay_host(4)

    with_password = [(path, body) for _, path, body in replay.requests if PASSWORD in json.dumps(body)]
    assert [(path, body["password"]) for path, body in with_password] == [("add/relayhost", PASSWORD)]


def test_a_domain_is_given_its_relay_host_and_nothing_else() -> None:
    api, replay = mailcow(listed(row(1)), *recorded("07-relayhost.json", "use it for a domain"))

    assert api.set_relay_host("rl.example", 1) is True
    assert replay.sent("edit/domain") == [{"items": ["rl.example"], "attr": {"relayhost": "1"}}]


def test_a_domain_gets_no_number_that_leads_nowhere() -> None:
    """Mailcow takes 999, and mail would leave directly."""
    api, replay = mailcow(NONE)

    assert api.set_relay_host("rl.example", 999) is False
    assert replay.sent("edit/domain") == []


def test_a_domain_leaves_directly_again() -> None:
    api, replay = mailcow(*recorded("07-relayhost.json", "use it for a domain"))

    assert api.set_relay_host("rl.example", 0) is True
    assert replay.sent("edit/domain")[0]["attr"] == {"relayhost": "0"}


@pytest.mark.parametrize("use", ["used_by_domains", "used_by_mailboxes"])
def test_a_relay_host_in_use_is_not_deleted(use: str) -> None:
    """Mailcow deletes it, and who used it sends directly from then on."""
    api, replay = mailcow(listed(row(1, **{use: "somebody.example"})))

    assert api.delete_relay_host(1) is False
    assert replay.sent("delete/relayhost") == []


def test_a_relay_host_that_is_gone_is_deleted_already() -> None:
    api, replay = mailcow(NONE)

    assert api.delete_relay_host(1) is True
    assert replay.sent("delete/relayhost") == []


def test_a_policy_is_made_once() -> None:
    api, replay = mailcow(policies(), policies(policy()), saved("add/tls-policy-map"))

    api.set_tls_policy(HOP, "verify")
    api.set_tls_policy(HOP, "verify")

    assert replay.sent("add/tls-policy-map") == [{"dest": HOP, "policy": "verify", "parameters": "", "active": "1"}]


@pytest.mark.parametrize("found", [policy(policy="may"), policy(active_int=0)])
def test_a_policy_of_others_is_brought_to_what_is_wanted(found: dict[str, Any]) -> None:
    api, replay = mailcow(policies(found), policies(found), policies(policy()), saved("edit/tls-policy-map"))

    api.set_tls_policy(HOP, "verify")

    assert replay.sent("edit/tls-policy-map")[0]["attr"]["policy"] == "verify"


def test_a_policy_that_mailcow_took_and_does_not_show_is_unclear() -> None:
    api, _ = mailcow(policies(), saved("add/tls-policy-map"))

    with pytest.raises(MailcowUnclearError, match="shows another"):
        api.set_tls_policy(HOP, "verify")


def test_a_policy_stays_while_a_relay_host_leads_there() -> None:
    api, replay = mailcow(listed(row()), policies(policy()))

    assert api.delete_tls_policy(HOP) is False
    assert replay.sent("delete/tls-policy-map") == []


def test_a_policy_without_a_relay_host_goes() -> None:
    gone = [{"type": "success", "log": [], "msg": ["tls_policy_map_entry_deleted", "7"]}]
    api, replay = mailcow(NONE, policies(policy()), Exchange("POST", "delete/tls-policy-map", gone))

    assert api.delete_tls_policy(HOP) is True
    assert replay.sent("delete/tls-policy-map") == [[7]]


def test_a_connection_that_breaks_shows_no_password() -> None:
    api, _ = mailcow(requests.exceptions.ConnectionError(f"POST … {PASSWORD}"), NONE)

    with pytest.raises(Exception) as caught:  # noqa: PT011 — whatever it is, it shows nothing
        api.add_relay_host(NEW, password=PASSWORD)

    assert PASSWORD not in str(caught.value)
