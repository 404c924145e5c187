"""Sync jobs: what the client sends, and what it makes of answers as mailcow's description and source have them."""

from typing import Any

import pytest

from core.errors import MailcowUnclearError
from mailcow.rows import NewSyncJob
from tests.clients.replay import Exchange, mailcow
from tests.clients.samples import PASSWORD
from tests.clients.test_mailcow_changes import BOB, NOTHING, said

JOB = NewSyncJob(username=BOB, host="IMAP.old.example", port=993, user="bob@old.example", encryption="SSL")


def job_row(**changes: Any) -> dict[str, Any]:
    """A sync job as mailcow's description sends it."""
    columns = {
        "id": 1,
        "user2": BOB,
        "host1": "imap.old.example",
        "port1": 993,
        "user1": "bob@old.example",
        "enc1": "SSL",
        "mins_interval": "20",
        "active": "1",
        "subfolder2": "",
        "exclude": "",
        "is_running": 0,
        "last_run": None,
        "log": "",
        "success": None,
        "exit_status": None,
    }
    return {**columns, **changes}


def test_sync_jobs_are_read_without_log_unless_it_is_asked_for() -> None:
    api, replay = mailcow(
        Exchange("GET", "get/syncjobs/all/no_log", [job_row()]),
        Exchange(
            "GET", f"get/syncjobs/{BOB}", [job_row(log="Exiting with 0", success=1, last_run="2026-11-22 14:00:00")]
        ),
    )

    (short,), (long,) = api.list_sync_jobs(), api.list_sync_jobs(BOB, with_log=True)

    assert (short.username, short.host, short.port, short.encryption, short.interval_minutes) == (
        BOB,
        "imap.old.example",
        993,
        "SSL",
        20,
    )
    assert (short.last_run, short.running, short.success) == ("", False, None)
    assert (long.log, long.success, long.last_run) == ("Exiting with 0", True, "2026-11-22 14:00:00")
    assert len(replay.requests) == 2


def test_a_sync_job_is_made_with_its_password_and_deletes_nothing_anywhere() -> None:
    api, replay = mailcow(Exchange("POST", "add/syncjob", said("mailbox_modified", BOB)))

    assert api.add_sync_job(JOB, password=PASSWORD) is True

    (body,) = replay.sent("add/syncjob")
    assert (body["username"], body["host1"], body["password1"]) == (BOB, "imap.old.example", PASSWORD)
    assert {body[key] for key in ("delete1", "delete2", "delete2duplicates")} == {"0"}
    assert (body["automap"], body["skipcrossduplicates"], body["subfolder2"]) == ("1", "1", "")


def test_the_other_server_has_to_prove_who_it_is_before_it_gets_the_password() -> None:
    """What fetches the mail checks no certificate unless it is told to."""
    api, replay = mailcow(Exchange("POST", "add/syncjob", said("mailbox_modified", BOB)))

    api.add_sync_job(JOB, password=PASSWORD)

    assert replay.sent("add/syncjob")[0]["custom_params"] == "--sslargs1=SSL_verify_mode=1"


def test_a_sync_job_that_is_there_is_reported_as_there() -> None:
    api, _ = mailcow(
        Exchange("POST", "add/syncjob", said("object_exists", "imap.old.example / bob@old.example", type_="danger")),
        Exchange("GET", f"get/syncjobs/{BOB}/no_log", [job_row()]),
    )

    assert api.add_sync_job(JOB, password=PASSWORD) is False


def test_a_sync_job_without_an_answer_is_read_back_and_a_new_password_never_taken_for_set() -> None:
    exchanges = (Exchange("POST", "edit/syncjob", NOTHING), Exchange("GET", f"get/syncjobs/{BOB}/no_log", [job_row()]))
    api, replay = mailcow(*exchanges)

    api.edit_sync_job(1, JOB)
    with pytest.raises(MailcowUnclearError):
        api.edit_sync_job(1, JOB, password=PASSWORD)

    bodies = replay.sent("edit/syncjob")
    assert "password1" not in bodies[0]["attr"]
    assert bodies[1]["attr"]["password1"] == PASSWORD


def test_a_deleted_sync_job_is_gone_and_absence_is_done() -> None:
    api, replay = mailcow(
        Exchange("POST", "delete/syncjob", said("deleted_syncjob", 1)),
        Exchange("POST", "delete/syncjob", said("access_denied", type_="danger")),
        Exchange("GET", "get/syncjobs/all/no_log", {}),
    )

    api.delete_sync_job(1)
    api.delete_sync_job(1)

    assert replay.sent("delete/syncjob") == [[1], [1]]
