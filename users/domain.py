"""The Domain resource: a mail domain and its limits in mailcow."""

from dataclasses import dataclass
from typing import Any, Self

import pulumi
from pulumi.dynamic import (
    CheckFailure,
    CheckResult,
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    Resource,
    ResourceProvider,
    UpdateResult,
)

from core.desired import DesiredDomain
from core.errors import MailcowUnclearError, RefusedError
from mailcow.rows import DomainRow, NewDomain
from users.host_provider import MailHost, mail_host
from users.ownership import may_be_deleted, refuse_unless_ours
from users.properties import Properties, changed, is_unknown, lower, recorded, whole

_EDITED = ("max_quota_mib", "quota_mib", "max_mailboxes", "max_aliases", "default_quota_mib", "active")
_INPUTS = ("name", "server", *_EDITED)
_TRIES = 3


@dataclass(frozen=True, kw_only=True)
class _Wanted:
    """A domain as the list and the stack's config want it."""

    name: str
    max_quota_mib: int
    quota_mib: int
    max_mailboxes: int
    max_aliases: int
    default_quota_mib: int
    active: bool

    @classmethod
    def of(cls, props: Properties) -> Self:
        return cls(
            name=str(props["name"]),
            max_quota_mib=int(props["max_quota_mib"]),
            quota_mib=int(props["quota_mib"]),
            max_mailboxes=int(props["max_mailboxes"]),
            max_aliases=int(props["max_aliases"]),
            default_quota_mib=int(props["default_quota_mib"]),
            active=bool(props.get("active", True)),
        )

    def is_met_by(self, row: DomainRow) -> bool:
        return _live(row) == _live(self)

    def as_new(self, *, description: str, tags: tuple[str, ...]) -> NewDomain:
        return NewDomain(
            name=self.name,
            description=description,
            max_aliases=self.max_aliases,
            max_mailboxes=self.max_mailboxes,
            default_quota_mib=self.default_quota_mib,
            max_quota_mib=self.max_quota_mib,
            quota_mib=self.quota_mib,
            active=self.active,
            tags=tags,
        )


class DomainProvider(ResourceProvider):
    """One domain: create or adopt by tag, read, edit its limits, delete when empty.

    State holds this class as a reference, ``users.domain.DomainProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    host: MailHost

    def configure(self, req: ConfigureRequest) -> None:
        """Learn the host from its provider; connects to nothing."""
        self.host = mail_host(req)

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded, and refuse to move a domain to another host."""
        inputs: Properties = {key: whole(value) for key, value in news.items()}
        inputs["name"] = lower(inputs.get("name"))
        before, after = whole(_olds.get("server")), inputs.get("server")
        if before is None or is_unknown(after) or before == after:
            return CheckResult(inputs, [])
        sentence = (
            f"{inputs['name']} is on mail host {before} and server: {after} would move it, but not its mail;"
            f" put server: {before} back"
        )
        return CheckResult(inputs, [CheckFailure("server", sentence)])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Another name is another domain."""
        moved = changed(_olds, _news, ("name",))
        edited = changed(_olds, _news, (*_EDITED, "server"))
        return DiffResult(changes=bool(moved or edited), replaces=moved)

    def create(self, props: Properties) -> CreateResult:
        """Make the domain, without DKIM key; one with our tag is adopted.

        Raises:
            RefusedError: It is another stack's, or was not made by us.
            MailcowError: mailcow refused, or does not answer.
        """
        wanted = _Wanted.of(props)
        for _ in range(_TRIES):
            found = self.host.mailcow.get_domain(wanted.name)
            if found is not None:
                refuse_unless_ours(f"domain {wanted.name}", found.tags, stack=self.host.stack)
                self._edit(found, wanted)
                return CreateResult(wanted.name, recorded(props, _INPUTS))
            if self.host.mailcow.add_domain(wanted.as_new(description=wanted.name, tags=(self.host.tag,))):
                return CreateResult(wanted.name, recorded(props, _INPUTS))
        raise MailcowUnclearError(f"mailcow says that {wanted.name} is there and that it is not; run the command again")

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what mailcow has; it is gone only when the server answers otherwise."""
        row = self.host.mailcow.get_domain(id_)
        if row is None:
            self.host.prove_it_answers()
            return ReadResult(None, {})
        live = {**recorded(props, _INPUTS), "name": row.name, **_live(row)}
        return ReadResult(id_, live, dict(live))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Edit what differs; a domain that is gone is made again."""
        wanted = _Wanted.of(_news)
        row = self.host.mailcow.get_domain(wanted.name)
        if row is None:
            self.create(_news)
        else:
            self._edit(row, wanted)
        return UpdateResult(recorded(_news, _INPUTS))

    def delete(self, _id: str, _props: Properties) -> None:
        """Delete the domain, which must be empty; absence is done.

        Raises:
            RefusedError: A mailbox is in it, or it has lost our tag.
            MailcowError: mailcow refused, or does not answer.
        """
        row = self.host.mailcow.get_domain(_id)
        if row is None or not may_be_deleted(f"domain {_id}", row.tags, stack=self.host.stack):
            return
        if row.mailboxes:
            raise RefusedError(
                f"domain {_id} still holds {row.mailboxes} mailboxes and is not deleted;"
                " delete those in mailcow that the list does not know, or add them to the list"
            )
        self.host.mailcow.delete_domain(_id)

    def _edit(self, row: DomainRow, wanted: _Wanted) -> None:
        """Bring the limits to what is wanted; the description stays, people may write there."""
        if not wanted.is_met_by(row):
            self.host.mailcow.edit_domain(wanted.as_new(description=row.description, tags=()))


class Domain(Resource, module="mailstead", name="Domain"):
    """A mail domain in mailcow."""

    def __init__(self, name: str, *, desired: DesiredDomain, opts: pulumi.ResourceOptions | None = None) -> None:
        """Register it; ``name`` is the domain's."""
        inputs: dict[str, Any] = {
            "name": desired.name,
            "server": desired.server,
            "max_quota_mib": desired.max_quota_mib,
            "quota_mib": desired.quota_mib,
            "max_mailboxes": desired.max_mailboxes,
            "max_aliases": desired.max_aliases,
            "default_quota_mib": desired.default_quota_mib,
            "active": True,
        }
        super().__init__(DomainProvider(), name, inputs, opts)


def _live(found: "DomainRow | _Wanted") -> Properties:
    return {
        "max_quota_mib": found.max_quota_mib,
        "quota_mib": found.quota_mib,
        "max_mailboxes": found.max_mailboxes,
        "max_aliases": found.max_aliases,
        "default_quota_mib": found.default_quota_mib,
        "active": found.active,
    }
