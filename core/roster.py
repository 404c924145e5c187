"""The record of every address and the rules of leaving: nothing vanishes that was not closed in time.

Pure: the day is an argument. A person leaves in two steps. First the line moves from ``users`` to ``offboarded`` with
a date; from that day on it may be taken out, which deletes the mailbox. A domain goes after its people.
"""

import calendar
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any, Final, cast

_TOMBSTONE_MONTHS: Final = 13
_REUSE_MONTHS: Final = 12
_SUGGESTED_DAYS: Final = 30
_MOST_NAMED: Final = 10
_MOST_NEW_NAMES: Final = 3
RENAMING: Final = "docs/how-to/rename.md"


@dataclass(frozen=True, kw_only=True)
class RosterEntries:
    """What the Roster records."""

    domains: tuple[str, ...] = ()
    addresses: Mapping[str, date | None] = field(default_factory=dict[str, date | None])
    """Each address with the date its mail is kept until; None for active people."""
    tombstones: Mapping[str, date] = field(default_factory=dict[str, date])
    """Each removed address with the day it was removed."""


def from_props(props: Mapping[str, Any]) -> RosterEntries:
    """Read entries from a resource's properties; what is missing is empty: state may come from an older version."""
    addresses = cast("Mapping[str, str]", props.get("addresses") or {})
    tombstones = cast("Mapping[str, str]", props.get("tombstones") or {})
    return RosterEntries(
        domains=tuple(cast("list[str]", props.get("domains") or [])),
        addresses={address: date.fromisoformat(day) if day else None for address, day in addresses.items()},
        tombstones={address: date.fromisoformat(day) for address, day in tombstones.items()},
    )


def to_props(entries: RosterEntries) -> dict[str, Any]:
    """Write entries as properties: lists, dictionaries and text only, in a fixed order."""
    return {
        "domains": sorted(entries.domains),
        "addresses": {address: day.isoformat() if day else "" for address, day in sorted(entries.addresses.items())},
        "tombstones": {address: day.isoformat() for address, day in sorted(entries.tombstones.items())},
    }


def carry_over(old: RosterEntries, new: RosterEntries, today: date) -> RosterEntries:
    """Add to the new entries what the list no longer says.

    Each address that is gone leaves a tombstone with today's date, kept for 13 months; an address that is there
    again has none.

    Args:
        old: What is recorded.
        new: What the list says.
        today: The day, UTC.
    """
    buried = {address: today for address in old.addresses if address not in new.addresses}
    kept = {
        address: day
        for address, day in {**old.tombstones, **buried}.items()
        if address not in new.addresses and today < _months_after(day, _TOMBSTONE_MONTHS)
    }
    return RosterEntries(domains=new.domains, addresses=new.addresses, tombstones=kept)


def refusals(
    old: RosterEntries,
    new: RosterEntries,
    today: date,
    *,
    destroying: bool,
    reuse_addresses: Collection[str] = (),
) -> dict[str, str]:
    """Say what must not happen.

    Args:
        old: What is recorded.
        new: What the list says.
        today: The day, UTC.
        destroying: The stack is deliberately being destroyed: nothing is refused.
        reuse_addresses: Addresses that the list deliberately gives to new people within the year.

    Returns:
        A sentence for each address or domain that is refused, with what to write instead; empty when all is well.
    """
    if destroying:
        return {}
    lost_domains = {name for name in old.domains if name not in new.domains}
    arrived = sorted(set(new.addresses) - set(old.addresses))
    refused: dict[str, str] = {}
    for domain in sorted(lost_domains):
        people = sorted(address for address in old.addresses if _domain_of(address) == domain)
        if people:
            refused[domain] = _domain_refusal(domain, people)
    for address, until in sorted(old.addresses.items()):
        # People of a domain that is refused are named in its sentence.
        if address not in new.addresses and _domain_of(address) not in refused and (until is None or today < until):
            refused[address] = _vanished(address, until, today) + (_renamed(address, arrived) if until is None else "")
    for address in arrived:
        removed = old.tombstones.get(address)
        free = None if removed is None else _months_after(removed, _REUSE_MONTHS)
        if free and today < free and address not in reuse_addresses:
            refused[address] = (
                f"{address} belonged to somebody who was removed on {removed}, and mail for that person still comes;"
                f" choose another name, wait until {free}, or give it away all the same with"
                f" {{name: {address.rpartition('@')[0]}, reuse_address: true}}"
            )
    return refused


def _renamed(address: str, arrived: Collection[str]) -> str:
    """Say how a person gets another address, when one of those who are new may be the same person."""
    local_part, _, domain = address.rpartition("@")
    same = [new for new in arrived if new.startswith(f"{local_part}@") or _domain_of(new) == domain]
    if not same:
        return ""
    who = " or ".join(same[:_MOST_NEW_NAMES]) + (" or another" if len(same) > _MOST_NEW_NAMES else "")
    return f"; if {who} is the same person under a new name, do as {RENAMING} says"


def _vanished(address: str, until: date | None, today: date) -> str:
    local_part, _, domain = address.rpartition("@")
    if until is not None:
        return (
            f"{address} is gone from the list and its mail is kept until {until}; put the line back under {domain}:"
            f" offboarded: [{{name: {local_part}, until: {until}}}], and take it out on {until} or later"
        )
    suggested = today + timedelta(days=_SUGGESTED_DAYS)
    return (
        f"{address} is gone from the list and was never offboarded; to close the mailbox and keep its mail for a while,"
        f" write under {domain}: offboarded: [{{name: {local_part}, until: {suggested}}}];"
        f" to keep it open, put {local_part} back under users"
    )


def _domain_refusal(domain: str, people: list[str]) -> str:
    named = ", ".join(people[:_MOST_NAMED])
    more = f" and {len(people) - _MOST_NAMED} more" if len(people) > _MOST_NAMED else ""
    return (
        f"{domain} is gone from the list (or from domain_names) and still has {named}{more}; put the domain back,"
        " move its people to offboarded: with a date each, take their lines out when the dates have passed,"
        " and the domain in an update after that"
    )


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2]


def _months_after(day: date, months: int) -> date:
    """The same day some months later; the month's last day where it has no such day."""
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))
