"""What the certificate authority of a world speaks HTTPS with: a certificate by an authority that nobody knows."""

from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

_LIFE: Final = timedelta(days=30)
_CA_USE: Final = {"key_cert_sign": True, "crl_sign": True, "digital_signature": False}
_SERVER_USE: Final = {"key_cert_sign": False, "crl_sign": False, "digital_signature": True}
_NO_USE: Final = dict.fromkeys(
    ("content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "encipher_only", "decipher_only"),
    False,
)


def make(folder: Path, address: str) -> None:
    """Write ``ca.pem``, which a client has to trust, and ``server.pem`` with ``server.key`` for an address.

    Args:
        folder: Where to; files that are there stay.
        address: The IP address that the server answers at.
    """
    if all((folder / name).exists() for name in ("ca.pem", "server.pem", "server.key")):
        return
    folder.mkdir(parents=True, exist_ok=True)
    ca_key, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ca = _certificate("ACME of the lab", ca_key, ca_key, None)
    server = _certificate("ACME server of the lab", key, ca_key, IPv4Address(ip_address(address)))
    (folder / "server.key").touch(mode=0o600)
    (folder / "server.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (folder / "server.pem").write_bytes(server.public_bytes(Encoding.PEM))
    (folder / "ca.pem").write_bytes(ca.public_bytes(Encoding.PEM))


def _certificate(
    name: str, key: ec.EllipticCurvePrivateKey, by: ec.EllipticCurvePrivateKey, address: IPv4Address | None
) -> x509.Certificate:
    """Make one: the authority's own without an address, a server's with one."""
    now, is_ca = datetime.now(tz=UTC), address is None
    issuer = x509.SubjectKeyIdentifier.from_public_key(by.public_key())
    use = x509.KeyUsage(**(_CA_USE if is_ca else _SERVER_USE), **_NO_USE)
    builder = (
        x509.CertificateBuilder()
        .subject_name(_named(name))
        .issuer_name(_named("ACME of the lab"))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + _LIFE)
        .add_extension(x509.BasicConstraints(ca=is_ca, path_length=None), critical=True)
        .add_extension(use, critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(issuer), critical=False)
    )
    if address is not None:
        builder = builder.add_extension(x509.SubjectAlternativeName([x509.IPAddress(address)]), critical=False)
    return builder.sign(by, hashes.SHA256())


def _named(text: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, text)])
