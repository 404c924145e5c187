"""Inputs of alice's move, and the sync jobs that are on the server."""

from dataclasses import replace
from typing import Any

from mailcow.rows import NewSyncJob, SyncJobRow
from tests.fakes import FakeMailcow
from tests.resources.users.people import ADDRESS

OLD_HOST = "imap.old.example"
PATH = "mail/move-in/example.com/alice"
PASSWORD = "Planted-Old-Pass_9zK"


def move_in(**changes: Any) -> dict[str, Any]:
    """Inputs as the program registers them."""
    inputs = {
        "address": ADDRESS,
        "domain": "example.com",
        "host": OLD_HOST,
        "port": 993,
        "encryption": "tls",
        "user": "Alice.Old",
        "password_in": PATH,
        "active": True,
    }
    return {**inputs, **changes}


def only(mailcow: FakeMailcow) -> SyncJobRow:
    """The one job that is there."""
    (found,) = mailcow.sync_jobs.values()
    return found


def by_hand(mailcow: FakeMailcow, **changes: Any) -> SyncJobRow:
    """A job from the same account that somebody has made before us."""
    job = NewSyncJob(username=ADDRESS, host=OLD_HOST, port=993, user="Alice.Old", encryption="SSL")
    mailcow.add_sync_job(replace(job, **changes), password="theirs")
    mailcow.changes.clear()
    return only(mailcow)
