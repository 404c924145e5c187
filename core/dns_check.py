"""The expected records against what name servers answer, to one finding a record."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from core.dns import DnsRecord
from core.dns_check_case import Case, CheckOf
from core.dns_check_dkim import check_dkim
from core.dns_check_dmarc import check_dmarc
from core.dns_check_hosts import check_address, check_alias, check_ptr, check_service
from core.dns_check_mx import check_mx
from core.dns_check_spf import check_spf, spf_values
from core.dns_check_texts import check_caa, check_mta_sts, check_text, check_tls_reports
from core.dns_check_zone import not_found, of_zone, silent
from core.dns_finding import Finding, Flaw, finding
from core.dns_seen import Answer, Ask, Reply, Zone

_CHECKS: Final[Mapping[str, CheckOf]] = {
    "A": check_address,
    "AAAA": check_address,
    "PTR": check_ptr,
    "CNAME": check_alias,
    "SRV": check_service,
    "MX": check_mx,
    "CAA": check_caa,
}
_TEXTS: Final[tuple[tuple[str, CheckOf], ...]] = (
    ("v=spf1", check_spf),
    ("v=DKIM1", check_dkim),
    ("v=DMARC1", check_dmarc),
    ("v=STSv1", check_mta_sts),
    ("v=TLSRPTv1", check_tls_reports),
)


def check(
    records: Sequence[DnsRecord], ask: Ask, *, zones: Mapping[str, Zone], among: Sequence[DnsRecord] = ()
) -> list[Finding]:
    """Check records: first the zones they stand in, then one by one, in the order given.

    Args:
        records: What is expected.
        ask: Gives the answers.
        zones: How the zone of each hosted domain was found; a domain that is missing has not been looked for.
        among: All records of the stack, where only some are checked; they say where our hosts are.
    """
    everything = among or records
    of_zones = [one for domain in dict.fromkeys(zones) for one in of_zone(zones[domain])]
    return [*of_zones, *(_one(record, ask, zones.get(record.domain), everything) for record in records)]


def questions(records: Iterable[DnsRecord]) -> list[tuple[str, str]]:
    """List what a check of these records asks for sure, so that it can be asked all at once beforehand."""
    asked: list[tuple[str, str]] = []
    for record in records:
        asked.append((record.name, record.type))
        if record.type in {"A", "AAAA"}:
            asked += [(record.name, "A"), (record.name, "AAAA")]
    return list(dict.fromkeys(asked))


def _one(record: DnsRecord, ask: Ask, zone: Zone | None, among: Sequence[DnsRecord]) -> Finding:
    if zone is not None and zone.trouble:
        return finding(record, (), [not_found(zone)])
    answer = ask(record.name, record.type)
    if not answer.answering:
        return finding(record, (), silent(answer))
    judged = [(group, list(_flaws(record, group[0], ask, among))) for group in _agreeing(answer)]
    bad = [(group, flaws) for group, flaws in judged if any(flaw.weight in {"wrong", "missing"} for flaw in flaws)]
    if not bad:
        group, flaws = judged[0]
        return finding(record, _found(record, group[0]), flaws)
    (first, *_), flaws = bad[0]
    if len(bad) < len(judged):
        flaws = [_stale(record, [group for group, _ in bad])]
    return finding(record, _found(record, first), flaws)


def _flaws(record: DnsRecord, seen: Reply, ask: Ask, among: Sequence[DnsRecord]) -> Iterator[Flaw]:
    case = Case(record=record, seen=seen, ask=ask, records=among)
    for flaw in _check_of(record)(case):
        yield _misplaced(case, flaw) if flaw.weight == "missing" else flaw


def _check_of(record: DnsRecord) -> CheckOf:
    if record.type != "TXT":
        return _CHECKS[record.type]
    if "._domainkey." in record.name:
        return check_dkim
    return next((check for begins, check in _TEXTS if record.value.startswith(begins)), check_text)


def _misplaced(case: Case, flaw: Flaw) -> Flaw:
    """Say it when a missing record stands under its name with the zone's behind it once more."""
    record = case.record
    if not record.domain or record.name == record.domain:
        return flaw
    twice = f"{record.name}.{record.domain}"
    if not case.ask(twice, record.type).values:
        return flaw
    return replace(
        flaw,
        fault="name-doubled",
        message=f"it stands at {twice}: your provider puts the domain behind every name",
        to_do=f"enter it under {record.name.removesuffix(f'.{record.domain}')}, or end the name with a dot",
    )


def _agreeing(answer: Answer) -> list[list[Reply]]:
    """Put servers together that say the same."""
    groups: dict[tuple[tuple[str, ...], str], list[Reply]] = {}
    for reply in answer.answering:
        groups.setdefault(reply.content, []).append(reply)
    return list(groups.values())


def _stale(record: DnsRecord, groups: Sequence[Sequence[Reply]]) -> Flaw:
    """Say which servers have something else, where others have it right."""
    told = [
        f"{', '.join(reply.server for reply in group)} still"
        f" {'have' if len(group) > 1 else 'has'} {' and '.join(_found(record, group[0])) or 'nothing'}"
        for group in groups
    ]
    return Flaw(
        fault="stale-server",
        message=f"the servers of the zone do not agree: {'; '.join(told)}",
        to_do="wait until your provider has passed it on to all; if that takes hours, tell them",
    )


def _found(record: DnsRecord, seen: Reply) -> tuple[str, ...]:
    """Pick what is to be shown as found: the alias first, and of a name's texts those that are meant."""
    if seen.alias:
        return (f"CNAME {seen.alias}", *seen.values)
    if record.type == "TXT" and record.value.startswith("v=spf1"):
        return spf_values(seen.values)
    return seen.values
