"""Whether a plan stays within what Oracle gives away: the plan beside the allowance, before anything is made."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.backup_settings import AT_ORACLE
from core.errors import InputError, Problem
from core.free_tier_facts import (
    A1_MEMORY,
    A1_OCPUS,
    A1_SHAPE,
    DNS,
    INTERNET_GATEWAYS,
    LIMITS,
    MICRO_INSTANCES,
    MICRO_SHAPE,
    OBJECT_STORAGE,
    RESERVED_IPS,
    SMALLEST_VOLUME,
    STORAGE,
    VCNS,
    Limit,
)
from core.host_choice import EXISTING
from core.monitoring_settings import OPS_HOST
from core.settings import DNS_AT_ORACLE, Settings

_YEAR_DAYS: Final = 365


@dataclass(frozen=True, kw_only=True)
class BudgetRow:
    """One line of the plan beside the allowance."""

    what: str
    planned: int
    allowed: int
    unit: str
    """``OCPU``, ``GB``, or empty when things are counted."""
    keys: tuple[str, ...]
    """Config keys that decide it."""

    @property
    def ok(self) -> bool:
        """Whether the plan stays within the allowance."""
        return self.planned <= self.allowed


def budget(settings: Settings) -> tuple[BudgetRow, ...]:
    """Put the plan beside the allowance, one row for each thing that Oracle counts; none for a server elsewhere."""
    if settings.host == EXISTING:
        return ()
    count, shape = settings.instance_count, settings.instance_shape
    on_a1 = count if shape == A1_SHAPE else 0
    on_micro = count if shape == MICRO_SHAPE else 0
    disks = settings.boot_volume_size_gib + sum(settings.block_volume_sizes)
    per_host = ("instance_count",) if count > 1 else ()
    watching = 1 if settings.monitoring == OPS_HOST else 0
    watches = ("monitoring",) if watching else ()
    rows = (
        _row(A1_OCPUS, on_a1 * settings.instance_ocpus, ("instance_ocpus", *per_host)),
        _row(A1_MEMORY, on_a1 * settings.instance_memory_gib, ("instance_memory_gib", *per_host)),
        _row(MICRO_INSTANCES, on_micro + watching, (*per_host, *watches)),
        _row(
            STORAGE,
            count * disks + watching * SMALLEST_VOLUME.amount,
            ("block_volume_sizes", "boot_volume_size_gib", *per_host, *watches),
        ),
        _row(RESERVED_IPS, count, per_host),
        _row(VCNS, 1, ()),
        _row(INTERNET_GATEWAYS, 1, ()),
    )
    if settings.dns == DNS_AT_ORACLE:
        rows = (*rows, _row(DNS, 1, ("dns",)))
    if settings.offsite == AT_ORACLE:
        # Copies of a year come to lie there; how big they are, the mail decides.
        rows = (*rows, _row(OBJECT_STORAGE, 0, ("offsite",)))
    if on_a1 or on_micro:
        return rows
    paid = BudgetRow(what=f"{shape} instances", planned=count, allowed=0, unit="", keys=("instance_shape",))
    return (paid, *rows)


def _row(limit: Limit, planned: int, keys: tuple[str, ...]) -> BudgetRow:
    return BudgetRow(what=limit.what, planned=planned, allowed=limit.amount, unit=limit.unit, keys=keys)


def check_free_tier(settings: Settings, *, stack_file: str = "stack config") -> None:
    """Refuse a plan beyond the allowance, unless ``allow_paid`` is set.

    Args:
        settings: The stack's configuration.
        stack_file: Where it comes from, for problems.

    Raises:
        InputError: Every row that is exceeded, each with what to lower.
    """
    exceeded = [row for row in budget(settings) if not row.ok]
    if exceeded and not settings.allow_paid:
        raise InputError([Problem(stack_file, None, _refusal(row)) for row in exceeded])


def _refusal(row: BudgetRow) -> str:
    unit = f" {row.unit}" if row.unit else ""
    keys = " or ".join(row.keys)
    return (
        f"{row.what} {row.planned}{unit} is beyond the {row.allowed}{unit} that Oracle gives away;"
        f" change {keys}, or write mailstead:allow_paid: true to pay for it"
    )


def budget_table(rows: Iterable[BudgetRow]) -> str:
    """Render the plan beside the allowance as plain text, one row a line under a line of headings."""
    cells = [("what", "planned", "free", "unit", "")]
    cells += [(r.what, str(r.planned), str(r.allowed), r.unit, "ok" if r.ok else "beyond") for r in rows]
    widths = [max(len(line[column]) for line in cells) for column in range(5)]
    return "\n".join(
        f"{what:<{widths[0]}}  {planned:>{widths[1]}}  {free:>{widths[2]}}  {unit:<{widths[3]}}  {verdict}".rstrip()
        for what, planned, free, unit, verdict in cells
    )


def facts_age_days(today: date) -> int:
    """Say how many days ago the oldest of the figures was checked."""
    return max((today - limit.checked).days for limit in LIMITS)


def stale_facts_warning(today: date) -> str | None:
    """Say which figures were checked more than a year ago, or None when all are fresh."""
    stale = [limit for limit in LIMITS if (today - limit.checked).days > _YEAR_DAYS]
    if not stale:
        return None
    listed = ", ".join(f"{limit.what} ({limit.checked.isoformat()})" for limit in stale)
    return f"figures in core/free_tier_facts.py are older than a year: {listed}; check their sources and date them anew"
