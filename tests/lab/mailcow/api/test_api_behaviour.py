"""What no transcript can show of the API: many callers at once, keys at the start, logins, folders, the call log."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.lab.mailcow.api.service import READ_WRITE_KEY, ApiService

pytestmark = pytest.mark.lab

PASSWORD = "Secret-123"


def _mailbox(local_part: str) -> dict[str, Any]:
    return {
        "local_part": local_part,
        "domain": "p.example",
        "quota": "10",
        "password": PASSWORD,
        "password2": PASSWORD,
    }


@pytest.fixture
def domain(api: ApiService) -> ApiService:
    """Give an API with one domain."""
    api.empty()
    api.post("add/domain", {"domain": "p.example", "mailboxes": 100, "key_size": 0})
    return api


def _added(answers: list[Any]) -> int:
    return sum(1 for answer in answers if answer and answer[-1]["msg"][0] == "mailbox_added")


def test_different_mailboxes_added_at_once_are_all_made(domain: ApiService) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda n: domain.post("add/mailbox", _mailbox(f"u{n}")), range(8)))

    assert _added(answers) == 8
    assert len(domain.get("get/mailbox/all/p.example")) == 8


def test_the_same_mailbox_added_at_once_is_made_once_and_the_other_callers_learn_nothing(domain: ApiService) -> None:
    with ThreadPoolExecutor(8) as callers:
        answers = list(callers.map(lambda _: domain.post("add/mailbox", _mailbox("same")), range(8)))

    assert _added(answers) == 1
    refused = [answer for answer in answers if answer and answer[-1]["type"] == "danger"]
    assert all(answer[-1]["msg"] == ["object_exists", "same@p.example"] for answer in refused)
    assert len(refused) + answers.count(None) == 7


def test_the_last_login_is_what_dovecot_wrote(domain: ApiService) -> None:
    domain.post("add/mailbox", _mailbox("u"))
    domain.sql(
        "INSERT INTO sasl_log (service, username, real_rip, datetime)"
        " VALUES ('imap', 'u@p.example', '192.0.2.1', FROM_UNIXTIME(1795357131));"
    )
    mailbox = domain.get("get/mailbox/u@p.example")

    assert (mailbox["last_imap_login"], mailbox["last_smtp_login"]) == (1795357131, 0)


def test_what_a_mailbox_holds_is_what_dovecot_wrote(domain: ApiService) -> None:
    domain.post("add/mailbox", _mailbox("u"))
    domain.sql("UPDATE quota2 SET bytes = 9437184, messages = 7 WHERE username = 'u@p.example';")
    mailbox, whole = domain.get("get/mailbox/u@p.example"), domain.get("get/domain/p.example")

    assert (mailbox["quota_used"], mailbox["percent_in_use"], mailbox["percent_class"]) == (9437184, 90, "danger")
    assert (whole["bytes_total"], whole["msgs_total"]) == ("9437184", "7")


def test_the_folder_of_a_deleted_mailbox_goes_to_the_garbage(domain: ApiService) -> None:
    domain.post("add/mailbox", _mailbox("u.v"))
    container = f"{domain.name}-php-fpm"
    domain.docker.call("exec", container, "mkdir", "-p", "/var/vmail/p.example/u.v/Maildir")
    answer = domain.post("delete/mailbox", ["u.v@p.example"])

    assert [message["type"] for message in answer] == ["success"]
    moved = domain.docker.call("exec", container, "ls", "/var/vmail/_garbage").split()
    assert [name.partition("_")[2] for name in moved] == ["pexampleuv"]


def test_the_call_log_hides_passwords_at_the_top_level(domain: ApiService) -> None:
    domain.post("add/mailbox", _mailbox("u"))
    newest = domain.get("get/logs/api/2")[1]

    assert newest["uri"] == "/api/v1/add/mailbox"
    assert PASSWORD not in json.dumps(newest)


def test_only_a_wrong_key_and_a_refused_address_are_told_to_the_firewall(api: ApiService) -> None:
    api.empty()
    subscribed = "timeout 2 redis-cli --no-auth-warning SUBSCRIBE F2B_CHANNEL; true"
    script = f'export REDISCLI_AUTH="$REDISPASS"; {subscribed}'
    with ThreadPoolExecutor(1) as listener:
        heard = listener.submit(api.docker.call, "exec", f"{api.name}-redis", "sh", "-c", script)
        while api.redis(["PUBSUB", "NUMSUB", "F2B_CHANNEL"]).split()[-1] != "1":
            pass
        api.get("get/status/version")
        api.get("get/status/version", key="wrong")
        api.request("GET", "/api/v1/get/status/version", headers={"X-API-Key": READ_WRITE_KEY}, caller="192.0.2.9")
        lines = [line for line in heard.result().splitlines() if "Invalid password" in line]

    assert lines == [
        "mailcow UI: Invalid password for API_USER by 127.0.0.1",
        "mailcow UI: Invalid password for API_USER by 192.0.2.9",
    ]


def test_the_api_says_that_it_runs(api: ApiService) -> None:
    api.empty()

    assert api.get("get/status/containers")["php-fpm-mailcow"]["state"] == "running"


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("172.22.1.1,127.0.0.1", "172.22.1.1,127.0.0.1"),
        ("0.0.0.0/0,::/0", "0.0.0.0/0,::/0"),
        ("172.22.1.1, 127.0.0.1", "172.22.1.1"),
        ("localhost", ""),
        ("", ""),
    ],
)
def test_only_addresses_without_blanks_count_in_the_allow_list_of_the_environment(
    api: ApiService, given: str, kept: str
) -> None:
    program = "import sys; from api.prepare import valid_addresses; print(valid_addresses(sys.argv[1]))"

    assert api.docker.call("exec", f"{api.name}-php-fpm", "python3", "-c", program, given).strip() == kept
