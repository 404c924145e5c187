"""The Alias resource: an address that delivers to mailboxes."""

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

from core.desired import DesiredAlias
from core.errors import MailcowUnclearError, RefusedError
from mailcow.rows import AliasRow, NewAlias
from users.host_provider import MailHost, mail_host
from users.ownership import may_be_deleted, refuse_unless_ours
from users.properties import Properties, changed, lower, lower_list, recorded

_INPUTS = ("address", "domain", "goto", "active")
_TRIES = 3


class AliasProvider(ResourceProvider):
    """One alias: create or adopt by private comment, read, edit, delete.

    State holds this class as a reference, ``users.alias.AliasProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    host: MailHost

    def configure(self, req: ConfigureRequest) -> None:
        """Learn the host from its provider; connects to nothing."""
        self.host = mail_host(req)

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded; targets are a set, so they are sorted."""
        normal = {"address": lower(news.get("address")), "goto": lower_list(news.get("goto"))}
        return CheckResult({**news, **normal}, [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another alias; other targets are an edit."""
        before = {**_olds, "goto": lower_list(_olds.get("goto"))}
        after = {**_news, "goto": lower_list(_news.get("goto"))}
        moved = changed(before, after, ("address",))
        edited = changed(before, after, ("domain", "goto", "active"))
        return DiffResult(changes=bool(moved or edited), replaces=moved)

    def create(self, props: Properties) -> CreateResult:
        """Make the alias; one with our private comment is adopted.

        Raises:
            RefusedError: A mailbox, another stack's alias or one made by hand has the address.
            MailcowError: mailcow refused, or does not answer.
        """
        wanted = self._wanted(props)
        for _ in range(_TRIES):
            found = self.host.mailcow.get_alias(wanted.address)
            if found is not None:
                refuse_unless_ours(f"alias {wanted.address}", [found.private_comment], stack=self.host.stack)
                self._edit(found, wanted)
                return CreateResult(wanted.address, recorded(props, _INPUTS))
            if self.host.mailcow.get_mailbox(wanted.address) is not None:
                raise RefusedError(
                    f"alias {wanted.address} cannot be made while a mailbox has that address;"
                    f" delete that mailbox first with `pulumi up --target '**Mailbox::{wanted.address}'`"
                )
            if self.host.mailcow.add_alias(wanted):
                return CreateResult(wanted.address, recorded(props, _INPUTS))
        raise MailcowUnclearError(
            f"mailcow says that alias {wanted.address} is there and that it is not; run the command again"
        )

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        row = self.host.mailcow.get_alias(id_)
        if row is None:
            self.host.prove_it_answers()
            return ReadResult(None, {})
        live = {**recorded(props, _INPUTS), "goto": lower_list(row.goto), "active": row.active}
        return ReadResult(id_, live, dict(live))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs; an alias that is gone is made again."""
        wanted = self._wanted(_news)
        row = self.host.mailcow.get_alias(wanted.address)
        if row is None:
            self.create(_news)
        else:
            self._edit(row, wanted)
        return UpdateResult(recorded(_news, _INPUTS))

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the alias; absence is done, as mailcow deletes it with its last target.

        Raises:
            RefusedError: It has lost our comment.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_alias(_id)
        if row is not None and may_be_deleted(f"alias {_id}", [row.private_comment], stack=self.host.stack):
            self.host.mailcow.delete_alias(_id)

    def _wanted(self, props: Properties) -> NewAlias:
        return NewAlias(
            address=str(props["address"]),
            goto=tuple(lower_list(props["goto"])),
            active=bool(props.get("active", True)),
            private_comment=self.host.tag,
        )

    def _edit(self, row: AliasRow, wanted: NewAlias) -> None:
        """Bring targets and active to what is wanted."""
        if lower_list(row.goto) != lower_list(wanted.goto) or row.active != wanted.active:
            self.host.mailcow.edit_alias(wanted)


class Alias(Resource, module="mailstead", name="Alias"):
    """An alias in mailcow."""

    def __init__(self, name: str, *, desired: DesiredAlias, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is its address."""
        inputs: dict[str, Any] = {
            "address": desired.address,
            "domain": desired.domain,
            "goto": list(desired.goto),
            "active": True,
        }
        super().__init__(AliasProvider(), name, inputs, opts)
