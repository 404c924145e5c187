"""What is to be said of a zone and its servers, before any record: not registered, lame, silent."""

from collections.abc import Iterator
from typing import Final

from core.dns_finding import Finding, Flaw, Weight
from core.dns_seen import SILENCE_WORDS, Answer, Reply, Zone

_TROUBLES: Final[dict[str, tuple[str, str, str, Weight]]] = {
    "nxdomain": (
        "domain-nxdomain",
        "the domain does not exist: it is not registered, or has run out, or its registry knows no name servers",
        "register {domain}, and enter your DNS provider's name servers at the registrar",
        "missing",
    ),
    "servfail": (
        "servfail",
        "nobody can find the domain's name servers (SERVFAIL): they do not know the zone, or its DNSSEC is broken",
        "compare the name servers, and the DS record if there is one, at the registrar with those of your DNS provider",
        "wrong",
    ),
    "no servers": (
        "domain-without-servers",
        "the domain has no name servers that could be found",
        "enter your DNS provider's name servers at the registrar",
        "missing",
    ),
    "timeout": (
        "resolver-timeout",
        "the resolver of this machine does not answer, so nothing can be said",
        "look at /etc/resolv.conf, or name another with --resolver",
        "unknown",
    ),
}
_UNHEARD: Final = frozenset({"timeout", "broken"})
"""Silences that may be our own network's."""


def of_zone(zone: Zone) -> Iterator[Finding]:
    """Say what is wrong with a zone's delegation and servers; nothing when all of them answer."""
    if zone.trouble:
        yield _finding(zone, [not_found(zone)], required=True)
        return
    unheard = [reply for reply in zone.servers if reply.silence]
    if unheard:
        nobody = len(unheard) == len(zone.servers)
        weight: Weight = "unknown" if nobody and all(reply.silence in _UNHEARD for reply in unheard) else "wrong"
        yield _finding(zone, [_flaw(reply, weight) for reply in unheard], required=nobody)


def not_found(zone: Zone) -> Flaw:
    """Say why a zone was not found."""
    fault, message, to_do, weight = _TROUBLES[zone.trouble]
    return Flaw(fault=fault, message=message, to_do=to_do.format(domain=zone.domain), weight=weight)


def silent(answer: Answer) -> list[Flaw]:
    """Say of a record that none of the servers answers for it; what one of them refuses cannot be found by anybody."""
    if not answer.silent:
        return [not_found(Zone(domain=answer.name, apex="", servers=(), trouble="timeout"))]
    weight: Weight = "unknown" if all(reply.silence in _UNHEARD for reply in answer.silent) else "wrong"
    return [_flaw(reply, weight) for reply in answer.silent]


def _flaw(reply: Reply, weight: Weight) -> Flaw:
    lame = reply.silence in {"refused", "lame"}
    return Flaw(
        fault="lame" if lame else f"server-{reply.silence}" if reply.silence != "servfail" else "servfail",
        message=f"{reply.server} {SILENCE_WORDS[reply.silence]}",
        to_do="take it out of the name servers at the registrar, or let it serve the zone"
        if lame
        else "tell your DNS provider; if no server answers, port 53 may be closed from here",
        weight=weight,
    )


def _finding(zone: Zone, flaws: list[Flaw], *, required: bool) -> Finding:
    return Finding(
        name=zone.apex or zone.domain,
        type="NS",
        domain=zone.domain,
        required=required,
        expected="name servers that answer",
        found=tuple(reply.server for reply in zone.servers),
        flaws=tuple(flaws),
    )
