"""A clock that only goes on when somebody waits or something is done."""

from datetime import UTC, date, datetime
from typing import Final

START: Final = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


class Clock:
    """The time of one world."""

    def __init__(self) -> None:
        self._s = START.timestamp()

    def monotonic(self) -> float:
        """Give the time in seconds."""
        return self._s

    def advance(self, seconds: float) -> None:
        """Let time pass."""
        self._s += seconds

    def today(self) -> date:
        """Give the date in UTC."""
        return self._moment().date()

    def database_text(self) -> str:
        """Give the time as MariaDB does, without offset."""
        return self._moment().strftime("%Y-%m-%d %H:%M:%S")

    def rfc3339(self) -> str:
        """Give the time as Vault does, to the nanosecond."""
        return self._moment().strftime("%Y-%m-%dT%H:%M:%S.%f000Z")

    def _moment(self) -> datetime:
        return datetime.fromtimestamp(self._s, tz=UTC)
