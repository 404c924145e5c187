"""One exchange of HTTP: as values, as a transport for requests without any socket, and served on a real one."""

import contextlib
import io
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import Message
from http.client import HTTPMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter


@dataclass(frozen=True, kw_only=True)
class Request:
    """One request as it came over the wire; header names in lower case."""

    method: str
    target: str
    """Path and query, still escaped."""
    headers: Mapping[str, str]
    body: bytes
    caller: str = "127.0.0.1"

    @property
    def route(self) -> str:
        """``add/mailbox``: action and category."""
        return "/".join(self.target.partition("?")[0].removeprefix("/api/v1/").split("/")[:2])


@dataclass
class Response:
    """One answer."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict[str, str])


Exchange = Callable[[Request], Response]
"""What answers; raises what requests would raise of a network that does not answer."""


class InMemory(HTTPAdapter):
    """Hands what would go over the network to a function; what that raises, the network raises."""

    def __init__(self, exchange: Exchange) -> None:
        super().__init__()
        self._exchange = exchange

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        """Answer one request."""
        parts = urlsplit(request.url or "")
        body = request.body or b""
        answer = self._exchange(
            Request(
                method=str(request.method),
                target=f"{parts.path}?{parts.query}" if parts.query else parts.path,
                headers={name.lower(): str(value) for name, value in request.headers.items()},
                body=body.encode() if isinstance(body, str) else bytes(body),
            )
        )
        return self.build_response(request, _raw(answer))


def _raw(answer: Response) -> urllib3.HTTPResponse:
    headers = {"Content-Type": answer.content_type, **answer.headers}
    message: Message = HTTPMessage()
    for name, value in headers.items():
        message[name] = value
    # requests takes cookies from where http.client leaves them.
    original: Any = SimpleNamespace(msg=message, isclosed=lambda: True)
    return urllib3.HTTPResponse(
        body=io.BytesIO(answer.body),
        headers=headers,
        status=answer.status,
        preload_content=False,
        original_response=original,
    )


@contextmanager
def served(exchange: Exchange, *, tls: ssl.SSLContext | None = None) -> Iterator[int]:
    """Serve on a port of the loopback, which is given; each request has a thread of its own."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            request = Request(
                method=self.command,
                target=self.path,
                headers={name.lower(): value for name, value in self.headers.items()},
                body=self.rfile.read(length) if length else b"",
                caller=str(self.client_address[0]),
            )
            try:
                answer = exchange(request)
            except requests.exceptions.RequestException:
                self._cut()
                return
            self.send_response_only(answer.status)
            for name, value in {"Content-Type": answer.content_type, **answer.headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def _cut(self) -> None:
            """Close the connection without the closing words of TLS, as a process that dies does."""
            self.close_connection = True
            with contextlib.suppress(OSError):
                socket.socket.shutdown(self.connection, socket.SHUT_RDWR)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class names it so
            pass

        do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_LIST = handle_any  # noqa: N815 — names the base class looks for

    server = _Quiet(("127.0.0.1", 0), Handler)
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield int(server.server_address[1])
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Quiet(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of callers who went away: engines are killed here."""
