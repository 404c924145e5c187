"""Which certificate a restored server shows: its own where that is as good, else the backup's with its key."""

import datetime as dt
import shutil
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.restore.mail_host import MailHost
from tests.scripts.machine import Run

SSL = "/srv/mail/mailcow-dockerized/data/assets/ssl"
OF_THE_BACKUP = ("certificate of the backup\n", "key of the backup\n")


def name(common: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, common)])


def put_live(host: MailHost, *, issuer: str = "Authority", days: int = 60, key_matches: bool = True) -> tuple[str, str]:
    """Put a certificate and a key on the host, and give both."""
    key = ec.generate_private_key(ec.SECP256R1())
    ends = dt.datetime.now(dt.UTC) + dt.timedelta(days=days)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name("mail.example.com"))
        .issuer_name(name(issuer))
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(ends - dt.timedelta(days=90))
        .not_valid_after(ends)
        .sign(ec.generate_private_key(ec.SECP256R1()), hashes.SHA256())
    )
    shown = key if key_matches else ec.generate_private_key(ec.SECP256R1())
    pem = serialization.Encoding.PEM
    form, secret = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    texts = (certificate.public_bytes(pem).decode(), shown.private_bytes(pem, form, secret).decode())
    for file, text in zip(("cert.pem", "key.pem"), texts, strict=True):
        host.machine.write(f"{SSL}/{file}", text)
    return texts


def live(host: MailHost) -> tuple[str, str]:
    return host.machine.read(f"{SSL}/cert.pem"), host.machine.read(f"{SSL}/key.pem")


def restore(host: MailHost) -> Run:
    """Restore the system set into a server in use."""
    host.machine.write("/people_in_database", "2\n")
    return host.restore("system", "--overwrite")


def test_a_certificate_that_an_authority_has_signed_meanwhile_stays(host: MailHost) -> None:
    before = put_live(host)

    assert restore(host).status == 0

    assert live(host) == before


@pytest.mark.parametrize(
    "fault",
    [{"issuer": "mail.example.com"}, {"days": -1}, {"key_matches": False}],
    ids=["signed by itself", "expired", "of another key"],
)
def test_one_that_no_other_server_would_take_is_replaced_with_its_key_and_kept(
    host: MailHost, fault: dict[str, Any]
) -> None:
    before = put_live(host, **fault)

    assert restore(host).status == 0

    assert live(host) == OF_THE_BACKUP
    (kept,) = (host.root / "srv/mail/mailstead/replaced").rglob("ssl/key.pem")
    assert kept.read_text(encoding="utf-8") == before[1]


def test_a_run_that_was_killed_between_certificate_and_key_is_finished_by_the_next(
    host: MailHost, parts: Path, tmp_path: Path
) -> None:
    """The backup's is of an authority, too: with half of it put, it must not be taken for the server's own."""
    theirs = put_live(host)
    own = put_live(host, issuer="mail.example.com")
    saved = shutil.copytree(parts, tmp_path / "saved")
    for file, text in zip(("cert.pem", "key.pem"), theirs, strict=True):
        (saved / "tls" / file).write_text(text, encoding="utf-8")
    host.tree.system(saved)
    host.tree.seal()
    half = f'/bin/cp "{saved}/tls/FILE" "{host.root}{SSL}/FILE"; kill -9 $PPID'
    for file in ("cert.pem", "key.pem"):
        host.machine.stub("cp", f'case "$*" in */tls.d/*) {half.replace("FILE", file)} ;; *) /bin/cp "$@" ;; esac')
        assert restore(host).status != 0
        host.machine.stub("cp", '/bin/cp "$@"')

        assert restore(host).status == 0

        assert live(host) == theirs
        for name_, text in zip(("cert.pem", "key.pem"), own, strict=True):
            host.machine.write(f"{SSL}/{name_}", text)
