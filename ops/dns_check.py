"""`mailstead dns check`: a stack's records, one by one, against what the world sees now."""

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Final

from core.dns import DnsRecord
from core.dns_check_outside import (
    PolicyFile,
    certificate_names,
    check_certificate,
    check_policy,
    policy_domains,
    policy_place,
)
from core.dns_check_scope import domains_of, of_domain
from core.dns_finding import Finding, failing, unasked
from core.errors import RefusedError
from core.ports import HTTPS
from core.suggestions import did_you_mean
from probes import outside
from probes.at_once import side_by_side
from probes.dns_wire import PORT
from probes.live_dns import check_dns
from probes.resolvers import Resolvers

BETWEEN_S: Final = 20.0
"""How long a wait rests between two looks: most providers need a minute or more to pass a change on."""


@dataclass(frozen=True, kw_only=True)
class Check:
    """One check of some records of a stack.

    Attributes:
        records: What is looked at.
        among: All records of the stack.
        resolvers: Whom to ask where zones are.
        ca_bundle: File with authorities to trust besides those that everybody does; empty for none.
        trusted: Whether the certificate is meant to be one that everybody trusts; else what it lacks harms nobody more.
        port: Where name servers listen.
        web_port: Where the mail host speaks TLS.
    """

    records: Sequence[DnsRecord]
    among: Sequence[DnsRecord]
    resolvers: Resolvers
    ca_bundle: str = ""
    trusted: bool = True
    port: int = PORT
    web_port: int = HTTPS
    sleep: Callable[[float], None] = field(default=time.sleep)
    clock: Callable[[], float] = field(default=time.monotonic)

    def findings(self) -> list[Finding]:
        """Ask name servers first, then the web port; takes seconds."""
        names = certificate_names(self.records)
        found = check_dns(self.records, resolvers=self.resolvers, among=self.among, port=self.port)
        policies = side_by_side(
            lambda domain: check_policy(domain, self._policy(domain, names), self.records), policy_domains(self.records)
        )
        certificates = side_by_side(
            lambda name: check_certificate(
                outside.handshake(name, names[name], port=self.web_port, ca_bundle=self.ca_bundle), self.records
            ),
            names,
        )
        return [*found, *policies, *(one if self.trusted else replace(one, required=False) for one in certificates)]

    def _policy(self, domain: str, names: Mapping[str, str]) -> PolicyFile:
        address = names.get(policy_place(domain)[0], "")
        return outside.policy_file(domain, address, port=self.web_port, ca_bundle=self.ca_bundle)

    def when_green(self, minutes: float, told: Callable[[list[Finding], float], None]) -> list[Finding]:
        """Check again and again until everything required is right, or the time is over.

        Args:
            minutes: How long to wait at most.
            told: Hears after each look what is found and how many seconds are left.
        """
        until = self.clock() + minutes * 60
        while True:
            findings = self.findings()
            left = until - self.clock()
            if left <= 0 or not (failing(findings) or unasked(findings)):
                return findings
            told(findings, left)
            self.sleep(min(BETWEEN_S, left))


def chosen(records: Sequence[DnsRecord], domain: str) -> list[DnsRecord]:
    """Pick the records of one domain, or all where none is named.

    Raises:
        RefusedError: It is no domain of the stack.
    """
    if not domain:
        return list(records)
    known = domains_of(records)
    if domain not in known:
        meant = did_you_mean(domain, known)
        raise RefusedError(
            f"{domain} has no records in this stack; {f'did you mean {meant}?' if meant else f'it has {known}'}"
        )
    return of_domain(records, domain)
