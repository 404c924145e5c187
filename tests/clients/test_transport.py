"""HTTPS to mailcow through SSH: real TLS, no listening port, no cookie, nothing from the environment."""

import json
import socket
import ssl
import threading
import warnings
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from core.errors import HostKeyChangedError
from mailcow.api import MailcowApi
from mailcow.transport import session_over_ssh
from ssh.connection import as_text
from tests.clients.replay import COOKIE
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import SshHost, new_key


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make the self-signed certificate that a fresh mailcow has."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "mailcow")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    file = tmp_path_factory.mktemp("tls") / "mailcow.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return file


class Nginx:
    """mailcow's web server: TLS, HTTP/1.1, a cookie with each answer."""

    def __init__(self, certificate: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self.seen: list[dict[str, str]] = []
        self.connections = 0

    def serve(self, connection: socket.socket) -> None:
        """Answer all requests of one connection."""
        self.connections += 1
        seen = self.seen

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            answer: ClassVar[bytes] = json.dumps({"version": "2026-07a"}).encode()

            def do_GET(self) -> None:
                seen.append({**self.headers, "path": self.path})
                self.send_response(200)
                self.send_header("Content-Length", str(len(self.answer)))
                self.send_header("Set-Cookie", COOKIE)
                self.end_headers()
                self.wfile.write(self.answer)

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 — http.server's own name
                pass

        with self._tls.wrap_socket(connection, server_side=True) as tls:
            Handler(cast("Any", tls), ("127.0.0.1", 1), cast("Any", SimpleNamespace()))


def api_of(host: SshHost, reach: Reach, key: str | None = None) -> tuple[MailcowApi, requests.Session]:
    session = session_over_ssh(reach(host, key))
    return MailcowApi(session, hostname="mail.a.example", key=lambda: "THE-API-KEY", patience_s=5), session


def test_the_api_answers_through_ssh_on_the_hosts_loopback(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)

    api, session = api_of(host, reach)
    with session, warnings.catch_warnings():
        warnings.simplefilter("error")
        assert api.version() == "2026-07a"
        assert api.version() == "2026-07a"

    assert host.destination == ("127.0.0.1", 443)
    assert [seen["path"] for seen in nginx.seen] == ["/api/v1/get/status/version"] * 2
    assert {seen["Host"] for seen in nginx.seen} == {"mail.a.example"}
    assert {seen["X-API-Key"] for seen in nginx.seen} == {"THE-API-KEY"}
    assert all("Cookie" not in seen for seen in nginx.seen)
    assert nginx.connections == 1


def test_four_calls_at_a_time_share_one_ssh_connection(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)
    api, session = api_of(host, reach)
    versions: list[str] = []

    with session:
        threads = [threading.Thread(target=lambda: versions.append(api.version())) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert versions == ["2026-07a"] * 8
    assert host.dialled == 1
    assert nginx.connections <= 4


def test_a_call_after_the_ssh_connection_died_makes_a_new_one(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)
    host = SshHost(accepts=mine, serve=nginx.serve)
    api, session = api_of(host, reach)

    with session:
        api.version()
        host.hang_up()
        assert api.version() == "2026-07a"

    assert host.dialled == 2


def test_another_host_in_its_place_gets_no_api_key(agent: Fill, reach: Reach, certificate: Path) -> None:
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)

    api, session = api_of(SshHost(accepts=mine, serve=nginx.serve), reach, as_text(new_key()))
    with session, pytest.raises(HostKeyChangedError):
        api.version()

    assert nginx.seen == []


def test_a_proxy_of_the_environment_is_not_asked(
    agent: Fill, reach: Reach, certificate: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.a.example:3128")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere")
    mine, nginx = new_key(), Nginx(certificate)
    agent(mine)

    api, session = api_of(SshHost(accepts=mine, serve=nginx.serve), reach)
    with session:
        assert api.version() == "2026-07a"
