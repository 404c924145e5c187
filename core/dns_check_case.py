"""One record to check, and the sentences that several checks share."""

import ipaddress
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from core.dns import DnsRecord
from core.dns_finding import Flaw
from core.dns_seen import Ask, Reply


@dataclass(frozen=True, kw_only=True)
class Case:
    """A record that is expected, and what one group of servers that agree say of it."""

    record: DnsRecord
    seen: Reply
    ask: Ask
    """For what else has to be known, such as the address of what an MX names."""
    records: Sequence[DnsRecord]
    """All records of the stack: they say where our hosts are."""

    def addresses_of(self, name: str) -> tuple[str, ...]:
        """Give the addresses that a host is expected to have; none for a host of somebody else."""
        return tuple(one.value for one in self.records if one.name == name and one.type in {"A", "AAAA"})


CheckOf = Callable[[Case], Iterator[Flaw]]


def missing(case: Case, what: str = "") -> Flaw:
    """Say that a record is not there."""
    record = case.record
    return Flaw(
        fault="missing",
        message=what or "it is not there",
        to_do=f"enter {record.type} {record.name} {record.value}",
        weight="missing",
    )


def enter(case: Case, instead_of: str = "") -> str:
    """Say what to enter, and in whose place."""
    record = case.record
    old = f" instead of {instead_of}" if instead_of else ""
    return f"enter {record.type} {record.name} {record.value}{old}"


def doubled(found: str, wanted: str, domain: str) -> bool:
    """Tell whether a provider has put the zone behind a name that was whole already."""
    return bool(domain) and found == f"{wanted}.{domain}"


def is_address(text: str) -> bool:
    """Tell whether a text is an IP address."""
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def several(texts: Sequence[str]) -> str:
    """Join a few values for a sentence."""
    return ", ".join(texts)
