"""The Domain resource: a mail domain and its limits in mailcow."""

from typing import Any

import pulumi
from pulumi.dynamic import CheckFailure, CheckResult, CreateResult, DiffResult, ReadResult, Resource, UpdateResult

from core.desired import DesiredDomain
from core.errors import RefusedError
from mailcow.rows import DomainRow, NewDomain
from users.on_mail_host import ADOPTED, OnMailHost, find_or_make
from users.ownership import is_taken_over, may_be_deleted
from users.properties import Properties, difference, is_unknown, normal, recorded, whole

_LIMITS = ("max_quota_mib", "quota_mib", "max_mailboxes", "max_aliases", "default_quota_mib")
_EDITED = (*_LIMITS, "active")
_INPUTS = ("name", "server", *_EDITED)


class DomainProvider(OnMailHost):
    """One domain: create or adopt by tag, read, edit its limits, delete when empty.

    State holds this class as a reference, ``users.domain.DomainProvider``: do not move or rename it.
    """

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded, and refuse to move a domain to another host."""
        inputs = normal(news, lowered=("name",))
        before, after = whole(_olds.get("server")), inputs.get("server")
        if before is None or is_unknown(after) or before == after:
            return CheckResult(inputs, [])
        sentence = (
            f"{inputs['name']} is on mail host {before} and server: {after} would move it, but not its mail;"
            f" put server: {before} back, or do as docs/how-to/move-a-domain.md says"
        )
        return CheckResult(inputs, [CheckFailure("server", sentence)])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another name is another domain."""
        return difference(_olds, _news, identity=("name",), edited=(*_EDITED, "server"))

    def create(self, props: Properties) -> CreateResult:
        """Make the domain, without DKIM key; one with our tag is adopted, one without any only where this is asked for.

        What is taken over without a tag stays as it is, limits and all, also later.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, or does not answer.
        """
        name = str(props["name"])
        wanted = _wanted(props, description=name, tags=(self.host.tag,))
        found = self._find_or_make(wanted)
        if found is not None and self._is_half_made(found, wanted):
            self.host.mailcow.delete_domain(name)
            found = self._find_or_make(wanted)
        outputs = recorded(props, _INPUTS)
        if found is None:
            return CreateResult(name, outputs)
        if is_taken_over(f"domain {name}", found.tags, stack=self.host.stack, adopt=self.host.adopt):
            return CreateResult(name, {**outputs, ADOPTED: True})
        self._edit(found, props)
        return CreateResult(name, outputs)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        row = self.host.mailcow.get_domain(id_)
        if row is None:
            return self.gone()
        live = {**recorded(props, _INPUTS), "name": row.name}
        if props.get(ADOPTED):
            return ReadResult(id_, {**live, ADOPTED: True}, live)
        live |= {key: getattr(row, key) for key in _EDITED}
        return ReadResult(id_, live, dict(live))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs, unless it was taken over; a domain that is gone is made again."""
        row = self.host.mailcow.get_domain(str(_news["name"]))
        if row is None:
            return UpdateResult(self.create(_news).outs)
        if _olds.get(ADOPTED):
            return UpdateResult({**recorded(_news, _INPUTS), ADOPTED: True})
        self._edit(row, _news)
        return UpdateResult(recorded(_news, _INPUTS))

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the domain, which must be empty; absence is done.

        Raises:
            RefusedError: A mailbox is in it, or it has lost our tag.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        if row is None:
            self.host.prove_it_answers()
            return
        adopted = bool(_props.get(ADOPTED))
        if not may_be_deleted(f"domain {_id}", row.tags, stack=self.host.stack, adopted=adopted):
            return
        if row.mailboxes:
            raise RefusedError(
                f"domain {_id} still holds {row.mailboxes} mailboxes and is not deleted;"
                " delete those in mailcow that the list does not know, or add them to the list"
            )
        self.host.mailcow.delete_domain(_id)

    def _find_or_make(self, wanted: NewDomain) -> DomainRow | None:
        mailcow = self.host.mailcow
        return find_or_make(wanted.name, lambda: mailcow.get_domain(wanted.name), lambda: mailcow.add_domain(wanted))

    def _is_half_made(self, row: DomainRow, wanted: NewDomain) -> bool:
        """Tell whether mailcow died while it made this domain for us: the row is there and the tag is not.

        Then it is without any tag, holds nothing, and is in all else as we make domains, limits and description too.
        Where domains of others are taken over, none is taken for ours by that.
        """
        if self.host.adopt or row.tags or row.mailboxes or row.description != wanted.description:
            return False
        if any(getattr(row, key) != getattr(wanted, key) for key in _EDITED):
            return False
        return not self.host.mailcow.list_aliases(row.name) and self.host.mailcow.get_dkim(row.name) is None

    def _edit(self, row: DomainRow, props: Properties) -> None:
        """Bring the limits to what is wanted; the description stays, people may write there."""
        wanted = _wanted(props, description=row.description, tags=())
        if any(getattr(row, key) != getattr(wanted, key) for key in _EDITED):
            self.host.mailcow.edit_domain(wanted)


class Domain(Resource, module="mailstead", name="Domain"):
    """A mail domain in mailcow."""

    def __init__(self, name: str, *, desired: DesiredDomain, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is the domain's."""
        inputs: dict[str, Any] = {
            "name": desired.name,
            "server": desired.server,
            **{key: getattr(desired, key) for key in _LIMITS},
            "active": True,
        }
        super().__init__(DomainProvider(), name, inputs, opts)


def _wanted(props: Properties, *, description: str, tags: tuple[str, ...]) -> NewDomain:
    """Read a domain from the engine's properties, where numbers are floats."""
    return NewDomain(
        name=str(props["name"]),
        description=description,
        active=bool(props.get("active", True)),
        tags=tags,
        **{key: int(props[key]) for key in _LIMITS},
    )
