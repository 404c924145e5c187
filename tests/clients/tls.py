"""A web server's TLS for tests: a certificate authority of one's own, and mailcow's nginx behind a socket."""

import json
import socket
import ssl
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, cast

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.clients.replay import COOKIE

Key = ec.EllipticCurvePrivateKey


@dataclass
class Authority:
    """A certificate authority whose files lie in a folder."""

    folder: Path
    _key: Key = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    @property
    def bundle(self) -> Path:
        """File with its own certificate."""
        file = self.folder / "ca.pem"
        if not file.exists():
            mine = _builder(_name("Test CA"), _name("Test CA"), self._key.public_key(), days=1)
            mine = mine.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
            mine = mine.add_extension(_key_usage(signs_others=True), critical=True)
            mine = mine.add_extension(x509.SubjectKeyIdentifier.from_public_key(self._key.public_key()), critical=False)
            file.write_bytes(mine.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
        return file

    def certificate(self, name: str, *, days: int = 1) -> Path:
        """Make a server's file, certificate and key; with ``days`` below 0 it has expired."""
        key = ec.generate_private_key(ec.SECP256R1())
        made = _builder(_name(name), _name("Test CA"), key.public_key(), days=days)
        made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        signer = x509.AuthorityKeyIdentifier.from_issuer_public_key(self._key.public_key())
        made = made.add_extension(signer, critical=False)  # which Python wants from 3.13 on
        file = self.folder / f"{name}.pem"
        file.write_bytes(
            made.sign(self._key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
            + key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        return file


class Nginx:
    """mailcow's web server: TLS, HTTP/1.1, a cookie with each answer; keeps what it saw."""

    def __init__(self, certificate: Path) -> None:
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(certificate)
        self._tls.sni_callback = self._named
        self.seen: list[dict[str, str]] = []
        self.names: list[str | None] = []
        """What was asked for before the certificate was shown."""
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

        try:
            tls = self._tls.wrap_socket(connection, server_side=True)
        except (ssl.SSLError, OSError):
            connection.close()  # it was not trusted
            return
        with tls:
            Handler(cast("Any", tls), ("127.0.0.1", 1), cast("Any", SimpleNamespace()))

    def _named(self, _socket: ssl.SSLObject, name: str | None, _context: ssl.SSLContext) -> None:
        self.names.append(name)


def _name(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, text)])


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, *, days: int) -> Any:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=9))
        .not_valid_after(now + timedelta(days=days))
    )


def _key_usage(*, signs_others: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=signs_others,
        crl_sign=signs_others,
        encipher_only=False,
        decipher_only=False,
    )
