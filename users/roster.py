"""The Roster resource: every address and its date, and the refusal to let one vanish, in the preview already."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

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

from core import roster
from core.errors import RefusedError
from users import deletion
from users.properties import Properties, changed, is_unknown, recorded

_COMPARED = ("domains", "addresses", "stack")
_RECORDED = (*_COMPARED, "tombstones")


class RosterProvider(ResourceProvider):
    """The record of a stack's people; decides in ``check``, which sees old and new inputs, and touches nothing.

    State holds this class as a reference, ``users.roster.RosterProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def configure(self, req: ConfigureRequest) -> None:
        """Need nothing."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Refuse what must not vanish, all of it at once; carry over what the list no longer says."""
        if any(is_unknown(news.get(key)) for key in _COMPARED):
            return CheckResult(dict(news), [])
        today = deletion.today()
        old, new = roster.from_props(_olds), roster.from_props(news)
        destroying = deletion.is_being_destroyed(str(news.get("stack") or ""))
        reuse_addresses = cast("list[str]", news.get("reuse_addresses") or [])
        refused = roster.refusals(old, new, today, destroying=destroying, reuse_addresses=reuse_addresses)
        inputs = {**news, **roster.to_props(roster.carry_over(old, new, today))}
        # One short property each: the engine prints a property's whole value beside our sentence.
        return CheckResult(inputs, [CheckFailure(name, sentence) for name, sentence in sorted(refused.items())])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Compare what the list says; a tombstone that has grown old is no change to show."""
        return DiffResult(changes=bool(changed(_olds, _news, _COMPARED)), replaces=[])

    def create(self, props: Properties) -> CreateResult:
        """Record it."""
        return CreateResult("roster", recorded(props, _RECORDED))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what is recorded: there is nothing outside the state, and the inputs stay as they are."""
        return ReadResult(id_, recorded(props, _RECORDED))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Record it."""
        return UpdateResult(recorded(_news, _RECORDED))

    def delete(self, _id: str, _props: Properties) -> None:
        """Go only with the whole stack.

        Raises:
            RefusedError: The stack is not being destroyed deliberately.
        """
        stack = str(_props.get("stack") or "")
        if not deletion.is_being_destroyed(stack):
            raise RefusedError(
                f"the roster of stack {stack} guards its people's mail and is not deleted;"
                " to give the whole stack up, run `mailstead destroy`"
            )


class Roster(Resource, module="mailstead", name="Roster"):
    """Every address of a stack with the date its mail is kept until."""

    def __init__(
        self,
        name: str,
        *,
        stack: str,
        domains: Sequence[str],
        addresses: Mapping[str, str],
        reuse_addresses: Sequence[str] = (),
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            stack: Name of the stack, which MAILSTEAD_DESTROY must hold to lift the refusals.
            domains: All domains.
            addresses: Each address with its ISO date; empty text for active people.
            reuse_addresses: Those that the list gives to new people although somebody had them within the year.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "stack": stack,
            "domains": sorted(domains),
            "addresses": dict(sorted(addresses.items())),
            "tombstones": {},
            "reuse_addresses": sorted(reuse_addresses),
        }
        super().__init__(RosterProvider(), name, inputs, opts)
