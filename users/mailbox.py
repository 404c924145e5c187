"""The Mailbox resource: a person of the list on one side, mailcow's API on the other."""

from typing import Any

import pulumi
from pulumi.dynamic import (
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from core.desired import DesiredMailbox
from users.deletion import refuse_early_deletion
from users.host_provider import MailHost, mail_host
from users.mailbox_making import MailboxMaking, WantedMailbox
from users.ownership import may_be_deleted
from users.properties import Properties, changed, lower, recorded, whole

_EDITED = ("full_name", "quota_mib", "active", "kept_until")
_IDENTITY = ("address", "domain", "local_part")
_INPUTS = (*_IDENTITY, *_EDITED)


class MailboxProvider(ResourceProvider):
    """One mailbox: create or adopt by tag, read in bulk, edit, delete when its date has come.

    State holds this class as a reference, ``users.mailbox.MailboxProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    host: MailHost

    def configure(self, req: ConfigureRequest) -> None:
        """Learn the host from its provider; connects to nothing."""
        self.host = mail_host(req)

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        inputs: Properties = {key: whole(value) for key, value in news.items()}
        return CheckResult({**inputs, **{key: lower(inputs.get(key)) for key in _IDENTITY}}, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another mailbox; the password is not ours to compare."""
        moved = changed(_olds, _news, _IDENTITY)
        edited = changed(_olds, _news, _EDITED)
        return DiffResult(changes=bool(moved or edited), replaces=moved)

    def create(self, props: Properties) -> CreateResult:
        """Make the mailbox with the first password that Vault holds; one with our tag is adopted.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, or does not answer.
            VaultError: Vault has no first password of it, or does not answer.
        """
        wanted = WantedMailbox.of(props)
        MailboxMaking(self.host, wanted).bring_about()
        return CreateResult(wanted.address, recorded(props, _INPUTS))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has, from one request a domain.

        It is gone only when a look-up of its own says so too and the server answers otherwise. One that is
        half-deleted is gone as well: its mail is, and `create` clears the rest away.
        """
        row = self.host.mailboxes.get(_domain(id_), id_) or self.host.mailcow.get_mailbox(id_)
        if row is None:
            self.host.prove_it_answers()
        if row is None or row.half_deleted:
            return ReadResult(None, {})
        live: Properties = {
            **recorded(props, _INPUTS),
            "full_name": row.name,
            "quota_mib": row.quota_mib,
            "active": row.active,
        }
        return ReadResult(id_, live, dict(live))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs, never the password; a mailbox that is gone is made again."""
        wanted = WantedMailbox.of(_news)
        making = MailboxMaking(self.host, wanted)
        row = self.host.mailcow.get_mailbox(wanted.address)
        if row is None or row.half_deleted:
            making.bring_about()
        else:
            making.edit(row)
        return UpdateResult(recorded(_news, _INPUTS))

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the mailbox and its mail; absence is done, and one that is half-deleted is deleted again.

        Raises:
            RefusedError: The person is active, the date has not come, or the mailbox is not ours any more.
            MailcowError: mailcow refused, or does not answer.
        """
        stack = self.host.stack
        # A mailbox that is recorded as active has no date that counts, whatever stands there.
        kept_until = "" if _props.get("active", True) else str(_props.get("kept_until") or "")
        refuse_early_deletion(f"the mailbox {_id}", kept_until=kept_until, stack=stack)
        row = self.host.mailcow.get_mailbox(_id)
        if row is None:
            return
        if not row.half_deleted and not may_be_deleted(f"mailbox {_id}", row.tags, stack=stack):
            return
        try:
            self.host.mailcow.delete_mailbox(_id)
        finally:
            self.host.mailboxes.forget(_domain(_id))


class Mailbox(Resource, module="mailstead", name="Mailbox"):
    """A person's mailbox in mailcow."""

    def __init__(self, name: str, *, desired: DesiredMailbox, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is its address."""
        inputs: dict[str, Any] = {
            "address": desired.address,
            "domain": desired.domain,
            "local_part": desired.local_part,
            "full_name": desired.full_name,
            "quota_mib": desired.quota_mib,
            "active": desired.active,
            "kept_until": desired.kept_until.isoformat() if desired.kept_until else "",
        }
        super().__init__(MailboxProvider(), name, inputs, opts)


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
