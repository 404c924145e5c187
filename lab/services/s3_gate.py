"""What stands before the bucket's server: hands requests on, but for those that a create-only bucket refuses.

Its arguments: address, port, the port of the server inside, the folder with the objects, and a file that makes the
bucket full while it is there. Answers are S3's (its "Error Responses"): 403 AccessDenied, and 403
QuotaExceeded, which is what Oracle says of a tenancy that has used its storage up.
"""

import http.client
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from typing_extensions import override

_CHUNK_BYTES: Final = 64 * 1024
_PATIENCE_S: Final = 600
_OF_ONE_HOP: Final = frozenset({"connection", "transfer-encoding", "keep-alive"})


class Gate(BaseHTTPRequestHandler):
    """One connection of a client."""

    protocol_version = "HTTP/1.1"
    inside: tuple[str, int] = ("", 0)
    buckets = Path()
    full = Path()

    def _met(self) -> None:
        refusal = self._refusal()
        if refusal:
            self._refuse(refusal)
        else:
            self._hand_on()

    # The names are http.server's.
    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = _met  # noqa: N815

    def _refusal(self) -> str:
        """Say S3's word for why a request is refused; empty for one that is not."""
        address = urlsplit(self.path)
        parts = "uploadId=" in address.query
        if self.command == "DELETE":
            return "" if parts else "AccessDenied"  # giving an upload up deletes no object
        if self.command not in {"PUT", "POST"}:
            return ""
        if self.full.exists():
            return "QuotaExceeded"
        is_there = (self.buckets / unquote(address.path).lstrip("/")).is_file()
        return "AccessDenied" if is_there and not parts else ""

    def _refuse(self, code: str) -> None:
        body = f"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code></Error>".encode()
        self.close_connection = True  # what it was about to send is not read
        self.send_response(403)
        self.send_header("Content-Type", "application/xml")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def _hand_on(self) -> None:
        connection = http.client.HTTPConnection(*self.inside, timeout=_PATIENCE_S)
        try:
            # The host's name is part of the signature, so it stays what the client wrote.
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():
                if name.lower() not in _OF_ONE_HOP:
                    connection.putheader(name, value)
            connection.endheaders()
            left = int(self.headers.get("Content-Length") or 0)
            while left > 0 and (chunk := self.rfile.read(min(left, _CHUNK_BYTES))):
                connection.send(chunk)
                left -= len(chunk)
            self._answer(connection.getresponse())
        finally:
            connection.close()

    def _answer(self, response: http.client.HTTPResponse) -> None:
        length = response.getheader("Content-Length")
        body = b""
        if length is None:
            body = response.read()
            length = str(len(body))
        self.send_response_only(response.status, response.reason)
        for name, value in response.getheaders():
            if name.lower() not in _OF_ONE_HOP | {"content-length"}:
                self.send_header(name, value)
        self.send_header("Content-Length", length)
        self.end_headers()
        if self.command == "HEAD":
            return
        self.wfile.write(body)
        while chunk := response.read(_CHUNK_BYTES):
            self.wfile.write(chunk)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write the request and its answer; there is no secret in either."""
        sys.stderr.write(f"{format % args}\n")


def main(address: str, port: str, inside_port: str, buckets: str, full: str) -> None:
    """Serve until the process is ended."""
    Gate.inside, Gate.buckets, Gate.full = (address, int(inside_port)), Path(buckets), Path(full)
    ThreadingHTTPServer((address, int(port)), Gate).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
