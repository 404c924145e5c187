"""The names that a certificate is asked for: those of the database's domains that lead here."""

import secrets
import urllib.request
from collections.abc import Iterator

import dns.exception
import dns.rdatatype
import dns.resolver
import pymysql

from certificates.log import Log
from certificates.settings import WEB_ROOT, Settings

_SOCKET = "/var/run/mysqld/mysqld.sock"
_LETS_ENCRYPT = "letsencrypt.org"
_PATIENCE_S = 10


def policies(settings: Settings) -> list[str]:
    """Read the names by which the policies of active domains are fetched.

    Raises:
        pymysql.Error: The database, or a table, is not there yet.
    """
    connection = pymysql.connect(unix_socket=_SOCKET, **settings.database)  # type: ignore[call-overload]
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "SELECT mta_sts.domain FROM mta_sts JOIN domain ON domain.domain = mta_sts.domain"
            " WHERE domain.backupmx = 0 AND domain.active = 1 AND mta_sts.active = 1"
        )
        return [f"mta-sts.{row[0]}" for row in cursor.fetchall()]


def domains(settings: Settings) -> list[str]:
    """Read the active domains whose mail is not only relayed.

    Raises:
        pymysql.Error: The database, or its table, is not there yet.
    """
    connection = pymysql.connect(unix_socket=_SOCKET, **settings.database)  # type: ignore[call-overload]
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT domain FROM domain WHERE backupmx = 0 AND active = 1")
        return [row[0] for row in cursor.fetchall()]


def validated(settings: Settings, hosted: list[str], log: Log) -> list[str]:
    """Pick the names that lead here and that an authority may speak for: the host's first, the others sorted."""
    own = [settings.hostname] if _leads_here(settings.hostname, settings, log) else []
    if settings.only_hostname:
        return own
    return own + sorted({name for name in _candidates(settings, hosted, log) if _leads_here(name, settings, log)})


def _candidates(settings: Settings, hosted: list[str], log: Log) -> Iterator[str]:
    prefixes = [name[:-2] for name in settings.additional_san if name.endswith(".*")]
    prefixes += ["autodiscover", "autoconfig"] if settings.autodiscover else []
    yield from policies(settings) if settings.autodiscover else ()
    for domain in hosted:
        yield from (name for prefix in prefixes if (name := f"{prefix}.{domain}") != settings.hostname)
    for name in settings.additional_san:
        if name.endswith(".*") or name == settings.hostname:
            continue
        if _forbidden(name.partition(".")[2]):
            log(f"Skipping ACME validation for {name}: Lets Encrypt disallowed for {name} by CAA record")
            continue
        yield name


def _leads_here(name: str, settings: Settings, log: Log) -> bool:
    parent = name.partition(".")[2]
    # As mailcow's: the parent's record is asked for, and not the name's own.
    if _forbidden(parent):
        log(f"Lets Encrypt disallowed for {parent} by CAA record")
        return False
    address = _first(name, "A")
    if not address:
        log(f"No A or AAAA record found for hostname {name}")
        return False
    log(f"Found A record for {name}: {address}")
    # Nobody in the lab tells a host its outer address, so that the file alone proves that this is it.
    if settings.skip_http_check or _file_comes_back(name):
        log(f"Confirmed A record {address}")
        return True
    log(f"Confirmed A record with IP {address}, but HTTP validation failed")
    return False


def _forbidden(domain: str) -> bool:
    issuers = [text.split('"')[1] for text in _answers(domain, "CAA") if " issue " in text]
    return bool(issuers) and not any(_LETS_ENCRYPT in issuer for issuer in issuers)


def _first(name: str, kind: str) -> str:
    return next(iter(_answers(name, kind)), "")


def _answers(name: str, kind: str) -> list[str]:
    try:
        return [record.to_text() for record in dns.resolver.resolve(name, kind, lifetime=_PATIENCE_S)]
    except dns.exception.DNSException:
        return []


def _file_comes_back(name: str) -> bool:
    number = str(secrets.randbelow(10**15))
    file = WEB_ROOT / number
    file.write_text(number, encoding="ascii")
    try:
        url = f"http://{name}/.well-known/acme-challenge/{number}"
        with urllib.request.urlopen(url, timeout=_PATIENCE_S) as answer:
            return answer.read(100).decode(errors="replace").strip() == number
    except OSError:
        return False
    finally:
        file.unlink(missing_ok=True)
