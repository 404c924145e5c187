"""What Oracle's Email Delivery lets an account send, as far as its limits tell."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from core.preflight import Finding

SERVICE: Final = "email-delivery"
"""Its name among Oracle's limits."""
_ENDPOINT: Final = re.compile(r"smtp\.email\.([a-z0-9-]+)\.oci\.oraclecloud\.com", re.IGNORECASE)
_A_DAY: Final = "max-emails-day"
_A_MINUTE: Final = "sendrate"
_SIZE: Final = "max-message-size"
_ALWAYS: Final = (
    "only approved senders, so what is forwarded for others is refused; not meant for personal correspondence"
)


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """The limits of an account, or why they could not be read."""

    limits: Mapping[str, int] = field(default_factory=dict[str, int])
    """By Oracle's names, such as ``max-emails-day``, ``sendrate`` (a minute) and ``max-message-size`` (bytes)."""
    trouble: str = ""


def oracle_region(relay: str) -> str:
    """Read the region out of the name of an Email Delivery endpoint; empty for any other relay."""
    match = _ENDPOINT.fullmatch(relay)
    return match[1].lower() if match else ""


def allowance_findings(relay: str, allowance: Allowance) -> Iterator[Finding]:
    """Say what Oracle's Email Delivery allows, where that is the relay; its pages disagree, so nothing is assumed."""
    region = oracle_region(relay)
    if not region:
        return
    if _A_DAY not in allowance.limits:
        why = allowance.trouble or f"Oracle names no limit {_A_DAY}"
        yield Finding(
            name="allowance",
            about=relay,
            verdict="note",
            found=f"your account's could not be read ({why}). Its Free Tier page says 3,000 mails a month; accounts"
            f" that were looked at had 0 or 100 a day and 10 a minute, 2 MB a mail, coding included; {_ALWAYS}"
            " (read 2026-09)",
            to_do=f"read it: oci limits value list --service-name {SERVICE} --compartment-id TENANCY --region {region}",
        )
        return
    a_day = allowance.limits[_A_DAY]
    if a_day <= 0:
        yield Finding(
            name="allowance",
            about=relay,
            verdict="to do",
            found=f"your account may send no mail by it: its limit {_A_DAY} is {a_day}",
            to_do="ask Oracle for more (paid accounts can), or take another relay (docs/how-to/outbound.md)",
        )
        return
    told = [f"{a_day:,} mails a day", *_further(allowance.limits)]
    yield Finding(
        name="allowance",
        about=relay,
        verdict="note",
        found=f"your account may send {', '.join(told)} (read just now); {_ALWAYS}",
    )


def _further(limits: Mapping[str, int]) -> Iterator[str]:
    if _A_MINUTE in limits:
        yield f"{limits[_A_MINUTE]:,} a minute"
    if _SIZE in limits:
        yield f"{limits[_SIZE] / 1_000_000:.1f} MB a mail, coding included"
