"""Sync jobs in mailcow's API: mail that it fetches from another provider.

Apart from an empty list no exchange of these routes was recorded: they are as mailcow's own description and source
have them for the tag that everything here was tried with. (Later ones keep the other server apart, as a "source".)
"""

from mailcow import wire
from mailcow.calls.changing import Changing, flag
from mailcow.rows import NewSyncJob, SyncJobRow

_NO_LOG = ("no_log",)


class SyncJobCalls(Changing):
    """What ``Mailcow`` says of sync jobs."""

    def list_sync_jobs(self, address: str | None = None, *, with_log: bool = False) -> tuple[SyncJobRow, ...]:
        route = ("syncjobs", address or "all", *(() if with_log else _NO_LOG))
        answer = self._caller.read(*route, doing=f"list the sync jobs of {address or 'all'}")
        return tuple(wire.sync_job(row) for row in answer or ())

    def add_sync_job(self, job: NewSyncJob, *, password: str) -> bool:
        def found() -> SyncJobRow | None:
            jobs = self.list_sync_jobs(job.username)
            return next((row for row in jobs if (row.host, row.user) == (job.host.lower(), job.user)), None)

        body = {"username": job.username, **_attributes(job), "password1": password}
        doing = f"add a sync job to {job.username}"
        return self._add("syncjob", body, doing=doing, said="mailbox_modified", read=found)

    def edit_sync_job(self, id_: int, job: NewSyncJob, *, password: str | None = None) -> None:
        def is_met() -> bool:
            # Without a word from mailcow a new password may not have come through, and none is shown.
            jobs = self.list_sync_jobs(job.username) if password is None else ()
            return any(row.id == id_ and _attributes(row) == _attributes(job) for row in jobs)

        secret = {} if password is None else {"password1": password}
        body = {"items": [id_], "attr": {**_attributes(job), **secret}}
        doing = f"edit a sync job of {job.username}"
        self._edit("edit/syncjob", body, doing=doing, said="mailbox_modified", is_met=is_met)

    def delete_sync_job(self, id_: int) -> None:
        def found() -> SyncJobRow | None:
            return next((row for row in self.list_sync_jobs() if row.id == id_), None)

        doing = f"delete sync job {id_}"
        self._delete("delete/syncjob", id_, doing=doing, said="deleted_syncjob", read=found, missing="access_denied")


def _attributes(job: NewSyncJob) -> dict[str, object]:
    """Write a job as mailcow wants it: nothing is deleted on either side, what lies in two folders comes once."""
    return {
        "host1": job.host.lower(),
        "port1": str(job.port),
        "user1": job.user,
        "enc1": job.encryption,
        "mins_interval": str(job.interval_minutes),
        "subfolder2": job.subfolder,
        "exclude": job.exclude,
        "maxage": "0",
        "maxbytespersecond": "0",
        "timeout1": "600",
        "timeout2": "600",
        # imapsync checks no certificate unless it is told to, and it is about to send somebody's password.
        "custom_params": "--sslargs1=SSL_verify_mode=1",
        "delete1": "0",
        "delete2": "0",
        "delete2duplicates": "0",
        "automap": "1",
        "skipcrossduplicates": "1",
        "subscribeall": "1",
        "active": flag(job.active),
    }
