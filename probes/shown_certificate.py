"""The certificate that each TLS port of a mail host shows to somebody outside."""

import smtplib
import socket
import ssl
from collections.abc import Callable, Mapping
from typing import Final

from cryptography import x509

from core.certificate import TLS_PORTS, Shown
from probes.at_once import side_by_side

_PATIENCE_S: Final = 15.0
"""Postfix lets strangers wait up to 6 s for its greeting."""
_READY: Final = 220


def shown_certificates(address: str, *, name: str, ports: Mapping[int, str] = TLS_PORTS) -> dict[int, Shown | None]:
    """Look at all TLS ports at once; None for one that does not answer, or not in TLS.

    The certificate is read and not judged: whom to trust is the mail program's affair, and an authority of one's own
    is not known here.

    Args:
        address: Where to connect.
        name: Whom to ask for (SNI).
        ports: Where to look, and how TLS begins there.
    """
    found = side_by_side(lambda port: _shown(address, port, name, ports[port]), ports)
    return dict(zip(ports, found, strict=True))


def _shown(address: str, port: int, name: str, beginning: str) -> Shown | None:
    try:
        encoded = _BEGINNINGS[beginning](address, port, name)
        return _read(encoded) if encoded else None
    except (OSError, smtplib.SMTPException, ValueError):
        return None


def _at_once(address: str, port: int, name: str) -> bytes | None:
    with (
        socket.create_connection((address, port), timeout=_PATIENCE_S) as connection,
        _context().wrap_socket(connection, server_hostname=name) as secured,
    ):
        return secured.getpeercert(binary_form=True)


def _by_smtp(address: str, port: int, name: str) -> bytes | None:
    with smtplib.SMTP(address, port, timeout=_PATIENCE_S) as smtp:
        smtp.ehlo()
        # Not by its own starttls, which asks for whom it connected to: an address.
        if smtp.docmd("STARTTLS")[0] != _READY or smtp.sock is None:
            return None
        smtp.sock = _context().wrap_socket(smtp.sock, server_hostname=name)
        smtp.file = None
        return smtp.sock.getpeercert(binary_form=True)


def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def _read(encoded: bytes) -> Shown:
    """Read a certificate.

    Raises:
        ValueError: It is none.
    """
    certificate = x509.load_der_x509_certificate(encoded)
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        names = x509.SubjectAlternativeName([])
    return Shown(
        serial=f"{certificate.serial_number:x}",
        names=frozenset(name.lower() for name in names.get_values_for_type(x509.DNSName)),
        self_signed=certificate.issuer == certificate.subject,
        not_after=certificate.not_valid_after_utc,
    )


_BEGINNINGS: Final[Mapping[str, Callable[[str, int, str], bytes | None]]] = {"tls": _at_once, "starttls": _by_smtp}
