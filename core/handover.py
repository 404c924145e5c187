"""Handing a first password over: what is noted of it beside the secret, and what that means at a given time."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal

ACCESSOR_NOTE: Final = "handover_accessor"
"""Names the token that was made last, without being able to open it."""
EXPIRES_NOTE: Final = "handover_expires"
"""When that token ends by itself, RFC 3339 in UTC."""
DELIVERED_NOTE: Final = "handover_delivered"
"""When the password was shown to its person on the operator's screen instead, RFC 3339 in UTC."""
NOTES: Final = (ACCESSOR_NOTE, EXPIRES_NOTE, DELIVERED_NOTE)
"""All that hand-over keeps beside a secret: taken away when another password makes it worthless."""

DEFAULT_TTL: Final = "24h"
SHORTEST_TTL_S: Final = 60
LONGEST_TTL_S: Final = 7 * 24 * 3_600
"""Both as the policy of the hand-over desk has them (``foundation/vault/handover.hcl``)."""

Status = Literal["never", "open", "used", "expired"]

_TTL: Final = re.compile(r"([1-9][0-9]{0,6})([mhd])", re.ASCII)
_UNIT_S: Final = {"m": 60, "h": 3_600, "d": 86_400}
_UNITS_MIN: Final = (("day", 24 * 60), ("hour", 60))


@dataclass(frozen=True, kw_only=True)
class Handover:
    """How far the hand-over of one password has come."""

    status: Status
    expires: datetime | None = None
    """When the last token ends or ended by itself, in UTC."""
    delivered: datetime | None = None
    """When the password was shown on a screen instead."""


def ttl_s(text: str) -> int:
    """Read a span such as ``30m``, ``24h`` or ``3d``, in seconds.

    Raises:
        ValueError: It is none, or too short or too long; the text says what to write.
    """
    found = _TTL.fullmatch(text)
    if found is None:
        raise ValueError(f"{text!r} is no span of time; write minutes, hours or days: 30m, 24h, 3d")
    seconds = int(found[1]) * _UNIT_S[found[2]]
    if not SHORTEST_TTL_S <= seconds <= LONGEST_TTL_S:
        raise ValueError(f"{text} is not between 1m and 7d; a token that is open for longer is a password on paper")
    return seconds


def notes_of(*, accessor: str, expires: datetime) -> dict[str, str]:
    """Write down the token that was made."""
    return {ACCESSOR_NOTE: accessor, EXPIRES_NOTE: expires.astimezone(UTC).isoformat(timespec="seconds")}


def without_notes(custom: Mapping[str, str]) -> dict[str, str]:
    """Give the notes beside a secret without those of a hand-over."""
    return {name: value for name, value in custom.items() if name not in NOTES}


def handover_of(custom: Mapping[str, str], *, is_open: bool, now: datetime) -> Handover:
    """Say how far it has come.

    Args:
        custom: The notes beside the secret.
        is_open: Whether Vault still has the token whose accessor is noted.
        now: In UTC. Later than the token's end a token that was used and one that was not look the same.
    """
    expires = _moment(custom.get(EXPIRES_NOTE))
    delivered = _moment(custom.get(DELIVERED_NOTE))
    if delivered is not None:
        return Handover(status="used", expires=expires, delivered=delivered)
    if ACCESSOR_NOTE not in custom:
        return Handover(status="never")
    if is_open:
        return Handover(status="open", expires=expires)
    return Handover(status="used" if expires is not None and now < expires else "expired", expires=expires)


def in_plain_words(moment: datetime, *, now: datetime) -> str:
    """Write a time: ``Monday 23 November 2026, 14:05 UTC (in 24 hours)``."""
    when = moment.astimezone(UTC)
    span = in_words(abs(when - now))
    return f"{when:%A} {when.day} {when:%B %Y, %H:%M} UTC ({f'in {span}' if when >= now else f'{span} ago'})"


def in_words(span: timedelta) -> str:
    """Write a span of time in its biggest fitting unit, rounded: ``24 hours``, ``3 days``, ``1 minute``."""
    minutes = round(span.total_seconds() / 60)
    if minutes < 1:
        return "less than a minute"
    # From two of a unit on: 24 hours say more than a day, and 90 minutes more than two hours.
    unit, size = next(((unit, size) for unit, size in _UNITS_MIN if minutes >= 2 * size), ("minute", 1))
    count = round(minutes / size)
    return f"{count} {unit}{'' if count == 1 else 's'}"


def _moment(text: str | None) -> datetime | None:
    try:
        return datetime.fromisoformat(text).astimezone(UTC) if text else None
    except ValueError:
        return None  # a note that somebody wrote by hand
