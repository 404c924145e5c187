"""Open ports and why: firewall, probes and documentation read this one table."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final, Protocol

SSH: Final = 22
"""Never public: only the blocks in ``ssh_from`` reach it."""
SIEVE: Final = 4190
"""Public only with ``sieve_open``."""
SMTP: Final = 25
HTTP: Final = 80
HTTPS: Final = 443
IMAP: Final = 143
SUBMISSIONS: Final = 465
SUBMISSION: Final = 587
IMAPS: Final = 993
POP3S: Final = 995
NODE_EXPORTER: Final = 9100
MAILCOW_EXPORTER: Final = 9099

PUBLIC: Final[Mapping[int, str]] = MappingProxyType(
    {
        SMTP: "SMTP: mail from other servers",
        HTTP: "HTTP: proof of ownership for the certificate, redirect to 443",
        IMAP: "IMAP with STARTTLS: reading mail",
        HTTPS: "HTTPS: webmail, calendars, autoconfiguration",
        SUBMISSIONS: "SMTP submission over TLS: sending mail",
        SUBMISSION: "SMTP submission with STARTTLS: sending mail",
        IMAPS: "IMAP over TLS: reading mail",
        POP3S: "POP3 over TLS: fetching mail",
    }
)
"""What everyone reaches, whatever the configuration says."""

MONITORING: Final[Mapping[int, str]] = MappingProxyType(
    {
        MAILCOW_EXPORTER: "mailcow's exporter: figures for Prometheus",
        NODE_EXPORTER: "node exporter: figures for Prometheus",
    }
)
"""What only machines of the same cloud network reach, and only while the hosts are monitored."""

_SIEVE_REASON: Final = "ManageSieve with STARTTLS: filters edited by mail programs"


class SieveChoice(Protocol):
    """What the table needs of the settings."""

    @property
    def sieve_open(self) -> bool:
        """Whether filters may be edited by mail programs from everywhere."""
        ...


def public_ports(settings: SieveChoice) -> Mapping[int, str]:
    """Say which ports everyone reaches under these settings, each with its reason, in order of number."""
    extra = {SIEVE: _SIEVE_REASON} if settings.sieve_open else {}
    return MappingProxyType({**PUBLIC, **extra})
