"""The Mailbox resource: a person of the list on one side, mailcow's API on the other."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.desired import DesiredMailbox
from core.errors import RefusedError
from mailcow.rows import MailboxRow
from users.deletion import refuse_early_deletion
from users.mail_rules import MailRules
from users.mailbox_editing import CLOSED, MailboxEditing
from users.mailbox_making import MailboxMaking
from users.on_mail_host import ADOPTED, OnMailHost
from users.ownership import may_be_deleted
from users.properties import Properties, difference, is_unknown, normal, recorded
from users.wanted_mailbox import DEFAULTS, EDITED, IDENTITY, INPUTS, WantedMailbox, common_tags, in_order, shown_name

_SECRET_MADE = "secret_made"  # noqa: S105 — the name of an input, which is a time
_LISTS = ("tags", "forward_to")
_RECORDED = (*INPUTS, _SECRET_MADE)


class MailboxProvider(OnMailHost):
    """One mailbox: create or adopt by tag, read in bulk, edit, close, delete when its date has come.

    State holds this class as a reference, ``users.mailbox.MailboxProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        inputs = normal(news, lowered=IDENTITY, sets=("forward_to",))
        for key in _LISTS:
            if isinstance(inputs.get(key), list):
                inputs[key] = sorted(set(inputs[key]))
        if isinstance(inputs.get("protocols"), list):
            inputs["protocols"] = list(in_order(inputs["protocols"]))
        return CheckResult(inputs, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another mailbox; the password is not ours to compare."""
        found = difference({**DEFAULTS, **_olds}, {**DEFAULTS, **_news}, identity=IDENTITY, edited=EDITED)
        open_still = _news.get("active") is False and not _olds.get(CLOSED)
        found.changes = bool(found.changes or open_still or _is_remade(_olds, _news))
        return found

    def create(self, props: Properties) -> CreateResult:
        """Make the mailbox with the first password that Vault holds; one with our tag is adopted.

        One without any tag is taken over where this is asked for, and nothing of it is changed: what the list wants
        otherwise is shown, and done, by the next update.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, or does not answer.
            VaultError: Vault has no first password of it, or does not answer.
        """
        wanted = WantedMailbox.of(props)
        found = MailboxMaking(self.host, wanted).bring_about()
        if found is None:
            return CreateResult(wanted.address, _outs(props))
        # One that was closed before us has nothing that we should end.
        closed = {} if found.active else {CLOSED: True}
        outputs = {**recorded(props, _RECORDED), **_live(found, props), **closed, ADOPTED: True}
        return CreateResult(wanted.address, outputs)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has, from one request a domain; who has forwards or replies costs one more.

        It is gone only when a look-up of its own says so too and the server answers otherwise. One that is
        half-deleted is gone as well: its mail is, and `create` clears the rest away; but of somebody who may be
        deleted it is still there, as no `create` may come any more.
        """
        row = self.host.mailboxes.get(_domain(id_), id_) or self.host.mailcow.get_mailbox(id_)
        if row is None:
            return self.gone()
        if row.half_deleted:
            return self._half_deleted(id_, props)
        inputs: Properties = {**recorded(props, _RECORDED), **_live(row, props)}
        rules = WantedMailbox.of({**inputs, **recorded(props, ("active", "mail"))}).rules
        if rules and not MailRules(self.host, id_).are(rules):
            inputs |= {"forward_to": [], "auto_reply": ""}
        closed = {CLOSED: True} if props.get(CLOSED) and not row.active else {}
        return ReadResult(id_, {**inputs, **closed, **recorded(props, (ADOPTED,))}, inputs)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Send what differs, never the password; a mailbox that is gone is made again."""
        wanted = WantedMailbox.of(_news)
        row = self.host.mailcow.get_mailbox(wanted.address)
        if row is None or row.half_deleted:
            return UpdateResult(self.create(_news).outs)
        if _is_remade(_olds, _news):
            MailboxMaking(self.host, wanted).settle_a_lost_password(row)
        MailboxEditing(self.host, wanted, _olds).edit(row)
        return UpdateResult({**_outs(_news), **recorded(_olds, (ADOPTED,))})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the mailbox and its mail; absence is done, and one that is half-deleted is deleted again.

        Raises:
            RefusedError: The person is active, the date has not come, or the mailbox is not ours any more.
            MailcowError: mailcow refused, or does not answer.
        """
        stack = self.host.stack
        self._refuse_early_deletion(_id, _props)
        row = self.host.mailcow.get_mailbox(_id)
        if row is None:
            self.host.prove_it_answers()
            return
        adopted = bool(_props.get(ADOPTED))
        if not row.half_deleted and not may_be_deleted(f"mailbox {_id}", row.tags, stack=stack, adopted=adopted):
            return
        try:
            self.host.mailcow.delete_mailbox(_id)
        finally:
            self.host.mailboxes.forget(_domain(_id))

    def _refuse_early_deletion(self, id_: str, props: Properties) -> None:
        # A mailbox that is recorded as active has no date that counts, whatever stands there.
        kept_until = "" if props.get("active", True) else str(props.get("kept_until") or "")
        refuse_early_deletion(f"the mailbox {id_}", kept_until=kept_until, stack=self.host.stack)

    def _half_deleted(self, id_: str, props: Properties) -> ReadResult:
        """Report what a delete left that died half-way."""
        try:
            self._refuse_early_deletion(id_, props)
        except RefusedError:
            return ReadResult(None, {})
        inputs = recorded(props, _RECORDED)
        # Without the output that says that it is closed, an update comes to whoever is in the list still.
        return ReadResult(id_, {**inputs, **recorded(props, (ADOPTED,))}, inputs)


class Mailbox(Resource, module="mailstead", name="Mailbox"):
    """A person's mailbox in mailcow."""

    def __init__(
        self,
        name: str,
        *,
        desired: DesiredMailbox,
        secret_made: pulumi.Input[str] = "",
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: the address.
            desired: What should be.
            secret_made: When its first password was made; one that was lost and made anew has another time.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "address": desired.address,
            "domain": desired.domain,
            "local_part": desired.local_part,
            "full_name": desired.full_name,
            "quota_mib": desired.quota_mib,
            "active": desired.active,
            "kept_until": desired.kept_until.isoformat() if desired.kept_until else "",
            "protocols": list(desired.protocols),
            "change_password": desired.change_password,
            "sending_limit": desired.sending_limit,
            "tags": list(desired.tags),
            "mail": desired.mail,
            "forward_to": list(desired.forward_to),
            "keep_copy": desired.keep_copy,
            "auto_reply": desired.auto_reply,
            _SECRET_MADE: secret_made,
        }
        super().__init__(MailboxProvider(), name, inputs, opts)


def _outs(props: Properties) -> Properties:
    """Return what is recorded of a mailbox that is as wanted; a closed one with all ended that opened it."""
    closed: Properties = {} if props["active"] else {CLOSED: True}
    return {**recorded(props, _RECORDED), **closed}


def _live(row: MailboxRow, props: Properties) -> Properties:
    """Return what mailcow has of what is compared.

    Tags that were given by hand are nobody's business; whether she has to change her password, she decides by doing so.
    What a state of an older version does not have is left out while it is the default.
    """
    found: Properties = {
        "full_name": shown_name(row, str(props.get("full_name") or "")),
        "quota_mib": row.quota_mib,
        "active": row.active,
        "protocols": list(row.protocols),
        "sending_limit": row.sending_limit or "",
        "tags": common_tags(props.get("tags") or [], row.tags),
    }
    live = {key: value for key, value in found.items() if key in props or value != DEFAULTS.get(key)}
    mail = str(props.get("mail") or DEFAULTS["mail"])
    if not row.active and row.receives_only != (mail != "refuse"):
        live["mail"] = "keep" if row.receives_only else "refuse"
    return live


def _is_remade(olds: Properties, news: Properties) -> bool:
    """Tell whether the first password in Vault is another than the one that the mailbox was recorded with."""
    after = news.get(_SECRET_MADE)
    return is_unknown(after) or bool(_SECRET_MADE in olds and after and after != olds[_SECRET_MADE])


def _domain(address: str) -> str:
    return address.rpartition("@")[2]
