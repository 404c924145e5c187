"""HTTP on port 9002, behind nginx: raw paths in, mailcow's headers out."""

import json
import socket
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol

MAX_BODY_BYTES = 64 * 1024 * 1024
CUT_STATUS = 599


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came over the wire; `target` is the raw path with its query."""

    method: str
    target: str
    headers: Any
    body: bytes
    peer: str


@dataclass
class Response:
    """One answer; `cut` closes the connection instead of sending it."""

    status: int
    body: bytes = b""
    content_type: str = "application/json"
    headers: list[tuple[str, str]] = field(default_factory=list)
    cut: bool = False


class Application(Protocol):
    """What answers requests."""

    def __call__(self, request: Request) -> Response: ...


def json_response(status: int, value: Any) -> Response:
    """Build an answer with a JSON body."""
    return Response(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())


def nginx_page(status: int, title: str) -> Response:
    """Build one of nginx's own error pages."""
    text = (
        f"<html>\r\n<head><title>{status} {title}</title></head>\r\n<body>\r\n"
        f"<center><h1>{status} {title}</h1></center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    )
    return Response(status, text.encode(), "text/html")


def preparing_page() -> Response:
    """Build the page that nginx serves while php-fpm does not answer."""
    text = '<!DOCTYPE html>\n<html lang="en"><head><title>Preparing</title></head><body></body></html>\n'
    return Response(502, text.encode(), "text/html; charset=utf-8")


def serve(application: Application, port: int) -> None:
    """Answer until the process ends."""

    class Handler(BaseHTTPRequestHandler):
        """Hands every method to the application."""

        protocol_version = "HTTP/1.1"
        server_version = "mailcow-lab"
        disable_nagle_algorithm = True

        def handle_any(self) -> None:
            """Read one request, answer it."""
            length = min(int(self.headers.get("Content-Length") or 0), MAX_BODY_BYTES)
            body = self.rfile.read(length) if length else b""
            request = Request(self.command, self.path, self.headers, body, self.client_address[0])
            self.send(application(request))

        def send(self, response: Response) -> None:
            """Write the answer, or cut the connection."""
            if response.cut and "X-Real-IP" not in self.headers:
                self.close_connection = True
                self.connection.shutdown(socket.SHUT_RDWR)
                return
            if response.cut:
                # Behind nginx it is nginx that has to cut: it does so at this status.
                response = Response(CUT_STATUS)
            self.send_response_only(response.status)
            if response.content_type:
                self.send_header("Content-Type", response.content_type)
            for name, value in response.headers:
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(response.body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(response.body)

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — the base class names it so
            """Keep quiet: calls are logged in Redis as mailcow does."""

        do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = do_OPTIONS = do_PATCH = handle_any  # noqa: N815 — names the base class looks for

    class Server(ThreadingHTTPServer):
        """Takes a hundred callers at once, as php-fpm's pool and its backlog do."""

        daemon_threads = True
        request_queue_size = 511

    Server(("0.0.0.0", port), Handler).serve_forever()
