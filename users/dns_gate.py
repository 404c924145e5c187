"""The DnsGate resource: a domain's people wait until its DNS is as mail needs it, or are told that it is not."""

import os
from collections.abc import Sequence
from typing import Any, Final, cast

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

from core.dns import DnsRecord
from core.dns_finding import Finding, failing, unasked
from core.errors import RefusedError
from probes.live_dns import check_dns
from probes.resolvers import Resolvers
from users.properties import Properties, changed, normal, recorded

_INPUTS: Final = ("domain", "stack", "mode", "records")
_COMPARED: Final = ("domain", "stack", "records")
_FIELDS: Final = ("name", "type", "value", "domain")
_MOST_NAMED: Final = 6


class DnsGateProvider(ResourceProvider):
    """One domain's gate: asks when it is made or opened anew, and never while changes are only worked out.

    A gate that was found green stays so until other records are expected; any other one is asked again by each update.

    State holds this class as a reference, ``users.dns_gate.DnsGateProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def configure(self, req: ConfigureRequest) -> None:
        """Need nothing: resolvers are this machine's, or those of MAILSTEAD_RESOLVER."""

    def check(self, _olds: Properties, news: Properties) -> CheckResult:
        """Bring inputs into the form that is recorded and compared."""
        return CheckResult(normal(news), [])

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Differ while it is not green, and when other records are expected."""
        return DiffResult(changes=not _olds.get("green") or bool(changed(_olds, _news, _COMPARED)), replaces=[])

    def create(self, props: Properties) -> CreateResult:
        """Ask DNS.

        Raises:
            RefusedError: Something required is not there or not right, and the mode is ``fail``.
        """
        return CreateResult(f"dns-gate-{props['domain']}", _asked(props))

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report what is recorded: what DNS says by now is for `mailstead dns check`."""
        return ReadResult(id_, recorded(props, (*_INPUTS, "green")), recorded(props, _INPUTS))

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Ask DNS again.

        Raises:
            RefusedError: Something required is not there or not right, and the mode is ``fail``.
        """
        return UpdateResult(_asked(_news))

    def delete(self, _id: str, _props: Properties) -> None:
        """Leave DNS alone: nothing there was made by a gate."""


class DnsGate(Resource, module="mailstead", name="DnsGate"):
    """A domain's DNS, as it has to be before its people get mailboxes."""

    green: pulumi.Output[bool]
    """Whether everything required was right when it was asked last."""

    def __init__(
        self,
        name: str,
        *,
        stack: str,
        mode: str,
        records: pulumi.Input[Sequence[DnsRecord]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource: the domain.
            stack: Whose it is, for the command that is named to the operator.
            mode: ``warn`` says what is missing; ``fail`` stops there.
            records: What is required.
            opts: Options of the resource.
        """
        # Reasons are left out: another wording is no reason to ask again.
        wanted = pulumi.Output.from_input(records).apply(
            lambda found: [{key: getattr(record, key) for key in _FIELDS} for record in found]
        )
        inputs: dict[str, Any] = {"domain": name, "stack": stack, "mode": mode, "records": wanted}
        super().__init__(DnsGateProvider(), name, {**inputs, "green": None}, opts)


def _asked(props: Properties) -> Properties:
    records = [
        DnsRecord(**{key: str(one[key]) for key in _FIELDS}, reason="", required=True)
        for one in cast("list[dict[str, Any]]", props["records"])
    ]
    findings = check_dns(records, resolvers=Resolvers.named("", os.environ))
    open_ones = [*failing(findings), *unasked(findings)]
    if open_ones:
        sentence = _sentence(open_ones, domain=str(props["domain"]), stack=str(props["stack"]))
        if props["mode"] == "fail":
            raise RefusedError(sentence)
        pulumi.log.warn(sentence)
    return {**recorded(props, _INPUTS), "green": not open_ones}


def _sentence(findings: Sequence[Finding], *, domain: str, stack: str) -> str:
    told = [
        f"{one.type} {one.name} {'could not be asked' if one.verdict == 'unknown' else f'is {one.verdict}'}"
        for one in findings
    ]
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return (
        f"DNS of {domain} is not as its mail needs it: {', '.join(told[:_MOST_NAMED])}{more};"
        f" what to do: mailstead dns check {domain} --stack {stack}"
    )
