"""Questions to mailcow's API, and what is remembered of each answer."""

import http.client
import json
import time
from typing import Any

_TIMEOUT_S = 20
_GOOD = 200


class Api:
    """mailcow's API as one request for metrics uses it."""

    def __init__(self, scheme: str, host: str, key: str) -> None:
        """Take where it is, and the read-only key."""
        self.host = host
        self._connection = http.client.HTTPSConnection if scheme == "https" else http.client.HTTPConnection
        self._key = key
        self.answers: dict[str, tuple[int, float, int]] = {}
        """For each endpoint that answered: status, milliseconds, bytes."""
        self.succeeded: dict[str, bool] = {}

    def get(self, endpoint: str) -> Any:
        """Ask one endpoint.

        Raises:
            OSError: it does not answer, or refuses.
            ValueError: what it answers is no JSON.
        """
        self.succeeded[endpoint] = False
        start = time.monotonic()
        connection = self._connection(self.host, timeout=_TIMEOUT_S)
        try:
            connection.request("GET", f"/{endpoint}", headers={"X-Api-Key": self._key})
            answer = connection.getresponse()
            body = answer.read()
        except http.client.HTTPException as broken:
            raise OSError(str(broken)) from broken
        finally:
            connection.close()
        self.answers[endpoint] = (answer.status, 1000 * (time.monotonic() - start), len(body))
        if answer.status != _GOOD:
            raise OSError(f"received {answer.status} from {endpoint}")
        found = json.loads(body)
        self.succeeded[endpoint] = True
        return found
