"""A mail host's sync jobs, as one request reported them all, until one of them is written."""

import threading
from collections.abc import Callable
from typing import NamedTuple

from mailcow.rows import NewSyncJob, SyncJobRow


class SyncJobKey(NamedTuple):
    """What makes a sync job the same one: mailcow takes no second with the same three."""

    mailbox: str
    host: str
    user: str

    @classmethod
    def of(cls, job: NewSyncJob) -> "SyncJobKey":
        """Give the key of a job, wanted or there."""
        return cls(job.username, job.host.lower(), job.user)


class SyncJobsInBulk:
    """All sync jobs of a server; each plugin process reads them once."""

    def __init__(self, read: Callable[[], tuple[SyncJobRow, ...]]) -> None:
        self._read = read
        self._lock = threading.Lock()
        self._rows: dict[SyncJobKey, SyncJobRow] | None = None

    def get(self, key: SyncJobKey) -> SyncJobRow | None:
        """Return one job; the first to ask reads them all, the others wait for that."""
        with self._lock:
            if self._rows is None:
                self._rows = {SyncJobKey.of(row): row for row in self._read()}
            return self._rows.get(key)

    def forget(self) -> None:
        """Read them anew next time; waits for a read under way, whose answer may be older than the write."""
        with self._lock:
            self._rows = None
