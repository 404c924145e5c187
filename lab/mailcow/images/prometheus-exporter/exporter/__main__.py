"""Answer /metrics at MAILCOW_EXPORTER_LISTEN to whoever says the token."""

import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from exporter.asking import Api
from exporter.metrics import collected


def main() -> None:
    """Start as the real one does: it says all its settings aloud, secrets included."""
    settings = {
        name: os.environ.get(f"MAILCOW_EXPORTER_{name}", usual)
        for name, usual in {
            "HOST": "",
            "API_KEY": "",
            "SCHEME": "https",
            "LISTEN": ":9099",
            "SECURITY_TOKEN": "",
            "ACTIVE_PROVIDERS": "Mailq,Mailbox,Quarantine,Container,Rspamd,Domain,ApiMeta",
        }.items()
    }
    for name in ("HOST", "API_KEY", "SECURITY_TOKEN"):
        if not settings[name]:
            sys.exit(f"Configuration validation errors:\n\t{name.lower()}: required")
    for name, value in settings.items():
        print(f"\t{name.lower()}:\t{value!r}", file=sys.stderr, flush=True)
    address, _, port = settings["LISTEN"].rpartition(":")
    server = ThreadingHTTPServer((address, int(port)), handler(settings))
    server.serve_forever()


def handler(settings: dict[str, str]) -> type[BaseHTTPRequestHandler]:
    """Make what answers with these settings."""

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = urlsplit(self.path)
            if asked.path != "/metrics":
                self.answer(404, "404 page not found\n")
                return
            token = parse_qs(asked.query).get("token", [""])[0]
            header = self.headers.get("Authorization", "")
            token = token or (header.removeprefix("Bearer ") if header.startswith("Bearer ") else "")
            if not token:
                self.answer(401, "No token provided\n")
            elif token != settings["SECURITY_TOKEN"]:
                # The real one writes the right token into its log here.
                print(f"The token provided does not match {settings['SECURITY_TOKEN']}", file=sys.stderr, flush=True)
                self.answer(401, "The token provided is invalid\n")
            else:
                api = Api(settings["SCHEME"], settings["HOST"], settings["API_KEY"])
                self.answer(200, collected(api, settings["ACTIVE_PROVIDERS"].split(",")))

        def answer(self, status: int, text: str) -> None:
            body = text.encode()
            self.send_response(status)
            self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    return Answering


main()
