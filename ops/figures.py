"""Numbers, sizes, times and enumerations as people read them."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

_UNITS: Final = ("B", "KiB", "MiB", "GiB", "TiB")
_STEP: Final = 1024
_WITHOUT_DECIMALS: Final = 10
"""From this many on a fraction says nothing."""
_MINUTE_S: Final = 60
_MOST_NAMED: Final = 10


def size(number_of_bytes: int) -> str:
    """Write a size: ``0 B``, ``812 KiB``, ``1.2 GiB``."""
    amount, unit = float(number_of_bytes), 0
    while amount >= _STEP and unit < len(_UNITS) - 1:
        amount, unit = amount / _STEP, unit + 1
    digits = 1 if unit > 0 and amount < _WITHOUT_DECIMALS else 0
    return f"{amount:.{digits}f} {_UNITS[unit]}"


def count(number: int, one: str, many: str = "") -> str:
    """Write how many there are: ``1 message``, ``3,402 messages``."""
    return f"{number:,} {one if number == 1 else many or f'{one}s'}"


def day(epoch_s: int) -> str:
    """Write the day (UTC) of a time in seconds since 1970; ``never`` for none."""
    return datetime.fromtimestamp(epoch_s, tz=UTC).date().isoformat() if epoch_s else "never"


def span(seconds: float) -> str:
    """Write how long something takes: ``12 s``, ``3 min 20 s``."""
    whole = round(seconds)
    if whole < _MINUTE_S:
        return f"{whole} s"
    return f"{whole // _MINUTE_S} min {whole % _MINUTE_S} s"


def listing(items: Sequence[str]) -> str:
    """Enumerate: ``a``, ``a and b``, ``a, b and c``; of many, the first and how many more."""
    if len(items) > _MOST_NAMED:
        return f"{', '.join(items[:_MOST_NAMED])} and {len(items) - _MOST_NAMED:,} more"
    *most, last = items or [""]
    return f"{', '.join(most)} and {last}" if most else last
