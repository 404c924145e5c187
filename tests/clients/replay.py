"""A transport for requests that answers with recorded exchanges of a real mailcow, or with answers made up here."""

import io
import json
from collections import deque
from dataclasses import dataclass
from email.message import Message
from http.client import HTTPMessage
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from mailcow.api import MailcowApi
from mailcow.transport import bare_session

_RECORDED = Path(__file__).parent.parent / "data" / "mailcow-api"
COOKIE = "MCSESSID=0123456789abcdef0123456789abcdef; path=/; HttpOnly; SameSite=Lax"


@dataclass(frozen=True)
class Exchange:
    """One answer, and the request it is for."""

    method: str
    path: str
    """As on the wire, without ``/api/v1/``."""
    body: Any = None
    """JSON to answer with; or text, which is sent as it is."""
    status: int = 200


class Replay(HTTPAdapter):
    """Gives each route its answers in order, and the last one again and again; keeps what was sent."""

    def __init__(self, *exchanges: Exchange | Exception) -> None:
        super().__init__()
        self.requests: list[tuple[str, str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self._failures = deque(exchange for exchange in exchanges if isinstance(exchange, Exception))
        self._answers: dict[tuple[str, str], deque[Exchange]] = {}
        for exchange in exchanges:
            if isinstance(exchange, Exchange):
                self._answers.setdefault((exchange.method, exchange.path), deque()).append(exchange)

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer one request; exceptions come before all answers."""
        path = urlsplit(request.url or "").path.removeprefix("/api/v1/")
        body = json.loads(request.body) if request.body else None
        self.requests.append((str(request.method), path, body))
        self.headers.append(dict(request.headers))
        if self._failures:
            raise self._failures.popleft()
        answers = self._answers.get((str(request.method), path))
        assert answers, f"no exchange for {request.method} {path}"
        answer = answers.popleft() if len(answers) > 1 else answers[0]
        text = answer.body if isinstance(answer.body, str) else json.dumps(answer.body)
        return self.build_response(request, _raw(answer.status, text))

    def sent(self, path: str) -> list[Any]:
        """Return the bodies that were sent to one route."""
        return [body for _, route, body in self.requests if route == path]


def recorded(file: str, *names: str) -> list[Exchange]:
    """Pick exchanges of a transcript by name, in the order given."""
    transcript = json.loads((_RECORDED / file).read_text())
    found = {exchange["name"]: exchange for exchange in transcript["exchanges"]}
    picked: list[Exchange] = []
    for name in names:
        request, response = found[name]["request"], found[name]["response"]
        body = response["raw_body"] if "raw_body" in response else response["body"]
        path = request["path"].removeprefix("/api/v1/")
        picked.append(Exchange(request["method"], path, body, response["status"]))
    return picked


def mailcow(*exchanges: Exchange | Exception, patience_s: float = 0) -> tuple[MailcowApi, Replay]:
    """Return a client over the exchanges, and what it will have sent."""
    replay = Replay(*exchanges)
    session = bare_session()
    session.mount("https://", replay)
    api = MailcowApi(session, hostname="mail.a.example", key=lambda: "THE-API-KEY", patience_s=patience_s)
    return api, replay


def _raw(status: int, text: str) -> urllib3.HTTPResponse:
    headers = {"Content-Type": "text/html" if text.startswith("<") else "application/json", "Set-Cookie": COOKIE}
    message: Message = HTTPMessage()
    for name, value in headers.items():
        message[name] = value
    # requests takes cookies from where http.client leaves them.
    original: Any = SimpleNamespace(msg=message, isclosed=lambda: True)
    return urllib3.HTTPResponse(
        body=io.BytesIO(text.encode()),
        headers=headers,
        status=status,
        preload_content=False,
        original_response=original,
    )
