"""Checks of what leads to hosts: A, AAAA, PTR, CNAME and SRV records."""

from collections.abc import Iterator
from typing import Final

from core.dns_check_case import Case, doubled, enter, missing, several
from core.dns_finding import Flaw

_OTHER_KIND: Final = {"A": "AAAA", "AAAA": "A"}


def check_address(case: Case) -> Iterator[Flaw]:
    """A host has its own address, no other one, and is no alias: mail goes to any of a name's addresses."""
    record, seen = case.record, case.seen
    if seen.alias and (record.required or record.value not in seen.values):
        yield Flaw(
            fault="cname-at-host",
            message=f"it is an alias (CNAME) of {seen.alias}, and what an MX names may be none (RFC 2181, 10.3)",
            to_do=f"delete the CNAME; {enter(case)}",
        )
        return
    if not seen.values:
        yield missing(case)
        return
    others = [value for value in seen.values if value != record.value]
    if record.value not in seen.values:
        yield Flaw(
            fault="address-wrong",
            message=f"it leads to {several(others)}",
            to_do=enter(case, several(others)),
        )
    elif others:
        yield Flaw(
            fault="address-extra",
            message=f"it leads to {several(others)} as well, and so does some of the mail",
            to_do=f"delete {several(others)} at {record.name}",
        )
    if record.required:
        yield from _of_other_kind(case)


def _of_other_kind(case: Case) -> Iterator[Flaw]:
    kind = _OTHER_KIND[case.record.type]
    found = set(case.ask(case.record.name, kind).values) - set(case.addresses_of(case.record.name))
    if found:
        yield Flaw(
            fault="address-of-other-kind",
            message=f"it has {kind} {several(sorted(found))} too, and whoever can goes there first",
            to_do=f"delete {kind} {case.record.name}, unless the mail server answers there",
            weight="weak",
        )


def check_ptr(case: Case) -> Iterator[Flaw]:
    """The address names the host, which greets by that name (HELO), and the name leads back to the address."""
    address, host, found = case.record.name, case.record.value, case.seen.values
    asked = f"ask your cloud provider to let {address} name {host}; it is not in your zone"
    if not found:
        yield Flaw(fault="missing", message="the address names nobody", to_do=asked, weight="missing")
        return
    if host not in found:
        yield Flaw(
            fault="ptr-wrong",
            message=f"the address names {several(found)}, and the server greets as {host}",
            to_do=asked,
        )
        return
    if len(found) > 1:
        yield Flaw(
            fault="ptr-several",
            message=f"the address names {several(found)}; some receivers look at one of them only",
            to_do=f"ask your cloud provider to leave {host} alone there",
            weight="weak",
        )
    forward = case.ask(host, "AAAA" if ":" in address else "A")
    if forward.answering and address not in forward.values:
        leads = several(forward.values) or "nowhere"
        yield Flaw(
            fault="ptr-not-confirmed",
            message=f"the address names {host}, and {host} leads to {leads}: receivers believe no such name",
            to_do=f"let {host} lead to {address}",
        )


def check_alias(case: Case) -> Iterator[Flaw]:
    """A name leads where our host is, by a CNAME or by the host's own address."""
    record, found = case.record, case.seen.values
    if record.value in found:
        return
    if found:
        yield _wrong_target(case, found, "alias-wrong")
        return
    here = set(case.addresses_of(record.value))
    addresses = [value for kind in ("A", "AAAA") for value in case.ask(record.name, kind).values]
    if not addresses:
        yield missing(case)
    elif not here or not set(addresses) <= here:
        yield Flaw(
            fault="alias-wrong",
            message=f"it leads to {several(addresses)}",
            to_do=f"delete that; {enter(case)}",
        )


def check_service(case: Case) -> Iterator[Flaw]:
    """An SRV names our host and port; priority and weight mean nothing where there is one server."""
    wanted, found = _target(case.record.value), case.seen.values
    if not found:
        yield missing(case)
        return
    others = [value for value in found if _target(value) != wanted]
    if len(others) == len(found):
        yield _wrong_target(case, found, "service-wrong")
    elif others:
        yield Flaw(
            fault="service-extra",
            message=f"it names {several(others)} as well",
            to_do=f"delete {several(others)} at {case.record.name}",
        )


def _target(value: str) -> tuple[str, ...]:
    """Take port and host out of ``priority weight port host``; the port of a service not offered means nothing."""
    parts = value.split()
    return (".",) if parts[-1:] == ["."] else tuple(parts[2:])


def _wrong_target(case: Case, found: tuple[str, ...], fault: str) -> Flaw:
    wanted = case.record.value
    twice = any(doubled(value, wanted, case.record.domain) for value in found)
    why = "; your provider has put the domain behind a whole name: end it with a dot" if twice else ""
    return Flaw(
        fault="target-doubled" if twice else fault,
        message=f"it names {several(found)}{why}",
        to_do=enter(case, several(found)),
    )
