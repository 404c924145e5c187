"""What calls of mailcow's API cost, as recorded on a real one; and the in-memory mailcow with these costs."""

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final

from tests.chaos.campaign.stack import API_KEY, HOSTNAME
from tests.chaos.exchange import Request, Response
from tests.chaos.mailcow.server import Server
from tests.chaos.mailcow.tables import ApiKey, Tables

COST_S: Final[Mapping[str, float]] = {
    "POST add/mailbox": 0.065,
    "POST add/alias": 0.021,
    "POST add/domain": 0.006,
    "POST add/dkim": 0.150,
    "POST edit/mailbox": 0.020,
    "GET get/mailbox": 0.009,
    "GET get/domain": 0.013,
}
"""Medians at 1,000 mailboxes, in seconds (timings of a real mailcow 2026-07a on two cores)."""
LEAST_S: Final = 0.004
"""What any call costs that has a key."""


class CostlyMailcow:
    """The in-memory mailcow, whose answers take as long as a real one's."""

    def __init__(self) -> None:
        """Begin empty."""
        now = lambda: datetime.now(tz=UTC).strftime("%Y-%m-%d %H:%M:%S")  # noqa: E731 — a name for a short word
        self.tables = Tables(hostname=HOSTNAME, now=now)
        self.tables.keys = [ApiKey(API_KEY, "rw")]
        self.exchanges = 0
        self._server = Server(self.tables)

    def answer(self, request: Request) -> Response:
        """Answer one request; the time goes by without any lock held, as on a server with cores of its own."""
        self.exchanges += 1
        time.sleep(COST_S.get(f"{request.method} {request.route}", LEAST_S))
        return self._server.answer(request)
