"""The check of an SPF record by what it means: exactly one, valid, and our server may send."""

import ipaddress
from collections.abc import Iterator
from typing import Final

from core.dns_check_case import Case, enter, missing, several
from core.dns_finding import Flaw
from core.spf_terms import is_spf, looks_like_spf, read_spf
from core.spf_walk import Address, SpfWalk, last_word

_TO_DO: Final = {
    "spf-too-many-lookups": "take out what sends no mail for you, or write its addresses as ip4:",
    "spf-void-lookups": "take out names that are gone",
    "spf-loop": "take the include: out that leads back",
    "spf-include": "take that include: out, or correct its name",
}


def check_spf(case: Case) -> Iterator[Flaw]:
    """There is one record (RFC 7208, 4.5), and whoever evaluates it lets us send and strangers not."""
    records = [value for value in case.seen.values if is_spf(value)]
    if not records:
        yield _none(case)
        return
    if len(records) > 1:
        yield Flaw(
            fault="spf-several",
            message=f"there are {len(records)} SPF records, and receivers then take none: {' and '.join(records)}",
            to_do=f"leave one alone: {case.record.value}",
        )
        return
    yield from _evaluated(case, records[0])
    yield from _everybody_else(case, records[0])


def spf_values(values: tuple[str, ...]) -> tuple[str, ...]:
    """Pick, of all TXT values at a name, those that are or were meant to be SPF."""
    return tuple(value for value in values if is_spf(value) or looks_like_spf(value))


def _none(case: Case) -> Flaw:
    meant = spf_values(case.seen.values)
    if not meant:
        return missing(case, "there is no SPF record")
    if '"' in meant[0]:
        why = "the quotation marks are part of the value; enter it without them"
    elif meant[0].lower().startswith("v=spf1"):
        why = "its blanks are lost; enter it in quotation marks"
    else:
        why = "an SPF record begins with v=spf1 and a blank"
    return Flaw(fault="spf-unreadable", message=f"{meant[0]} is no SPF record: {why}", to_do=enter(case, meant[0]))


def _evaluated(case: Case, text: str) -> Iterator[Flaw]:
    told: set[str] = set()
    addresses = _senders(case)
    for address in addresses:
        walk = SpfWalk(ask=case.ask, address=address)
        result = walk.result(case.record.name, text)
        for trouble in walk.troubles:
            if trouble.message not in told:
                told.add(trouble.message)
                yield Flaw(
                    fault=trouble.fault,
                    message=trouble.message,
                    to_do=_TO_DO.get(trouble.fault, enter(case, text)),
                    weight="wrong" if trouble.certain else "unknown",
                )
        if result != "pass" and all(trouble.certain for trouble in walk.troubles):
            yield Flaw(
                fault="spf-not-us",
                message=f"{address} sends our mail, and the record says {result} to it",
                to_do=enter(case, text),
            )
    yield from _without(case, text)


def _without(case: Case, text: str) -> Iterator[Flaw]:
    """Name who else sends for the domain, such as a relay, and is not in the record."""
    wanted = {term.value for term in read_spf(case.record.value).terms if term.name == "include"}
    held = {term.value for term in read_spf(text).terms if term.name == "include"}
    if left_out := sorted(wanted - held):
        yield Flaw(
            fault="spf-without-relay",
            message=f"include:{several(left_out)} is missing, and the relay sends our mail",
            to_do=enter(case, text),
        )
    if not _senders(case):
        for mistake in read_spf(text).mistakes:
            yield Flaw(fault="spf-syntax", message=mistake, to_do=enter(case, text))


def _everybody_else(case: Case, text: str) -> Iterator[Flaw]:
    word = last_word(text, case.record.name, case.ask)
    if word == "+all":
        yield Flaw(fault="spf-lets-all", message="+all lets the whole world send", to_do=enter(case, text))
    elif word in {"?all", ""}:
        what = f"{word} says nothing" if word else "it says nothing"
        yield Flaw(
            fault="spf-says-nothing",
            message=f"{what} of everybody else, so a forged sender is as good as ours",
            to_do=enter(case, text),
        )
    elif word == "~all":
        yield Flaw(
            fault="spf-softfail",
            message="~all asks receivers to be doubtful of everybody else, and -all to refuse them",
            to_do=enter(case, text),
            weight="weak",
        )


def _senders(case: Case) -> list[Address]:
    """Say who sends: the addresses in the record that is wanted, else those of the host that it stands at."""
    networks = [term.network for term in read_spf(case.record.value).terms if term.network is not None]
    if networks:
        return [network.network_address for network in networks]
    return [ipaddress.ip_address(address) for address in case.addresses_of(case.record.name)]
