"""Looks at the names, asks for what is missing or due, and sleeps: a day, half an hour, an hour."""

import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable

import pymysql

from certificates import names, neighbours, order
from certificates import settings as environment
from certificates.log import Log, start
from certificates.settings import BASE, EXAMPLE, Settings

_A_DAY_S, _HALF_AN_HOUR_S, _AN_HOUR_S, _FOR_EVER_S = 86_400, 1_800, 3_600, 3650 * 86_400
# mailcow knows the first two; Pebble's would make it sleep for ten years after the first certificate.
_KNOWN_ISSUERS = ("Let's Encrypt", "mailcow", "Pebble")


def main() -> None:
    """Go round until the container is stopped."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the first process of a container ignores it otherwise
    settings = environment.from_environment()
    log, fail = start(settings.hostname, settings.redis_password)
    _restore_certificate(settings, log)
    if not any(issuer in _issuer() for issuer in _KNOWN_ISSUERS):
        log("Found certificate with issuer other than mailcow snake-oil CA and Let's Encrypt, skipping ACME client...")
        time.sleep(_FOR_EVER_S)
    hosted = _wait_for_domains(settings, log)
    while True:
        time.sleep(_look(settings, hosted, log, fail))
        hosted = _wait_for_domains(settings, log)


def _look(settings: Settings, hosted: list[str], log: Log, fail: Callable[[], None]) -> float:
    """Look once; gives the seconds to sleep."""
    order.make_keys(log)
    before = sorted(file.parent.name for file in BASE.glob("*/domains"))
    wanted = names.validated(settings, hosted, log)
    if not wanted:
        log("Cannot validate any hostnames, skipping Let's Encrypt for 1 hour.")
        log("Use SKIP_LETS_ENCRYPT=y in mailcow.conf to skip it permanently.")
        fail()
        return _AN_HOUR_S
    outcome = order.obtain(wanted, settings, log)
    if outcome == "failed":
        fail()
        log("Some errors occurred, retrying in 30 minutes...")
        return _HALF_AN_HOUR_S
    for name in ("cert.pem", "key.pem"):
        shutil.copyfile(BASE / wanted[0] / name, BASE / name)
    _put_away(set(before) - {wanted[0]}, log)
    if outcome == "not due":
        log("Certificates were successfully validated, no changes or renewals required, sleeping for another day.")
        return _A_DAY_S
    (BASE / "force_renew").unlink(missing_ok=True)
    neighbours.reload_servers(settings.project, log)
    if outcome == "created":
        log("Certificates successfully requested and renewed where required, sleeping one day")
    else:
        log("Certificates were successfully renewed where required, sleeping for another day.")
    return _A_DAY_S


def _restore_certificate(settings: Settings, log: Log) -> None:
    """Have some certificate: that of an earlier order, or the one that mailcow made itself."""
    if (BASE / "cert.pem").exists() and (BASE / "cert.pem").stat().st_size:
        return
    earlier = BASE / settings.hostname
    source = earlier if (earlier / "cert.pem").exists() and (earlier / "key.pem").exists() else EXAMPLE
    log(
        "Restoring previous acme certificate and restarting script..."
        if source == earlier
        else "Restoring mailcow snake-oil certificates and restarting script..."
    )
    for name in ("cert.pem", "key.pem"):
        shutil.copyfile(source / name, BASE / name)


def _issuer() -> str:
    command = ["openssl", "x509", "-noout", "-issuer", "-in", str(BASE / "cert.pem")]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout


def _wait_for_domains(settings: Settings, log: Log) -> list[str]:
    log("Waiting for domain table...")
    while True:
        try:
            return names.domains(settings)
        except pymysql.Error:
            time.sleep(1)


def _put_away(orphans: set[str], log: Log) -> None:
    """Move certificates of names that lead a host no more to the backups."""
    for name in sorted(orphans):
        place = BASE / "backups" / name / time.strftime("%Y-%m-%d_%H_%M_%S")
        log(f"Found orphaned certificate: {name} - archiving it at {place}")
        place.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(BASE / name, place)


main()
