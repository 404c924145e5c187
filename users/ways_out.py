"""How the mail of a server's domains leaves, as three requests reported it for all, until one of them is written."""

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from mailcow.rows import DomainRow, RelayHostRow, TlsPolicyRow


class Shows(Protocol):
    """The calls that this takes."""

    def list_domains(self) -> tuple[DomainRow, ...]:
        """Read all domains in one call."""
        ...

    def list_relay_hosts(self) -> tuple[RelayHostRow, ...]:
        """Read all relay hosts in one call."""
        ...

    def list_tls_policies(self) -> tuple[TlsPolicyRow, ...]:
        """Read the TLS policies of all destinations in one call."""
        ...


@dataclass(frozen=True, kw_only=True)
class WaysOut:
    """What a server has."""

    relay_hosts: Mapping[str, RelayHostRow]
    """By domain; a domain whose mail leaves directly is not there."""
    policies: Mapping[str, str]
    """Policies that are switched on, by destination."""


class WaysOutInBulk:
    """All ways out of a server; each plugin process reads them once."""

    def __init__(self, mailcow: Shows) -> None:
        self._mailcow = mailcow
        self._lock = threading.Lock()
        self._found: WaysOut | None = None

    def get(self) -> WaysOut:
        """Return them; the first to ask reads them, the others wait for that."""
        with self._lock:
            if self._found is None:
                self._found = self._read()
            return self._found

    def forget(self) -> None:
        """Read them anew next time; waits for a read under way, whose answer may be older than the write."""
        with self._lock:
            self._found = None

    def _read(self) -> WaysOut:
        hosts = {row.id: row for row in self._mailcow.list_relay_hosts() if row.active}
        domains = self._mailcow.list_domains()
        return WaysOut(
            relay_hosts={row.name: hosts[row.relay_host] for row in domains if row.relay_host in hosts},
            policies={row.destination: row.policy for row in self._mailcow.list_tls_policies() if row.active},
        )
