"""Sync jobs: what stands for imapsync copies the mail of another provider, and says what became of it."""

import time
from typing import Any

import pytest

from tests.lab.mailcow.api.service import ApiService
from tests.lab.mailcow.api_steps import added, sooner_or_later
from tests.lab.mailcow.mail_clients import imap
from tests.lab.mailcow.mail_servers import PASSWORD, MailServers

pytestmark = pytest.mark.lab


def test_mail_of_another_provider_comes_by_a_sync_job(servers: MailServers, mail_api: ApiService, person: str) -> None:
    # The other provider is a mailbox of this server, reached by the network as any other.
    old = added(mail_api, "old.account")
    with imap(servers, old, PASSWORD) as session:
        session.create("Projects/2025")
        for number, (folder, flags) in enumerate([("INBOX", "(\\Seen)"), ("INBOX", "()"), ("Projects/2025", "()")]):
            message = f"Message-ID: <{number}@old.example>\r\nSubject: old-{number}\r\n\r\nhello\r\n".encode()
            session.append(folder, flags, '"17-Jul-2024 02:44:25 +0000"', message)
        session.append("Junk", "()", "", b"Message-ID: <junk@old.example>\r\nSubject: junk\r\n\r\nhello\r\n")
    job = _sync_job(servers, person, old)
    mail_api.post("add/syncjob", job)
    done = _finished(mail_api, person)

    assert (done["success"], done["exit_status"], done["is_running"]) == (1, "EX_OK", 0)
    assert "Messages transferred                    : 3\n" in done["log"]
    assert "all 3 identified messages in host1 are on host2" in done["log"]
    assert "Exiting with return value 0 (EX_OK:" in done["log"]
    with imap(servers, person, PASSWORD) as session:
        session.select("INBOX", readonly=True)
        assert len(session.search(None, "ALL")[1][0].split()) == 2
        assert len(session.search(None, "SEEN", "ON", "17-Jul-2024")[1][0].split()) == 1
        session.select("Projects/2025", readonly=True)
        assert len(session.search(None, "ALL")[1][0].split()) == 1

    # Again: nothing is doubled.
    (number,) = [one["id"] for one in mail_api.get(f"get/syncjobs/{person}/no_log")]
    mail_api.post("edit/syncjob", {"items": [number], "attr": {"last_run": ""}})
    again = _finished(mail_api, person)
    assert "Messages transferred                    : 0\n" in again["log"]
    assert "Messages skipped                        : 3\n" in again["log"]


@pytest.mark.parametrize(
    ("change", "status"),
    [
        ({"password1": "wrong"}, "EXIT_AUTHENTICATION_FAILURE_USER1"),
        ({"port1": "9"}, "EXIT_CONNECTION_FAILURE_HOST1"),
        ({"delete1": "1"}, "EX_USAGE"),
    ],
)
def test_a_sync_job_that_fails_says_why_and_names_no_password(
    servers: MailServers, mail_api: ApiService, person: str, change: dict[str, str], status: str
) -> None:
    old = added(mail_api, f"failing-{status[-5:].lower()}".replace("_", "-"))
    mail_api.post("add/syncjob", {**_sync_job(servers, person, old), **change})
    done = _finished(mail_api, person)

    assert (done["success"], done["exit_status"]) == (0, status)
    assert PASSWORD not in done["log"]


def test_an_inactive_sync_job_does_not_run(servers: MailServers, mail_api: ApiService, person: str) -> None:
    mail_api.post("add/syncjob", {**_sync_job(servers, person, person), "active": "0"})
    time.sleep(4)

    assert mail_api.get(f"get/syncjobs/{person}/no_log")[0]["last_run"] is None


def _sync_job(servers: MailServers, person: str, old: str) -> dict[str, str]:
    return {
        "username": person,
        "host1": servers.address("dovecot"),
        "port1": "993",
        "user1": old,
        "password1": PASSWORD,
        "enc1": "SSL",
        "mins_interval": "20",
        "exclude": "(?i)spam|(?i)junk",
        "automap": "1",
        "subscribeall": "1",
        "active": "1",
    }


def _finished(api: ApiService, person: str) -> dict[str, Any]:
    """Wait until the job has run."""

    def read() -> dict[str, Any]:
        (job,) = api.get(f"get/syncjobs/{person}")
        return job

    assert sooner_or_later(lambda: read()["last_run"] is not None and not read()["is_running"]), read()
    return read()
