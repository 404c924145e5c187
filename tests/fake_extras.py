"""What hangs on a mailbox of the mailcow held in memory: Sieve filters, app passwords, sync jobs."""

from collections.abc import Iterator
from dataclasses import asdict, replace

from core.errors import MailcowRefusedError
from mailcow.rows import AppPasswordRow, FilterRow, MailboxRow, NewFilter, NewSyncJob, SyncJobRow


class FakeExtras:
    """The part of ``FakeMailcow`` that these are."""

    def __init__(self) -> None:
        super().__init__()
        self.filters: dict[int, FilterRow] = {}
        self.app_passwords: dict[str, dict[int, str]] = {}
        """Names of each mailbox's app passwords by number."""
        self.sync_jobs: dict[int, SyncJobRow] = {}
        self.sync_passwords: dict[int, str] = {}
        self._numbers: Iterator[int] = iter(range(1, 1_000_000))

    def forget_extras(self, address: str) -> None:
        """Take away what goes with a mailbox."""
        self.app_passwords.pop(address, None)
        self.filters = {id_: row for id_, row in self.filters.items() if row.username != address}
        self.sync_jobs = {id_: row for id_, row in self.sync_jobs.items() if row.username != address}

    def list_filters(self, address: str) -> tuple[FilterRow, ...]:
        self._read(f"list filters {address}")
        return tuple(row for row in self.filters.values() if row.username == address)

    def add_filter(self, new: NewFilter) -> None:
        self._change(f"add filter {new.username}")
        self._mailbox(new.username, "add a filter to")
        self._rest(new)
        id_ = next(self._numbers)
        self.filters[id_] = FilterRow(id=id_, **asdict(new))

    def edit_filter(self, id_: int, new: NewFilter) -> None:
        self._change(f"edit filter {new.username}")
        if id_ not in self.filters:
            raise MailcowRefusedError(f"mailcow refused to edit filter {id_}: access denied")
        self._rest(new)
        self.filters[id_] = FilterRow(id=id_, **asdict(new))

    def delete_filter(self, address: str, id_: int) -> None:
        self._change(f"delete filter {address}")
        self.filters.pop(id_, None)

    def list_app_passwords(self, address: str) -> tuple[AppPasswordRow, ...]:
        self._read(f"list app passwords {address}")
        found = self.app_passwords.get(address, {})
        return tuple(AppPasswordRow(id=id_, name=name) for id_, name in found.items())

    def delete_app_password(self, address: str, id_: int) -> None:
        self._change(f"delete app password {address}")
        self.app_passwords.get(address, {}).pop(id_, None)

    def list_sync_jobs(self, address: str | None = None, *, with_log: bool = False) -> tuple[SyncJobRow, ...]:
        self._read(f"list sync jobs {address or 'all'}")
        rows = (row for row in self.sync_jobs.values() if address in {None, row.username})
        return tuple(row if with_log else replace(row, log="") for row in rows)

    def add_sync_job(self, job: NewSyncJob, *, password: str) -> bool:
        self._change(f"add sync job {job.username}")
        self._mailbox(job.username, "add a sync job to")
        same = (job.username, job.host, job.user)
        if any((row.username, row.host, row.user) == same for row in self.sync_jobs.values()):
            return False
        id_ = next(self._numbers)
        self.sync_jobs[id_], self.sync_passwords[id_] = SyncJobRow(id=id_, **asdict(job)), password
        return True

    def edit_sync_job(self, id_: int, job: NewSyncJob, *, password: str | None = None) -> None:
        self._change(f"edit sync job {job.username}")
        if id_ not in self.sync_jobs:
            raise MailcowRefusedError(f"mailcow refused to edit sync job {id_}: access denied")
        self.sync_jobs[id_] = replace(self.sync_jobs[id_], **asdict(job))
        if password is not None:
            self.sync_passwords[id_] = password

    def delete_sync_job(self, id_: int) -> None:
        self._change(f"delete sync job {id_}")
        self.sync_jobs.pop(id_, None)
        self.sync_passwords.pop(id_, None)

    def _rest(self, new: NewFilter) -> None:
        """Put every other filter of the kind to rest, as making one active does."""
        if new.active:
            for id_, row in self.filters.items():
                if (row.username, row.kind) == (new.username, new.kind):
                    self.filters[id_] = replace(row, active=False)

    def _mailbox(self, address: str, doing: str) -> MailboxRow:
        raise NotImplementedError

    def _read(self, what: str) -> None:
        raise NotImplementedError

    def _change(self, what: str) -> None:
        raise NotImplementedError
