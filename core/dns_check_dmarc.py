"""The check of a DMARC record (RFC 9989, which took the place of RFC 7489 in May 2026)."""

from collections.abc import Iterator, Mapping
from typing import Final

from core.dns_check_case import Case, enter, missing
from core.dns_finding import Flaw
from core.tag_list import read_tags

_STRENGTH: Final = {"none": 0, "quarantine": 1, "reject": 2}
_VERSION: Final = "DMARC1"


def check_dmarc(case: Case) -> Iterator[Flaw]:
    """There is one record, its policy is no weaker than wanted, and reports reach somebody."""
    records = [value for value in case.seen.values if _is_dmarc(value)]
    if not records:
        yield _none(case)
        return
    if len(records) > 1:
        yield Flaw(
            fault="dmarc-several",
            message=f"there are {len(records)} DMARC records, and receivers then take none: {' and '.join(records)}",
            to_do=f"leave one alone: {case.record.value}",
        )
        return
    found = read_tags(records[0])
    for mistake in found.mistakes:
        yield Flaw(fault="dmarc-syntax", message=mistake, to_do=enter(case, records[0]))
    yield from _policy(case, found.tags)
    yield from _reports(case, found.tags)


def _is_dmarc(value: str) -> bool:
    return read_tags(value).first() == ("v", _VERSION)


def _none(case: Case) -> Flaw:
    meant = next((value for value in case.seen.values if "dmarc" in value.lower() or "p=" in value), "")
    if not meant:
        return missing(case, "there is no DMARC record")
    why = "the quotation marks are part of the value" if '"' in meant else f"it has to begin with v={_VERSION};"
    return Flaw(fault="dmarc-unreadable", message=f"{meant} is no DMARC record: {why}", to_do=enter(case, meant))


def _policy(case: Case, tags: Mapping[str, str]) -> Iterator[Flaw]:
    wanted = read_tags(case.record.value).tags.get("p", "none")
    policy = tags.get("p", "").lower()
    if policy not in _STRENGTH:
        what = f"p={tags['p']} is no policy" if "p" in tags else "it has no p= (cut off at the semicolon?)"
        yield Flaw(fault="dmarc-no-policy", message=f"{what}; receivers do nothing", to_do=enter(case))
        return
    if _STRENGTH[policy] < _STRENGTH[wanted]:
        yield Flaw(
            fault="dmarc-weaker",
            message=f"p={policy} is weaker than p={wanted}: forged mail is let through",
            to_do=enter(case),
        )
        return
    for tag, whom in (("sp", "sub-domains"), ("np", "sub-domains that do not exist")):
        other = tags.get(tag, policy).lower()
        if _STRENGTH.get(other, -1) < _STRENGTH[wanted]:
            yield Flaw(
                fault="dmarc-weaker-below",
                message=f"{tag}={other} is weaker than p={wanted} for {whom}",
                to_do=f"take {tag}= out",
                weight="weak",
            )
    yield from _by_halves(case, tags, _STRENGTH[wanted])


def _by_halves(case: Case, tags: Mapping[str, str], strength: int) -> Iterator[Flaw]:
    if strength and tags.get("t", "n").lower() == "y":
        yield Flaw(
            fault="dmarc-testing",
            message="t=y says that this is a test: receivers do less than p= says",
            to_do=enter(case),
        )
    if strength and tags.get("pct", "100") != "100":
        yield Flaw(
            fault="dmarc-percent",
            message=f"pct={tags['pct']} is gone since RFC 9989, and older receivers spare part of the mail by it",
            to_do="take pct= out",
            weight="weak",
        )
    for tag in ("adkim", "aspf"):
        if tags.get(tag, "r").lower() not in {"r", "s"}:
            yield Flaw(
                fault="dmarc-syntax", message=f"{tag}={tags[tag]} is neither r nor s", to_do=enter(case), weight="weak"
            )


def _reports(case: Case, tags: Mapping[str, str]) -> Iterator[Flaw]:
    if "rua" not in read_tags(case.record.value).tags:
        return
    if not tags.get("rua"):
        yield Flaw(
            fault="dmarc-no-reports",
            message="without rua= nobody reports what is sent in the domain's name",
            to_do=enter(case),
            weight="weak",
        )
        return
    domain = case.record.name.removeprefix("_dmarc.")
    for address in tags["rua"].split(","):
        yield from _reports_to(case, domain, address.strip())


def _reports_to(case: Case, domain: str, address: str) -> Iterator[Flaw]:
    scheme, _, mailbox = address.partition(":")
    # RFC 9990 drops the size that RFC 7489 let stand behind an exclamation mark.
    at = mailbox.partition("!")[0].rpartition("@")[2].lower().rstrip(".")
    if scheme.lower() != "mailto" or "@" not in mailbox:
        yield Flaw(
            fault="dmarc-no-reports",
            message=f"rua={address} is no address; write mailto: before it",
            to_do=enter(case),
            weight="weak",
        )
        return
    if f".{at}".endswith(f".{domain}") or f".{domain}".endswith(f".{at}"):
        return
    consent = f"{domain}._report._dmarc.{at}"
    answer = case.ask(consent, "TXT")
    if answer.answering and not any(_is_dmarc(value) for value in answer.values):
        yield Flaw(
            fault="dmarc-reports-unwanted",
            message=f"reports go to {at}, which does not say that it takes them",
            to_do=f'enter TXT {consent} "v={_VERSION}" in the zone of {at}',
            weight="weak",
        )
