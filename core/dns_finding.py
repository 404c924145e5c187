"""What a check of DNS finds: record by record, with what is wrong about it and what to do."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from core.dns import DnsRecord

Weight = Literal["weak", "unknown", "wrong", "missing"]
Verdict = Literal["right", "weak", "unknown", "wrong", "missing"]
"""``weak`` works and could be better; ``unknown`` could not be asked."""

_ORDER: Final[tuple[Verdict, ...]] = ("right", "weak", "unknown", "wrong", "missing")


@dataclass(frozen=True, kw_only=True)
class Flaw:
    """One thing that is wrong about a record."""

    fault: str
    """Which, for machines: ``spf-several``, ``mx-to-cname`` …"""
    message: str
    """What is wrong, in plain words."""
    to_do: str
    """What to do about it."""
    weight: Weight = "wrong"
    grave: bool = False
    """Whether it does harm even where the record itself is only recommended."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """How one record stands."""

    name: str
    type: str
    """As the record's; ``NS`` for the zone's servers, ``TLS`` for a certificate, ``HTTPS`` for a policy file."""
    domain: str
    required: bool
    expected: str
    found: tuple[str, ...] = ()
    flaws: tuple[Flaw, ...] = ()

    @property
    def verdict(self) -> Verdict:
        """The worst that any of its flaws says."""
        return _ORDER[max((_ORDER.index(flaw.weight) for flaw in self.flaws), default=0)]


def finding(record: DnsRecord, found: Sequence[str], flaws: Iterable[Flaw]) -> Finding:
    """Say how a record stands, its worst flaw first."""
    in_order = sorted(flaws, key=lambda flaw: -_ORDER.index(flaw.weight))
    return Finding(
        name=record.name,
        type=record.type,
        domain=record.domain,
        required=record.required or any(flaw.grave for flaw in in_order),
        expected=record.value,
        found=tuple(found),
        flaws=tuple(in_order),
    )


def failing(findings: Iterable[Finding]) -> list[Finding]:
    """Pick what mail does not work without, and is wrong or missing."""
    return [one for one in findings if one.required and one.verdict in {"wrong", "missing"}]


def unasked(findings: Iterable[Finding]) -> list[Finding]:
    """Pick what mail does not work without, and could not be asked."""
    return [one for one in findings if one.required and one.verdict == "unknown"]
