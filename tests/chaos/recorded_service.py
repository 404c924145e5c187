"""The in-memory API as the player of recorded exchanges wants it: empty at will, with the set-ups it asks for."""

import json
import re
from typing import Any

from tests.chaos.exchange import Request
from tests.chaos.mailcow.server import Server
from tests.chaos.mailcow.tables import ApiKey, Tables
from tests.lab.mailcow.api.service import HOSTNAME, LOCAL, READ_ONLY_KEY, READ_WRITE_KEY, Answer

_SET = re.compile(r"(\w+) = (?:'([^']*)'|(\d+)|REPEAT\('(\w)', (\d+)\))")
_DIES = {"half_delete": "half_deleted"}


class RecordedService:
    """Answers like ``ApiService`` of the lab's tests, from memory."""

    def __init__(self) -> None:
        self.empty()
        self._dies: dict[str, str] = {}

    def empty(self) -> None:
        """Begin again as a fresh installation with the keys of the test."""
        self.tables = Tables(hostname=HOSTNAME, now=lambda: "2026-11-22 13:50:00")
        self.tables.keys = [ApiKey(READ_WRITE_KEY, "rw", LOCAL), ApiKey(READ_ONLY_KEY, "ro", LOCAL)]
        self._server = Server(self.tables)

    def request(
        self,
        method: str,
        path: str,
        *,
        headers: dict[str, str] | None = None,
        body: bytes | None = None,
        caller: str = LOCAL,
        timeout_s: float = 60,
    ) -> Answer:
        """Send one request; nginx in front takes the caller's word only when a private address speaks."""
        lower = {name.lower(): value for name, value in (headers or {}).items()}
        request = Request(method=method, target=path, headers=lower, body=body or b"", caller=caller)
        response = self._server.answer(request, dies=self._dies.pop(request.route, ""))
        sent = {"Content-Type": response.content_type, **response.headers}
        content = b"" if method == "HEAD" else response.body
        return Answer(response.status, {name.lower(): value for name, value in sent.items()}, content)

    def get(self, route: str, *, key: str = READ_WRITE_KEY) -> Any:
        """Read with a key."""
        return self.request("GET", f"/api/v1/{route}", headers={"X-API-Key": key}).json()

    def post(self, route: str, body: Any, *, key: str = READ_WRITE_KEY, timeout_s: float = 60) -> Any:
        """Write with a key."""
        headers = {"X-API-Key": key, "Content-Type": "application/json"}
        return self.request("POST", f"/api/v1/{route}", headers=headers, body=json.dumps(body).encode()).json()

    def sql(self, statement: str) -> None:
        """Change the keys as the recording did by hand; nothing else is understood."""
        assert statement.startswith("UPDATE api SET "), statement
        what, _, which = statement.partition(" WHERE ")
        for name, quoted, number, repeated, times in _SET.findall(what):
            value: Any = repeated * int(times) if repeated else quoted or number
            for key in self.tables.keys:
                if not which or f"'{key.access}'" in which:
                    is_flag = name in {"skip_ip_check", "active"}
                    setattr(key, "key" if name == "api_key" else str(name), value == "1" if is_flag else value)

    def redis(self, arguments: list[str]) -> str:
        """Plan a fault for the next call of a route."""
        _, name, text = arguments
        self._dies[name.removeprefix("LAB_FAULTS:")] = _DIES[json.loads(text)["mode"]]
        return ""
