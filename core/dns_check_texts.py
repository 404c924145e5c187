"""Checks of the other records of policies: MTA-STS, TLS reports, CAA, and texts that are to be there as they are."""

from collections.abc import Iterator, Sequence
from typing import Final

from core.dns_check_case import Case, enter, missing, several
from core.dns_finding import Flaw
from core.tag_list import read_tags

_ISSUE: Final = "issue"


def check_mta_sts(case: Case) -> Iterator[Flaw]:
    """There is one record, and its id is that of the policy (RFC 8461, 3.1)."""
    found = _versioned(case, "STSv1")
    if len(found) != 1:
        yield from _not_one(case, found, "MTA-STS")
        return
    identity, wanted = (read_tags(text).tags.get("id", "") for text in (found[0], case.record.value))
    if not (identity.isascii() and identity.isalnum() and len(identity) <= 32):
        yield Flaw(
            fault="mta-sts-id",
            message=f"id={identity} is no id: up to 32 letters and digits",
            to_do=enter(case, found[0]),
        )
    elif identity != wanted:
        yield Flaw(
            fault="mta-sts-id",
            message=f"id={identity} is not that of the policy, {wanted}: senders do not notice that it has changed",
            to_do=enter(case, found[0]),
        )


def check_tls_reports(case: Case) -> Iterator[Flaw]:
    """There is one record that names an address (RFC 8460, 3)."""
    found = _versioned(case, "TLSRPTv1")
    if len(found) != 1:
        yield from _not_one(case, found, "TLS report")
        return
    addresses = [address.strip() for address in read_tags(found[0]).tags.get("rua", "").split(",")]
    if not all(address.startswith(("mailto:", "https://")) for address in addresses):
        yield Flaw(
            fault="tls-reports-address",
            message=f"{found[0]} names no address; it begins with mailto: or https:",
            to_do=enter(case, found[0]),
        )


def check_text(case: Case) -> Iterator[Flaw]:
    """The text is there as it is; others may stand beside it."""
    if case.record.value in case.seen.values:
        return
    if not case.seen.values:
        yield missing(case)
        return
    found = several(case.seen.values)
    yield Flaw(fault="text-wrong", message=f"it says {found}", to_do=enter(case, found))


def check_caa(case: Case) -> Iterator[Flaw]:
    """Our certificate authority may issue for the name (RFC 8659, 3: the nearest records above a name count)."""
    wanted = _authority(case.record.value)
    if case.seen.values:
        yield from _forbidden(case, case.record.name, case.seen.values, wanted)
        return
    labels = case.record.name.split(".")
    # The search ends below the top: nobody's own records stand there.
    above = [".".join(labels[at:]) for at in range(1, len(labels) - 1)]
    for name in above:
        values = case.ask(name, "CAA").values
        if values:
            forbidden = list(_forbidden(case, name, values, wanted))
            yield from forbidden
            if forbidden:
                return
            break
    yield missing(case)


def _forbidden(case: Case, name: str, values: Sequence[str], wanted: str) -> Iterator[Flaw]:
    issuers = [value for value in values if _tag(value) == _ISSUE]
    allowed = [value for value in issuers if _authority(value) == wanted]
    if not issuers or any("validationmethods" not in value or "http-01" in value for value in allowed):
        return
    found = several([value for value in values if _tag(value) == _ISSUE])
    yield Flaw(
        fault="caa-forbids",
        message=f"CAA at {name} says {found}, so {wanted} issues no certificate",
        to_do=f"enter CAA {name} {case.record.value}",
        grave=True,
    )


def _tag(value: str) -> str:
    return value.split()[1].lower() if len(value.split()) > 1 else ""


def _authority(value: str) -> str:
    return value.partition('"')[2].partition('"')[0].partition(";")[0].strip().lower()


def _versioned(case: Case, version: str) -> list[str]:
    return [value for value in case.seen.values if read_tags(value).first() == ("v", version)]


def _not_one(case: Case, found: Sequence[str], kind: str) -> Iterator[Flaw]:
    if found:
        yield Flaw(
            fault="several",
            message=f"there are {len(found)} {kind} records, and senders then take none: {' and '.join(found)}",
            to_do=f"leave one alone: {case.record.value}",
        )
    elif case.seen.values:
        there = case.seen.values[0]
        yield Flaw(fault="text-wrong", message=f"{there} is no {kind} record", to_do=enter(case, there))
    else:
        yield missing(case)
