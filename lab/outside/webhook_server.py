"""The program behind Slack and the dead-man service: an HTTP server that keeps what is posted to it, line by line.

Usage: webhook_server.py ADDRESS PORT FILE
"""

import json
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

_writing = threading.Lock()


def handler(file: Path) -> type[BaseHTTPRequestHandler]:
    """Make what appends each post to a file, as one JSON object a line."""

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode(errors="replace")
            line = json.dumps({"at": time.time(), "path": self.path, "from": self.client_address[0], "body": body})
            with _writing, file.open("a", encoding="utf-8") as kept:
                kept.write(line + "\n")
            answer = b"ok"  # Slack's word
            self.send_response(200)
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

    return Keeping


def main() -> None:
    """Serve until somebody ends it."""
    address, port, file = sys.argv[1:]
    ThreadingHTTPServer((address, int(port)), handler(Path(file))).serve_forever()


if __name__ == "__main__":
    main()
