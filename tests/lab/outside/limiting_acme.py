"""A certificate authority that has had enough: it knows everybody, and takes no more orders (RFC 8555, 6.6)."""

import errno
import json
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lab.services import acme
from lab.world import World

DETAIL = "too many certificates (50) already issued for example.com, retry after 2026-11-25 10:00:00 UTC"
_TAKEN_BACK_S = 10


class _Authority(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        base = f"https://{self.headers['Host']}"
        if self.path == "/dir":
            self._answer(200, {key: f"{base}/{key}" for key in ("newNonce", "newAccount", "newOrder")})
        else:
            self._answer(200, {})

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/newAccount":
            self._answer(201, {"status": "valid"}, Location=f"https://{self.headers['Host']}/account/1")
        else:
            self._answer(429, {"type": "urn:ietf:params:acme:error:rateLimited", "detail": DETAIL, "status": 429})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — its base's name
        pass

    def _answer(self, status: int, body: object, **headers: str) -> None:
        text = json.dumps(body).encode()
        self.send_response(status)
        for name, value in {"Replay-Nonce": "bm9uY2U", "Content-Length": str(len(text)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(text)


def _server(world: World) -> ThreadingHTTPServer:
    """Listen where the authority did, whose port the kernel may need a moment to take back."""
    until = time.monotonic() + _TAKEN_BACK_S
    while True:
        try:
            return ThreadingHTTPServer((world.gateway, acme.PORT), _Authority)
        except OSError as problem:
            if problem.errno != errno.EADDRINUSE or time.monotonic() > until:
                raise
            time.sleep(0.2)


@contextmanager
def limiting(world: World) -> Generator[None]:
    """Serve in the place of the world's authority, which must not run."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*acme.tls_files(world))
    with _server(world) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield
        server.shutdown()
