"""A mail host's certificate: the names it has to hold, and whether what the ports show is one that holds them."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from core import mta_sts, names, ports
from core.desired import DesiredState, Host

PROGRAM_PREFIXES: Final = ("autodiscover", "autoconfig")
"""Names below a domain that mail programs look up; mailcow puts them into the certificate by itself."""
TLS_PORTS: Final[Mapping[int, str]] = {
    ports.SMTP: "starttls",
    ports.SUBMISSIONS: "tls",
    ports.SUBMISSION: "starttls",
    ports.IMAPS: "tls",
    ports.POP3S: "tls",
    ports.HTTPS: "tls",
}
"""Ports that show the certificate, and how TLS begins there: at once, or by SMTP's STARTTLS (RFC 3207)."""


@dataclass(frozen=True, kw_only=True)
class Shown:
    """The certificate that a port shows."""

    serial: str
    """In hexadecimal digits."""
    names: frozenset[str]
    self_signed: bool
    """As mailcow's own is, which it has until there is a better one."""
    not_after: datetime


@dataclass(frozen=True, kw_only=True)
class Lack:
    """In what the ports fall short of the certificate that is wanted; all empty for a good one."""

    silent: tuple[int, ...] = ()
    """Ports without an answer; 25 is not among them, because many networks let nobody out to it."""
    self_signed: tuple[int, ...] = ()
    expired: tuple[int, ...] = ()
    names: tuple[str, ...] = ()
    """Names that one of the ports' certificates does not hold."""
    differing: bool = False
    """Whether ports show different certificates, as while a new one is being brought to all."""

    def __bool__(self) -> bool:
        """Whether something is missing."""
        return bool(self.silent or self.self_signed or self.expired or self.names or self.differing)


def certificate_names(hostname: str, domains: Sequence[str], with_policies: Collection[str] = ()) -> frozenset[str]:
    """Say which names a host's certificate has to hold.

    Args:
        hostname: The host's own.
        domains: Those that lie on it.
        with_policies: Those of them that have an MTA-STS policy, which is fetched by a name of its own; mailcow puts
            it into the certificate by itself.
    """
    per_domain = (
        name
        for domain in domains
        for name in (names.mail_name(domain), *(f"{prefix}.{domain}" for prefix in PROGRAM_PREFIXES))
    )
    policies = (f"{mta_sts.PREFIX}.{domain}" for domain in domains if domain in with_policies)
    return frozenset({hostname, *per_domain, *policies})


def wanted_names(state: DesiredState, host: Host) -> tuple[str, ...]:
    """List the names that a host's certificate is asked for, sorted.

    A domain whose people have all left is not waited for: its records may lead elsewhere by now.
    """
    living = {mailbox.domain for mailbox in state.mailboxes if mailbox.active}
    left = {mailbox.domain for mailbox in state.mailboxes} - living
    here = [one.name for one in state.domains if one.server == host.number and one.name not in left]
    with_policies = {one.name for one in state.domains if one.mta_sts != mta_sts.OFF}
    return tuple(sorted(certificate_names(host.hostname, here, with_policies)))


def lack(shown: Mapping[int, Shown | None], wanted: Collection[str], *, now: datetime) -> Lack:
    """Compare what the ports show with what is wanted.

    Args:
        shown: By port; None for one that does not answer.
        wanted: The names that a certificate has to hold.
        now: The moment of the look, with its time zone.
    """
    seen = {port: one for port, one in shown.items() if one is not None}
    return Lack(
        silent=tuple(port for port in shown if port not in seen and port != ports.SMTP),
        self_signed=tuple(port for port, one in seen.items() if one.self_signed),
        expired=tuple(port for port, one in seen.items() if one.not_after <= now),
        names=tuple(sorted({name for one in seen.values() for name in wanted if not _holds(one, name)})),
        differing=len({one.serial for one in seen.values()}) > 1,
    )


def _holds(shown: Shown, name: str) -> bool:
    """Tell whether a certificate holds a name; a star stands for one label, the leftmost (RFC 9525, 6.3)."""
    return name in shown.names or f"*.{name.partition('.')[2]}" in shown.names


def told(found: Lack) -> Iterator[str]:
    """Say what is missing, in a few words each."""
    if found.silent:
        yield f"port {_listed(found.silent)} does not answer"
    if found.self_signed:
        yield "mailcow still shows the certificate that it made itself"
    elif found.names:
        yield f"the certificate lacks {_listed(found.names)}"
    if found.expired:
        yield f"the certificate on port {_listed(found.expired)} has expired"
    if found.differing:
        yield "the ports show different certificates"


def _listed(things: Sequence[object]) -> str:
    return ", ".join(map(str, things))
