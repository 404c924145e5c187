"""What is written through the API has its effect in the mail servers: filters, logins, app passwords."""

import imaplib
import time
from typing import Any

import pytest

from lab.mailcow import faults
from lab.mailcow.faults import Fault
from tests.lab.mailcow.api.service import READ_WRITE_KEY, ApiService
from tests.lab.mailcow.api_steps import added, doveadm, edit, sooner_or_later
from tests.lab.mailcow.mail_clients import (
    TIMEOUT_S,
    anybody,
    from_outside,
    gets,
    imap,
    logs_in,
    pop3_logs_in,
    web,
)
from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

pytestmark = pytest.mark.lab

_OTHER_PASSWORD = "Other-Secret-4"
_STOPPED_WITHIN_S = 10


def _filter(mail_api: ApiService, person: str, script: str, kind: str = "prefilter") -> None:
    body = {"username": person, "filter_type": kind, "script_desc": "test", "script_data": script, "active": "1"}
    assert mail_api.post("add/filter", body)[-1]["type"] == "success"


def _wait_until_delivered(servers: MailServers) -> None:
    assert sooner_or_later(lambda: "is empty" in servers.inside("postfix", "postqueue -p"))


def test_a_forward_by_prefilter_keeps_a_copy_and_sends_one(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    other = added(mail_api, "forwarded-to")
    _filter(mail_api, person, f'require ["copy"];\nredirect :copy "{other}";\n')
    _, subject = from_outside(servers, person)

    assert gets(servers, person, subject)
    assert gets(servers, other, subject)


def test_a_forward_by_prefilter_can_keep_nothing(servers: MailServers, mail_api: ApiService, person: str) -> None:
    other = added(mail_api, "sent-on-to")
    _filter(mail_api, person, f'redirect "{other}";\n')
    _, subject = from_outside(servers, person)

    assert gets(servers, other, subject)
    assert not gets(servers, person, subject, within_s=1)


def test_a_prefilter_runs_before_the_persons_own_script(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    other = added(mail_api, "before-all")
    servers.inside("dovecot", f"echo 'discard;' | doveadm sieve put -a -u {person} own")
    _filter(mail_api, person, f'require ["copy"];\nredirect :copy "{other}";\n')
    _, subject = from_outside(servers, person)

    assert gets(servers, other, subject)
    assert not gets(servers, person, subject, within_s=1)


def test_a_person_who_only_receives_has_her_mail_forwarded(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    other = added(mail_api, "delegate")
    _filter(mail_api, person, f'redirect "{other}";\n')
    edit(mail_api, person, active="2")
    _, subject = from_outside(servers, person)

    assert gets(servers, other, subject)
    assert not logs_in(servers, person, _OTHER_PASSWORD)
    assert not logs_in(servers, person, PASSWORD)


def test_an_auto_reply_is_sent_once(servers: MailServers, mail_api: ApiService, person: str) -> None:
    asker = added(mail_api, "asker")
    _filter(mail_api, person, 'require ["vacation"];\nvacation :days 1 :subject "Gone for good" "Write to alice.";\n')
    for _ in range(2):
        servers.inside(
            "postfix",
            f"printf 'From: {asker}\\nTo: {person}\\nSubject: question\\n\\nhello\\n' | sendmail -f {asker} {person}",
        )

    assert gets(servers, asker, "Gone for good")
    _wait_until_delivered(servers)
    with imap(servers, asker, PASSWORD) as session:
        session.select("INBOX", readonly=True)
        assert len(session.search(None, "SUBJECT", '"Gone for good"')[1][0].split()) == 1


def test_a_changed_filter_counts_from_the_next_mail_and_an_inactive_one_never(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    _filter(mail_api, person, "discard;")
    _, discarded = from_outside(servers, person)
    (number,) = [one["id"] for one in mail_api.get(f"get/filters/{person}")]
    _wait_until_delivered(servers)
    mail_api.post(
        "edit/filter", {"items": [number], "attr": {"script_data": 'require "fileinto"; fileinto "Archive";'}}
    )
    _, archived = from_outside(servers, person)
    _wait_until_delivered(servers)
    mail_api.post("edit/filter", {"items": [number], "attr": {"active": "0"}})
    _, kept = from_outside(servers, person)

    assert gets(servers, person, kept)
    assert not gets(servers, person, discarded, within_s=1)
    assert not gets(servers, person, archived, within_s=1)
    with imap(servers, person, PASSWORD) as session:
        session.select("Archive", readonly=True)
        assert session.search(None, "SUBJECT", f'"{archived}"')[1][0]


def test_a_postfilter_runs_too(servers: MailServers, mail_api: ApiService, person: str) -> None:
    _filter(mail_api, person, 'require ["imap4flags"];\nsetflag "\\\\Flagged";\nkeep;\n', kind="postfilter")
    _, subject = from_outside(servers, person)

    assert gets(servers, person, subject)
    with imap(servers, person, PASSWORD) as session:
        session.select("INBOX", readonly=True)
        assert session.search(None, "FLAGGED", "SUBJECT", f'"{subject}"')[1][0]


def test_an_app_password_opens_its_protocols_until_it_is_deleted_and_forgotten(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    body = {"username": person, "app_name": "phone", "app_passwd": _OTHER_PASSWORD, "app_passwd2": _OTHER_PASSWORD}
    mail_api.post("add/app-passwd", {**body, "active": "1", "protocols": ["imap_access"]})
    assert logs_in(servers, person, _OTHER_PASSWORD)
    assert not pop3_logs_in(servers, person, _OTHER_PASSWORD)

    (number,) = [one["id"] for one in mail_api.get(f"get/app-passwd/all/{person}")]
    mail_api.post("delete/app-passwd", [number])
    doveadm(servers, f"auth cache flush {person}")
    assert not logs_in(servers, person, _OTHER_PASSWORD)


def test_a_closed_person_is_remembered_until_the_cache_is_flushed(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    assert logs_in(servers, person, PASSWORD)
    edit(mail_api, person, active="0")
    assert pop3_logs_in(servers, person, PASSWORD) is False, "another protocol is remembered apart"

    servers.inside("dovecot", f"doveadm auth cache flush {person}")
    assert not logs_in(servers, person, PASSWORD)


def test_an_old_password_is_good_until_the_cache_is_flushed(
    servers: MailServers, mail_api: ApiService, person: str
) -> None:
    assert logs_in(servers, person, PASSWORD)
    edit(mail_api, person, password=_OTHER_PASSWORD, password2=_OTHER_PASSWORD)
    assert logs_in(servers, person, _OTHER_PASSWORD)
    assert logs_in(servers, person, PASSWORD), "the cache is on, as mailcow's is"

    doveadm(servers, f"auth cache flush {person}")
    assert not logs_in(servers, person, PASSWORD)
    assert logs_in(servers, person, _OTHER_PASSWORD)


def test_who_was_refused_gets_in_as_soon_as_she_may(servers: MailServers, mail_api: ApiService, person: str) -> None:
    edit(mail_api, person, active="0")
    assert not logs_in(servers, person, PASSWORD)
    edit(mail_api, person, active="1")
    assert logs_in(servers, person, PASSWORD)


def test_a_kick_ends_a_session_that_waits_in_idle(servers: MailServers, person: str) -> None:
    session = imaplib.IMAP4_SSL(servers.address("dovecot"), 993, ssl_context=anybody(), timeout=TIMEOUT_S)
    try:
        session.login(person, PASSWORD)
        session.select("INBOX")
        session.send(b"x1 IDLE\r\n")
        assert session.readline().startswith(b"+")
        doveadm(servers, f"kick {person}")

        # The server hangs up: nothing more comes, long before the time is over.
        assert sooner_or_later(lambda: session.readline() == b"", within_s=TIMEOUT_S / 2)
    finally:
        session.shutdown()


def test_a_cut_reaches_a_caller_through_the_web_server(servers: MailServers, mail_api: ApiService) -> None:
    def run(command: Any) -> str:
        return servers.docker.call("exec", servers.container("redis"), *command)

    assert web(servers, "GET", "/api/v1/get/status/version").status == 200
    faults.inject(run, Fault("add/domain", "cut_before"))
    # The network's gateway is no address that the key is for.
    servers.sql("UPDATE api SET skip_ip_check = 1;")
    with pytest.raises((ConnectionError, OSError)):
        web(servers, "POST", "/api/v1/add/domain", headers={"X-API-Key": READ_WRITE_KEY})


def test_a_server_ends_as_soon_as_it_is_told_to_also_while_it_waits_for_the_database(
    servers: MailServers, mail_api: ApiService
) -> None:
    names = ("php-fpm", "dovecot", "postfix")
    took_s = {name: _stopped(servers, name) for name in names}
    servers.docker.call("stop", servers.container("mysql"))
    servers.docker.call("start", *[servers.container(name) for name in names])
    time.sleep(3)
    took_s |= {f"{name}, waiting": _stopped(servers, name) for name in names}
    servers.docker.call("start", *[servers.container(name) for name in ("mysql", *names)])
    servers.wait_until_ready()
    # Started again it may have another address: the test is the last one here.
    ApiService(mail_api.docker, mail_api.name, servers.address("php-fpm")).wait_until_ready()

    assert max(took_s.values()) < _STOPPED_WITHIN_S, took_s


def _stopped(servers: MailServers, name: str) -> float:
    """Stop a server as Compose does, but with more patience; gives the seconds it took."""
    before = time.monotonic()
    servers.docker.call("stop", "--time", "30", servers.container(name))
    return time.monotonic() - before
