"""The DNS records of a stack as its last update left them, and what an update changed about them."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final, cast

from core.addresses import domain_in_dns
from core.dns import DnsRecord, outside_records
from core.errors import RefusedError
from core.suggestions import did_you_mean, shown

_OUTPUT: Final = "dns_records"
_STACK: Final = "pulumi:pulumi:Stack"

Outputs = Mapping[str, Any]


def records_of(exported: Mapping[str, Any], *, stack: str) -> list[DnsRecord]:
    """Read the records from a stack's recorded outputs, required ones first.

    Raises:
        RefusedError: There are none yet.
    """
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    outputs = [cast("Outputs", one.get("outputs") or {}) for one in resources if one.get("type") == _STACK]
    records = _records(outputs[0]) if outputs else []
    if not records:
        raise RefusedError(f"stack {stack} has no DNS records yet; they are known after: mailstead up --stack {stack}")
    return sorted(records, key=lambda record: not record.required)


def lines(records: Sequence[DnsRecord]) -> Iterator[str]:
    """Lay records out in columns, each value whole and last on its line: it is there to be copied."""
    types, names = (max(len(getattr(record, key)) for record in records) for key in ("type", "name"))
    for record in records:
        mark = "required" if record.required else "better  "
        yield f"{mark}  {record.type:{types}}  {record.name:{names}}  {record.value}"
        yield f"          {record.reason}"


def hosted(records: Iterable[DnsRecord]) -> list[str]:
    """Say for which domains there are records, in the order of the list of people.

    Raises:
        RefusedError: They were recorded by an earlier release, which did not say.
    """
    domains = list(dict.fromkeys(record.domain for record in records if record.domain))
    if not domains:
        raise RefusedError("it is not recorded yet in whose zone each record stands; run once: mailstead up")
    return domains


def chosen(records: Iterable[DnsRecord], domain: str | None) -> list[str]:
    """Pick the domain that was asked for, as people or DNS write it; all when none was.

    Raises:
        RefusedError: The stack has no such domain.
    """
    domains = hosted(records)
    if domain is None:
        return domains
    try:
        name = domain_in_dns(domain.lower().removesuffix("."))
    except ValueError as wrong:
        raise RefusedError(f"domain {shown(domain)} {wrong}") from None
    if name not in domains:
        meant = did_you_mean(name, domains)
        advice = f"did you mean {meant}?" if meant else f"it has {', '.join(domains)}"
        raise RefusedError(f"the stack has no domain {shown(name)}; {advice}")
    return [name]


def elsewhere(records: Iterable[DnsRecord]) -> Iterator[str]:
    """Say what no zone here holds and is to be seen to by other ways."""
    for record in outside_records(records):
        yield f"Not in a zone of these: {record.name} {record.type} {record.value}: {record.reason}"


def hint(outputs: tuple[Outputs, Outputs] | None, *, stack: str) -> Iterator[str]:
    """Say that records have changed, and where to see them; nothing when they are as they were.

    Args:
        outputs: The stack's outputs before and after.
        stack: Its name.
    """
    if outputs is None:
        return
    before, after = (_values(one) for one in outputs)
    if before == after:
        return
    come, gone = len(after - before), len(before - after)
    told = [f"{come} to enter"] * bool(come) + [f"{gone} to take out"] * bool(gone)
    yield f"DNS records have changed ({', '.join(told)}): mailstead dns --stack {stack}"


def _values(outputs: Outputs) -> set[tuple[str, str, str]]:
    return {(record.name, record.type, record.value) for record in _records(outputs)}


def _records(outputs: Outputs) -> list[DnsRecord]:
    found = outputs.get(_OUTPUT)
    if not isinstance(found, list):
        return []
    return [
        DnsRecord(
            name=str(one["name"]),
            type=str(one["type"]),
            value=str(one["value"]),
            reason=str(one["reason"]),
            required=bool(one["required"]),
            # Stacks of before this was recorded have none until their next update.
            domain=str(one.get("domain", "")),
        )
        for one in cast("list[dict[str, Any]]", found)
    ]
