"""The MoveIn resource: mail of a person that mailcow fetches from another provider, by a sync job of its own."""

from typing import Any, Final

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.desired import DesiredMoveIn
from core.errors import VaultError
from core.names import VAULT_MOUNT
from mailcow.mailbox_rows import SyncEncryption
from mailcow.rows import NewSyncJob, SyncJobRow
from users.on_mail_host import OnMailHost
from users.properties import Properties, difference, normal, recorded
from users.sync_jobs import SyncJobKey

_IDENTITY = ("address", "host", "user")
_EDITED = ("port", "encryption", "password_in", "active")
_INPUTS = ("domain", *_IDENTITY, *_EDITED)
_VERSION: Final = "password_version"
"""Output: number of the password's version in Vault that mailcow has; 0 when a refresh found a newer one there."""
_ENCRYPTIONS: Final[dict[str, SyncEncryption]] = {"tls": "SSL", "starttls": "TLS"}
"""Our words, which are everybody's, and mailcow's."""


class MoveInProvider(OnMailHost):
    """One sync job: make, read in bulk, edit, delete; none of these deletes any mail, here or there.

    A job carries no mark of ours: it is known by mailbox, server and user. The password goes from Vault to mailcow
    when a job is made and at no other time: mailcow's log of calls keeps that of an edit in clear. So a job that
    needs another password is made anew; what it has brought already is found there and not brought again.

    State holds this class as a reference, ``users.move_in.MoveInProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news, lowered=("address", "domain", "host")), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another server or user is another job; a password that Vault has newer is an edit."""
        found = difference(_olds, _news, identity=_IDENTITY, edited=_EDITED)
        found.changes = bool(found.changes or not _olds.get(_VERSION))
        return found

    def create(self, props: Properties) -> CreateResult:
        """Make the job with the password that Vault holds; one that is there already is made anew, with our options.

        Raises:
            MailcowError: mailcow refused, or does not answer.
            VaultError: Vault has no such password, or does not answer.
        """
        wanted = _job(props)
        version, password = self._password(str(props["password_in"]))
        self._make(wanted, self._find(wanted), password)
        return CreateResult(_id_of(wanted), {**recorded(props, _INPUTS), _VERSION: version})

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has, from one request for all; and whether Vault has a newer password, without it."""
        wanted = _job(props)
        row = self.host.sync_jobs.get(SyncJobKey.of(wanted)) or self._find(wanted)
        if row is None:
            return self.gone()
        words = {theirs: ours for ours, theirs in _ENCRYPTIONS.items()}
        live: Properties = {
            **recorded(props, _INPUTS),
            "port": row.port,
            "encryption": words.get(row.encryption, "none"),
            "active": row.active,
        }
        version = int(props.get(_VERSION) or 0)
        # One that is no longer in Vault was taken out because mailcow has it.
        is_newest = self._version(str(props["password_in"])) in {0, version}
        return ReadResult(id_, {**live, _VERSION: version if is_newest else 0}, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs; a job that is gone, or needs another password, is made anew."""
        wanted = _job(_news)
        row = self._find(wanted)
        version = int(_olds.get(_VERSION) or 0)
        if row is None or not version or _olds.get("password_in") != _news["password_in"]:
            version, password = self._password(str(_news["password_in"]))
            self._make(wanted, row, password)
        elif not _is_met(wanted, row):
            self.host.mailcow.edit_sync_job(row.id, wanted)
            self.host.sync_jobs.forget()
        return UpdateResult({**recorded(_news, _INPUTS), _VERSION: version})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the job; what it has brought stays, and absence is done.

        Raises:
            MailcowError: mailcow refused, or does not answer.
        """
        row = self._find(_job(_props))
        if row is not None:
            self.host.mailcow.delete_sync_job(row.id)
            self.host.sync_jobs.forget()

    def _make(self, wanted: NewSyncJob, old: SyncJobRow | None, password: str) -> None:
        try:
            if old is not None:
                self.host.mailcow.delete_sync_job(old.id)
            # False is an answer that was lost: there was none before.
            self.host.mailcow.add_sync_job(wanted, password=password)
        finally:
            self.host.sync_jobs.forget()

    def _find(self, wanted: NewSyncJob) -> SyncJobRow | None:
        jobs = self.host.mailcow.list_sync_jobs(wanted.username)
        return next((row for row in jobs if SyncJobKey.of(row) == SyncJobKey.of(wanted)), None)

    def _version(self, path: str) -> int:
        found = self.host.vault().metadata(path)
        return found.version if found is not None and found.live else 0

    def _password(self, path: str) -> tuple[int, str]:
        # The version first: one that is written in between is then recorded as not the latest, and taken next time.
        version = self._version(path)
        password = (self.host.vault().read(path) or {}).get("password")
        if not password:
            raise VaultError(
                f"Vault has no password at {path}, which the list names;"
                f" run: vault kv put -mount={VAULT_MOUNT} {path} password=-"
            )
        return version, password


class MoveIn(Resource, module="mailstead", name="MoveIn"):
    """Mail that is brought into a person's mailbox from another provider."""

    password_version: pulumi.Output[int]
    """Number of the password's version in Vault that mailcow has."""

    def __init__(self, name: str, *, desired: DesiredMoveIn, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is the address here."""
        inputs: dict[str, Any] = {
            "address": desired.address,
            "domain": desired.domain,
            "host": desired.host,
            "port": desired.port,
            "encryption": desired.encryption,
            "user": desired.user,
            "password_in": desired.password_in,
            "active": True,
        }
        super().__init__(MoveInProvider(), name, {**inputs, _VERSION: None}, opts)


def _job(props: Properties) -> NewSyncJob:
    return NewSyncJob(
        username=str(props["address"]),
        host=str(props["host"]),
        port=int(props["port"]),
        user=str(props["user"]),
        encryption=_ENCRYPTIONS[str(props["encryption"])],
        active=bool(props.get("active", True)),
    )


def _is_met(wanted: NewSyncJob, row: SyncJobRow) -> bool:
    return (row.port, row.encryption, row.active) == (wanted.port, wanted.encryption, wanted.active)


def _id_of(job: NewSyncJob) -> str:
    return f"{job.username} from {job.user} at {job.host}"
