"""One certificate: whether it is due, what is asked of the authority, and where it is put."""

import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Literal

from certificates.log import Log
from certificates.settings import BASE, WEB_ROOT, Settings

Outcome = Literal["created", "renewed", "not due", "failed"]
_MOST_NAMES = 100
_RENEWED_BELOW_S = 2592000
"""30 days."""
_KEY_BITS = 2048
"""mailcow's have 4096, which takes seconds to make."""


def make_keys(log: Log) -> None:
    """Have the key that all certificates share, and that of the account."""
    folder = BASE / "acme"
    folder.mkdir(parents=True, exist_ok=True)
    for name, missing in (("key", "domain private rsa key"), ("account", "Lets Encrypt account key")):
        file = folder / f"{name}.pem"
        if not file.exists():
            log(f"Generating missing {missing}...")
            _openssl("genrsa", "-out", str(file), str(_KEY_BITS))
        file.chmod(0o600)


def obtain(names: list[str], settings: Settings, log: Log) -> Outcome:
    """Get a certificate for these names, if there is none or it is due."""
    folder = BASE / names[0]
    certificate = folder / "cert.pem"
    if not settings.directory_url and len(names) > _MOST_NAMES:
        log(
            f"Cannot obtain certificate for '{names[0]}': it would contain {len(names)} names, but Let's Encrypt"
            f" allows a maximum of {_MOST_NAMES} names per certificate"
        )
        return "failed"
    if not _is_due(folder, names, log):
        return "not due"
    was_there = certificate.exists()
    if was_there:
        _back_up(folder, log)
    folder.mkdir(exist_ok=True)
    if not (folder / "key.pem").exists():
        shutil.copyfile(BASE / "acme" / "key.pem", folder / "key.pem")
        (folder / "key.pem").chmod(0o600)
    _make_request(folder, names)
    got = _ask(folder / "acme.csr", settings, log)
    if not got:
        log(f"Failed to obtain certificate {certificate} for domains '{' '.join(names)}'")
        return "failed"
    log(f"Deploying certificate {certificate}...")
    certificate.write_text(got, encoding="ascii")
    (folder / "domains").write_text(" ".join(names), encoding="ascii")
    log("Certificate successfully obtained")
    return "renewed" if was_there else "created"


def _is_due(folder: Path, names: list[str], log: Log) -> bool:
    certificate, noted = folder / "cert.pem", folder / "domains"
    if not noted.exists() or noted.read_text(encoding="ascii") != " ".join(names):
        log(f"Certificate {certificate} missing or changed domains '{' '.join(names)}' - start obtaining")
    elif not certificate.exists() or not (folder / "key.pem").exists() or (BASE / "force_renew").exists():
        log(f"Certificate {certificate} doesn't exist yet or forced renewal - start obtaining")
    elif _openssl("x509", "-checkend", str(_RENEWED_BELOW_S), "-noout", "-in", str(certificate), check=False):
        log(f"Certificate {certificate} is due for renewal (< 30 days) - start renewing")
    else:
        log(f"Certificate {certificate} validation done, neither changed nor due for renewal.")
        return False
    return True


def _back_up(folder: Path, log: Log) -> None:
    place = BASE / "backups" / folder.name / time.strftime("%Y-%m-%d_%H_%M_%S")
    log(f"Creating backups in {place} ...")
    place.mkdir(parents=True, exist_ok=True)
    for name in ("domains", "cert.pem", "key.pem", "acme.csr"):
        if (folder / name).exists():
            shutil.copy(folder / name, place)


def _make_request(folder: Path, names: list[str]) -> None:
    alternatives = ",".join(f"DNS:{name}" for name in names)
    _openssl(
        "req", "-new", "-sha256", "-key", str(folder / "key.pem"), "-subj", "/",
        "-addext", f"subjectAltName={alternatives}", "-out", str(folder / "acme.csr"),
    )  # fmt: skip


def _ask(request: Path, settings: Settings, log: Log) -> str:
    """Run acme-tiny; its words go to the container's log, and the certificate with its chain is given."""
    directory = ["--directory-url", settings.directory_url] if settings.directory_url else []
    if settings.staging_wins:
        log("Cannot use DIRECTORY_URL with LE_STAGING=y - ignoring DIRECTORY_URL")
    command = [
        "acme-tiny", *directory, "--account-key", str(BASE / "acme" / "account.pem"), "--disable-check",
        "--csr", str(request), "--acme-dir", str(WEB_ROOT),
    ]  # fmt: skip
    log(f"Using command {' '.join(command)}")
    ended = subprocess.run(command, stdout=subprocess.PIPE, stderr=sys.stdout, text=True, check=False)
    return ended.stdout if ended.returncode == 0 else ""


def _openssl(*arguments: str, check: bool = True) -> int:
    return subprocess.run(["openssl", *arguments], capture_output=True, check=check).returncode
