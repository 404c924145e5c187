"""Inputs of a relayed domain, and what is on the server."""

from typing import Any

from mailcow.rows import NewDomain, NewRelayHost
from tests.fakes import FakeMailcow

DOMAIN = "example.com"
OTHER = "startup.io"
RELAY = "smtp.relay.test"
HOP = f"[{RELAY}]:587"
USER = "ru@relay.test"
PATH = "mail/relays/relay.test"
PASSWORD = "Planted-Relay-Pass_4hG"
NEWER = "Planted-Newer-Relay_8tV"


def way_out(**changes: Any) -> dict[str, Any]:
    """Inputs as the program registers them."""
    inputs = {"domain": DOMAIN, "host": RELAY, "port": 587, "user": USER, "password_in": PATH, "tls": "verify"}
    return {**inputs, **changes}


def make_domain(mailcow: FakeMailcow, name: str) -> None:
    """Put a domain on the server."""
    mailcow.add_domain(
        NewDomain(
            name=name,
            description=name,
            max_aliases=10,
            max_mailboxes=10,
            default_quota_mib=1,
            max_quota_mib=1,
            quota_mib=1,
            tags=("mailstead-dev",),
        )
    )
    mailcow.changes.clear()


def led(mailcow: FakeMailcow, domain: str = DOMAIN) -> tuple[str, str, str] | None:
    """Next hop, log-in name and password that a domain's mail leaves by; None for directly."""
    row = mailcow.relay_hosts.get(mailcow.domains[domain].relay_host)
    return None if row is None else (row.hostname, row.username, row.password)


def by_hand(mailcow: FakeMailcow, *, hostname: str = "[smtp.other.test]:587", user: str = "theirs") -> int:
    """A relay host that somebody has made before us."""
    id_ = mailcow.add_relay_host(NewRelayHost(hostname=hostname, username=user), password="theirs")
    mailcow.changes.clear()
    return id_
