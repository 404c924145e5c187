"""The Alias resource: an address that leads to others, here or elsewhere; a catch-all is the address ``@domain``."""

from dataclasses import replace
from typing import Any

import pulumi
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.desired import DesiredAlias
from core.errors import RefusedError
from mailcow.rows import AliasRow, NewAlias
from users.on_mail_host import ADOPTED, OnMailHost, find_or_make
from users.ownership import is_taken_over, may_be_deleted
from users.properties import Properties, difference, lower_list, normal, recorded

_INPUTS = ("address", "domain", "goto", "active")


class AliasProvider(OnMailHost):
    """One alias: create or adopt by private comment, read, edit, delete.

    State holds this class as a reference, ``users.alias.AliasProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded; targets are a set, so they are sorted."""
        return CheckResult(normal(news, lowered=("address",), sets=("goto",)), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another address is another alias; other targets are an edit."""
        before, after = normal(_olds, sets=("goto",)), normal(_news, sets=("goto",))
        return difference(before, after, identity=("address",), edited=("domain", "goto", "active"))

    def create(self, props: Properties) -> CreateResult:
        """Make the alias; one with our private comment is adopted, one with none only where this is asked for.

        Raises:
            RefusedError: A mailbox, another stack's alias or one made by hand has the address.
            MailcowError: mailcow refused, or does not answer.
        """
        wanted = self._wanted(props)
        outputs = recorded(props, _INPUTS)
        what = f"alias {wanted.address}"
        found = find_or_make(what, lambda: self.host.mailcow.get_alias(wanted.address), lambda: self._make(wanted))
        if found is None:
            return CreateResult(wanted.address, outputs)
        if is_taken_over(what, [found.private_comment], stack=self.host.stack, adopt=self.host.adopt):
            # What the list wants otherwise is shown, and done, by the next update.
            return CreateResult(wanted.address, {**outputs, **_live(found), ADOPTED: True})
        self._edit(found, wanted)
        return CreateResult(wanted.address, outputs)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        row = self.host.mailcow.get_alias(id_)
        if row is None:
            return self.gone()
        live = {**recorded(props, _INPUTS), **_live(row)}
        return ReadResult(id_, {**live, **recorded(props, (ADOPTED,))}, live)

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs; an alias that is gone is made again."""
        wanted = self._wanted(_news)
        row = self.host.mailcow.get_alias(wanted.address)
        if row is None:
            return UpdateResult(self.create(_news).outs)
        self._edit(row, wanted)
        return UpdateResult({**recorded(_news, _INPUTS), **recorded(_olds, (ADOPTED,))})

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the alias; absence is done, as mailcow deletes it with its last target.

        Raises:
            RefusedError: It has lost our comment.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_alias(_id)
        if row is None:
            self.host.prove_it_answers()
            return
        adopted = bool(_props.get(ADOPTED))
        if may_be_deleted(f"alias {_id}", [row.private_comment], stack=self.host.stack, adopted=adopted):
            self.host.mailcow.delete_alias(_id)

    def _make(self, wanted: NewAlias) -> bool:
        if self.host.mailcow.get_mailbox(wanted.address) is not None:
            raise RefusedError(
                f"alias {wanted.address} cannot be made while a mailbox has that address;"
                f" delete that mailbox first with `pulumi up --target '**Mailbox::{wanted.address}'`"
            )
        return self.host.mailcow.add_alias(wanted)

    def _wanted(self, props: Properties) -> NewAlias:
        return NewAlias(
            address=str(props["address"]),
            goto=tuple(lower_list(props["goto"])),
            active=bool(props.get("active", True)),
            private_comment=self.host.tag,
        )

    def _edit(self, row: AliasRow, wanted: NewAlias) -> None:
        """Bring targets and active to what is wanted; the comment is the mark, and stays as it was found."""
        if lower_list(row.goto) != lower_list(wanted.goto) or row.active != wanted.active:
            self.host.mailcow.edit_alias(replace(wanted, private_comment=row.private_comment))


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


def _live(row: AliasRow) -> Properties:
    return {"goto": lower_list(row.goto), "active": row.active}
