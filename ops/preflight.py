"""`mailstead preflight`: looks, from the mail hosts, at what has to be so before the first mail leaves."""

import ssl
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Protocol

import dns.name
import dns.reversename

from core.blocklists import BLOCKLISTS
from core.desired import DesiredDomain, Host
from core.errors import RefusedError, SshError, VaultError
from core.mail_allowance import Allowance, allowance_findings, oracle_region
from core.people import Relay
from core.ports import SMTP
from core.preflight import (
    KNOWN_MX,
    Finding,
    blocklist_finding,
    blocklist_question,
    clock_finding,
    hello_finding,
    ptr_finding,
)
from core.relay_values import password_problem
from ops.preflight_relay import refused, wrong_password
from probes.resolvers import Resolvers
from probes.smtp_session import Attempt, Connect, Relayed, greeting, name_given, relayed
from ssh.client import RunResult
from vault.api import Vault

_CLOCK: Final = "date +%s.%N"
_LIMIT_S: Final = 30.0
_LOOPBACK: Final = "127.0.0.1"


class Shell(Protocol):
    """A mail host over SSH, as far as it is needed."""

    def run(self, command: str, *, timeout_s: float) -> RunResult:
        """Run a command."""
        ...


@dataclass(frozen=True, kw_only=True)
class FromHost:
    """One mail host to look from."""

    host: Host
    address: str
    """Its public address; empty while it is not known."""
    shell: Shell | None
    """None where there is no way in but the API."""
    connect: Connect
    """Opens connections that start on the host."""


@dataclass(frozen=True, kw_only=True)
class Preflight:
    """What is looked at, and with what."""

    hosts: Collection[FromHost]
    domains: Collection[DesiredDomain]
    resolvers: Resolvers
    vault: Callable[[], Vault]
    allowance: Callable[[str], Allowance]
    """Reads what an account at Oracle may send; given the region."""
    mx: str = KNOWN_MX
    trusted: ssl.SSLContext | None = None
    now: Callable[[], float] = field(default=time.time)

    def look(self) -> Iterator[Finding]:
        """Look at one thing after the other; what cannot be asked is a finding too."""
        for one in self.hosts:
            domains = [domain for domain in self.domains if domain.server == one.host.number]
            if not domains:
                continue
            first = _no_way_in(one) if one.shell is None else self._clock(one, one.shell)
            yield first
            # What cannot be tried from the host is not told as if it had been.
            from_there = first.verdict != "unknown"
            if any(domain.outbound.relay is None for domain in domains):
                yield from self._directly(one, from_there=from_there)
            yield from self._by_relays(one, domains, from_there=from_there)

    def _clock(self, one: FromHost, shell: Shell) -> Finding:
        before = self.now()
        try:
            said = shell.run(_CLOCK, timeout_s=_LIMIT_S).stdout.decode().strip()
            # Halfway between asking and hearing is the moment it was read.
            return clock_finding(one.host.hostname, float(said) - (before + self.now()) / 2)
        except (SshError, ValueError) as problem:
            found = f"cannot be asked: {problem}" if isinstance(problem, SshError) else "was told in no known form"
            return Finding(name="clock", about=one.host.hostname, verdict="unknown", found=found)

    def _directly(self, one: FromHost, *, from_there: bool) -> Iterator[Finding]:
        if from_there:
            given = name_given(one.connect, _LOOPBACK, SMTP, hello=one.host.hostname)
            yield hello_finding(one.host.hostname, given)
            yield _port_25(one.host.hostname, self.mx, greeting(one.connect, self.mx, 25, hello=one.host.hostname))
        if not one.address:
            found = "its public address is not known yet"
            yield Finding(name="PTR", about=one.host.hostname, verdict="unknown", found=found, to_do="mailstead up")
            return
        back = self.resolvers.reply(dns.reversename.from_address(one.address), "PTR")
        kind = "AAAA" if ":" in one.address else "A"
        forward = self.resolvers.reply(dns.name.from_text(one.host.hostname), kind)
        yield ptr_finding(one.host.hostname, one.address, back, forward)
        for listing in BLOCKLISTS:
            question = dns.name.from_text(blocklist_question(listing.zone, one.address))
            yield blocklist_finding(listing, one.address, self.resolvers.reply(question, "A"))

    def _by_relays(self, one: FromHost, domains: Collection[DesiredDomain], *, from_there: bool) -> Iterator[Finding]:
        told: dict[Relay, Relayed | None] = {}
        for domain in domains:
            relay = domain.outbound.relay
            if relay is None:
                continue
            if relay not in told:
                region = oracle_region(relay.host)
                yield from allowance_findings(relay.host, self.allowance(region) if region else Allowance())
            if not from_there:
                told[relay] = None
                continue
            yield from self._by_relay(one, domain.name, relay, told)

    def _by_relay(
        self, one: FromHost, domain: str, relay: Relay, told: dict[Relay, Relayed | None]
    ) -> Iterator[Finding]:
        """Try a domain's relay; what is wrong with the relay itself is said once."""
        before = told.get(relay)
        if relay in told and (before is None or before.stopped_at not in {"", "sender"}):
            return
        about = f"{relay.host}:{relay.port}"
        told[relay] = None
        try:
            password = self._password(relay)
        except VaultError as problem:
            yield Finding(name="relay", about=about, verdict="unknown", found=str(problem))
            return
        except RefusedError as problem:
            yield wrong_password(about, relay.password_in, str(problem))
            return
        attempt = Attempt(
            host=relay.host,
            port=relay.port,
            hello=one.host.hostname,
            checks_certificate=relay.tls == "verify",
            user=relay.user,
            password=password,
            sender=f"postmaster@{domain}",
        )
        outcome = told[relay] = relayed(one.connect, attempt, context=self.trusted)
        if outcome.stopped_at not in {"", "sender"}:
            yield refused(about, relay, outcome)
            return
        if before is None:
            login = f", and takes the log-in of {relay.user}" if relay.user else ""
            yield Finding(name="relay", about=about, verdict="ready", found=f"is reached, speaks TLS{login}")
        if outcome.stopped_at:
            yield refused(about, relay, outcome, domain=domain)
        else:
            yield Finding(name="sender", about=domain, verdict="ready", found=f"{about} takes its mail")

    def _password(self, relay: Relay) -> str:
        if not relay.password_in:
            return ""
        password = (self.vault().read(relay.password_in) or {}).get("password", "")
        problem = password_problem(password) if password else "is not there"
        if problem:
            raise RefusedError(problem)
        return password


def _no_way_in(one: FromHost) -> Finding:
    return Finding(
        name="host",
        about=one.host.hostname,
        verdict="unknown",
        found="is reached by its API only, so nothing can be tried from there",
        to_do=f"on the host: nc -zv {KNOWN_MX} 25, and the same with your relay and its port",
    )


def _port_25(hostname: str, mx: str, outcome: Relayed) -> Finding:
    if not outcome.stopped_at:
        return Finding(name="port 25", about=hostname, verdict="ready", found=f"{mx} answers")
    if outcome.stopped_at == "greeting" and outcome.said[:1].isdigit():
        return Finding(
            name="port 25",
            about=hostname,
            verdict="to do",
            found=f"{mx} is reached, and refuses: {outcome.said}",
            to_do="read what it says; it is often about PTR or a blocklist",
        )
    return Finding(
        name="port 25",
        about=hostname,
        verdict="to do",
        found=f"{mx} cannot be reached at port 25, as where a provider blocks it (Oracle does for accounts since 2021)",
        to_do="let mail leave by a relay (docs/how-to/outbound.md), or ask the provider to open port 25 to the outside",
    )


def exit_code_of(findings: Collection[Finding], codes: Mapping[str, int]) -> int:
    """Give the exit code: ``to do`` before ``unknown`` before ready."""
    verdicts = {one.verdict for one in findings}
    return next((codes[verdict] for verdict in ("to do", "unknown") if verdict in verdicts), 0)
