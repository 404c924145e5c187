"""The certificates that ports show, read from real TLS servers on loopback."""

import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from socket import create_server, socket

import pytest

from probes import shown_certificate
from probes.shown_certificate import shown_certificates
from tests.clients.tls import Authority

pytestmark = pytest.mark.enable_socket
NAME = "mail.example.com"
LOOPBACK = "127.0.0.1"


@contextmanager
def serving(certificate: Path | None, *, starttls: bool = False, asked_for: list[str] | None = None) -> Iterator[int]:
    """Answer once: in TLS at once, in SMTP first, or (without a certificate) in plain SMTP only."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    if certificate:
        context.load_cert_chain(certificate)
    context.sni_callback = lambda _socket, name, _context: (asked_for if asked_for is not None else []).append(name)

    def answer(connection: socket) -> None:
        if starttls:
            lines = connection.makefile("rb")
            connection.sendall(b"220 mail.example.com ESMTP\r\n")
            while (said := lines.readline()) and not said.upper().startswith(b"STARTTLS"):
                connection.sendall(b"250-mail.example.com\r\n250 STARTTLS\r\n")
            connection.sendall(b"220 go\r\n" if certificate else b"454 not now\r\n")
        if certificate:
            context.wrap_socket(connection, server_side=True).close()

    def greet() -> None:
        connection, _ = listener.accept()
        with connection, suppress(OSError):
            answer(connection)

    with create_server((LOOPBACK, 0)) as listener:
        thread = threading.Thread(target=greet)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


@pytest.mark.parametrize("beginning", ["tls", "starttls"])
def test_a_certificate_that_nobody_vouches_for_is_read_all_the_same(tmp_path: Path, beginning: str) -> None:
    asked_for: list[str] = []
    certificate = Authority(tmp_path).certificate(NAME)
    with serving(certificate, starttls=beginning == "starttls", asked_for=asked_for) as port:
        (shown,) = shown_certificates(LOOPBACK, name=NAME, ports={port: beginning}).values()

    assert shown is not None
    assert shown.names == {NAME}
    assert not shown.self_signed
    assert asked_for == [NAME]


def test_the_certificate_that_a_server_made_itself_is_known_by_its_issuer() -> None:
    assert shown_certificate._read(ssl.PEM_cert_to_DER_cert(_OWN)).self_signed


def test_a_server_that_offers_no_tls_shows_nothing() -> None:
    with serving(None, starttls=True) as port:
        assert shown_certificates(LOOPBACK, name=NAME, ports={port: "starttls"}) == {port: None}


def test_a_port_where_nobody_is_shows_nothing() -> None:
    with create_server((LOOPBACK, 0)) as listener:
        port = listener.getsockname()[1]

    assert shown_certificates(LOOPBACK, name=NAME, ports={port: "tls"}) == {port: None}


# As mailcow's generate_config.sh makes it.
_OWN = """\
-----BEGIN CERTIFICATE-----
MIIB8DCCAZagAwIBAgIUFIx5hP4/uDTyR99IIjn4P6dS7QwwCgYIKoZIzj0EAwIw
PzEQMA4GA1UECgwHbWFpbGNvdzEQMA4GA1UECwwHbWFpbGNvdzEZMBcGA1UEAwwQ
bWFpbC5leGFtcGxlLmNvbTAeFw0yNjExMjMwMzIwMTdaFw0yNzExMjMwMzIwMTda
MD8xEDAOBgNVBAoMB21haWxjb3cxEDAOBgNVBAsMB21haWxjb3cxGTAXBgNVBAMM
EG1haWwuZXhhbXBsZS5jb20wWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAARfMujm
jrhsTVEiLijA7XNiQSAxxOvWenzHlVcJ25AEOzmSBK3yQWE3VUSz4zu5QvYfim7r
opMdbcWO2kFGxUfDo3AwbjAdBgNVHQ4EFgQUfbeywX2XGhvbepKIecVh4DqoelUw
HwYDVR0jBBgwFoAUfbeywX2XGhvbepKIecVh4DqoelUwDwYDVR0TAQH/BAUwAwEB
/zAbBgNVHREEFDASghBtYWlsLmV4YW1wbGUuY29tMAoGCCqGSM49BAMCA0gAMEUC
IEpf8DeApqMJhkNQCFrv5opqw2He46pn1jIKDedaJgJkAiEA4JA7l7LvWZFdtKuS
lUDWyq4tiSAxHMkFnTgDuaY/ar0=
-----END CERTIFICATE-----
"""
