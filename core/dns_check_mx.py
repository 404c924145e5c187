"""The check of a domain's MX records: all mail comes to our server, and none is taken away."""

from collections.abc import Iterator, Sequence

from core.dns_check_case import Case, doubled, enter, is_address, missing, several
from core.dns_finding import Flaw

Entry = tuple[int, str]


def check_mx(case: Case) -> Iterator[Flaw]:
    """Our host has the lowest number alone, and is a host with an address (RFC 5321, 5.1; RFC 2181, 10.3)."""
    record, seen = case.record, case.seen
    if seen.alias:
        yield Flaw(
            fault="cname-at-domain",
            message=f"the domain is an alias (CNAME) of {seen.alias}, beside which nothing may stand (RFC 1034, 3.6.2)",
            to_do=f"delete the CNAME; {enter(case)}",
        )
        return
    entries = sorted(_entry(value) for value in seen.values)
    if not entries:
        yield missing(case, "the domain has no MX")
        return
    target = _entry(record.value)[1]
    ours = [number for number, host in entries if host == target]
    others = [entry for entry in entries if entry[1] != target]
    if ours:
        yield from _beside(case, min(ours), others)
        yield from _our_target(case, target)
    else:
        yield _elsewhere(case, target, entries)


def _elsewhere(case: Case, target: str, entries: Sequence[Entry]) -> Flaw:
    hosts = [host for _, host in entries]
    if hosts == ["."]:
        fault, message = "mx-null", "a null MX says that the domain takes no mail at all (RFC 7505)"
    elif any(map(is_address, hosts)):
        fault, message = "mx-to-address", f"it names {several(hosts)}: an address, where a host's name belongs"
    elif any(doubled(host, target, case.record.domain) for host in hosts):
        fault = "target-doubled"
        message = f"it names {several(hosts)}; your provider has put the domain behind a whole name: end it with a dot"
    else:
        fault, message = "mx-wrong", f"mail goes to {several(hosts)}"
    return Flaw(fault=fault, message=message, to_do=enter(case, _shown(entries)))


def _beside(case: Case, ours: int, others: Sequence[Entry]) -> Iterator[Flaw]:
    before = [entry for entry in others if entry[0] <= ours]
    behind = [entry for entry in others if entry[0] > ours]
    if before:
        yield Flaw(
            fault="mx-takes-mail-away",
            message=f"{_shown(before)} comes before ours, or beside it, and takes mail away",
            to_do=f"delete {_shown(before)} at {case.record.name}",
        )
    if behind:
        yield Flaw(
            fault="mx-behind-ours",
            message=f"{_shown(behind)} takes mail when ours is away, and it may take what we would refuse",
            to_do=f"delete {_shown(behind)} at {case.record.name}, unless that server is yours",
            weight="weak",
        )


def _our_target(case: Case, target: str) -> Iterator[Flaw]:
    answers = [case.ask(target, kind) for kind in ("A", "AAAA")]
    alias = next((answer.alias for answer in answers if answer.alias), "")
    if alias:
        yield Flaw(
            fault="mx-to-cname",
            message=f"{target} is an alias (CNAME) of {alias}, and what an MX names may be none (RFC 2181, 10.3)",
            to_do=f"give {target} an address of its own instead of the CNAME",
        )
    elif all(answer.answering and not answer.values for answer in answers):
        addresses = several(case.addresses_of(target)) or "the server's address"
        yield Flaw(
            fault="mx-to-nothing",
            message=f"{target} has no address",
            to_do=f"let {target} lead to {addresses}",
        )


def _entry(value: str) -> Entry:
    number, _, host = value.partition(" ")
    return int(number), host


def _shown(entries: Sequence[Entry]) -> str:
    return several([f"{number} {host}" for number, host in entries])
