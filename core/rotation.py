"""Giving people new first passwords: what is noted of it beside each secret, so that any run can finish any other's.

A run over a domain is a campaign. Its name is the time at which it began, and it stands beside one person's secret
(the anchor) from before the first password is changed until after the last one was; beside every secret that is done
stands the campaign that did it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from core.handover import without_notes

ROTATING_NOTE: Final = "rotating"
"""Number of the version that is on its way from Vault into mailcow; gone when both agree."""
ROTATED_NOTE: Final = "rotated"
"""When the present password was made by a rotation, RFC 3339 in UTC."""
CAMPAIGN_NOTE: Final = "rotated_in"
"""The campaign that made it."""
ANCHOR_NOTE: Final = "rotation_campaign"
"""Beside one person of the domain, while a campaign has not ended."""
ROTATED: Final = "rotated"
"""What ``state`` says of a password that a rotation made."""

STALE: Final = timedelta(days=7)
"""After this long nobody means the old campaign when they rotate a domain."""


@dataclass(frozen=True, kw_only=True)
class Campaign:
    """One campaign over a domain, begun now or by an earlier run."""

    name: str
    """When it began, RFC 3339 in UTC."""
    is_new: bool
    anchors: tuple[str, ...]
    """Beside whose secrets this one or a forgotten one stands, by address."""

    def has_done(self, custom: Mapping[str, str]) -> bool:
        """Tell by the notes beside a secret whether its person needs nothing more."""
        if ROTATING_NOTE in custom:
            return False
        return custom.get(CAMPAIGN_NOTE) == self.name or custom.get(ROTATED_NOTE, "") >= self.name


def campaign_of(notes: Mapping[str, Mapping[str, str]], *, now: datetime, anew: bool) -> Campaign:
    """Find the campaign of a domain that has not ended, or begin another.

    Args:
        notes: The notes beside each secret, by address.
        now: The time, in UTC; names a new campaign.
        anew: Begin another whatever there is.
    """
    found = {address: name for address, custom in notes.items() if (name := custom.get(ANCHOR_NOTE))}
    latest = max(found.values(), default="")  # several are there when one was begun anew
    goes_on = bool(latest) and not anew and now - datetime.fromisoformat(latest) <= STALE
    return Campaign(name=latest if goes_on else moment(now), is_new=not goes_on, anchors=tuple(found))


def moment(now: datetime) -> str:
    """Write a time so that text compares as times do."""
    return now.astimezone(UTC).isoformat(timespec="milliseconds")


def begun(custom: Mapping[str, str], *, version: int) -> dict[str, str]:
    """Note which version is on its way."""
    return {**custom, ROTATING_NOTE: str(version)}


def ended(custom: Mapping[str, str], *, state_note: str, now: datetime, campaign: str) -> dict[str, str]:
    """Note that Vault and mailcow agree; what was handed over before is worth nothing any more."""
    kept = {name: value for name, value in without_notes(custom).items() if name != ROTATING_NOTE}
    done = {state_note: ROTATED, ROTATED_NOTE: moment(now)}
    return {**kept, **done, **({CAMPAIGN_NOTE: campaign} if campaign else {})}


def with_anchor(custom: Mapping[str, str], campaign: str) -> dict[str, str]:
    """Note that a campaign has begun."""
    return {**custom, ANCHOR_NOTE: campaign}


def without_anchor(custom: Mapping[str, str]) -> dict[str, str]:
    """Give the notes of an anchor after its campaign."""
    return {name: value for name, value in custom.items() if name != ANCHOR_NOTE}
