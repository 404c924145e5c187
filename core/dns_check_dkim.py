"""The check of a DKIM record: receivers find the very key that the server signs with (RFC 6376, 3.6.1)."""

import base64
import binascii
from collections.abc import Iterator

from core.dns_check_case import Case, enter, missing
from core.dns_finding import Flaw
from core.tag_list import read_tags


def check_dkim(case: Case) -> Iterator[Flaw]:
    """There is one record, and its key is ours."""
    records = [value for value in case.seen.values if _is_dkim(value)]
    if not records:
        yield _none(case)
        return
    if len(records) > 1:
        yield Flaw(
            fault="dkim-several",
            message=f"there are {len(records)} keys under this selector, and receivers take any of them",
            to_do=f"leave one alone: {case.record.value}",
        )
        return
    found = read_tags(records[0])
    for mistake in found.mistakes:
        yield Flaw(fault="dkim-syntax", message=mistake, to_do=enter(case))
    yield from _key(case, found.tags)
    yield from _other_tags(case, found.tags)


def _is_dkim(value: str) -> bool:
    tags = read_tags(value).tags
    return "p" in tags and tags.get("v", "DKIM1") == "DKIM1" and '"' not in value


def _none(case: Case) -> Flaw:
    if not case.seen.values:
        return missing(case, "receivers find no key, so every signature fails")
    found = case.seen.values[0]
    if '"' in found:
        why = "quotation marks are part of the value; enter its strings one behind the other, without marks in them"
    elif "p=" not in found:
        why = "it was cut off at the first semicolon, or holds no key; enter it in quotation marks"
    else:
        why = "it begins with something else than v=DKIM1"
    return Flaw(fault="dkim-unreadable", message=f"{_short(found)} is no DKIM key: {why}", to_do=enter(case))


def _key(case: Case, tags: dict[str, str]) -> Iterator[Flaw]:
    found, wanted = tags["p"], read_tags(case.record.value).tags.get("p", "")
    if not found:
        yield Flaw(
            fault="dkim-revoked",
            message="p= is empty, which revokes the key: every signature fails",
            to_do=enter(case),
        )
        return
    bare = "".join(found.split())
    if bare == wanted:
        if bare != found:
            yield Flaw(
                fault="dkim-split-with-blank",
                message="a blank stands inside the key, where two strings were put together; not all receivers skip it",
                to_do="enter the strings one behind the other, without a blank at their ends",
                weight="weak",
            )
        return
    if wanted.startswith(bare):
        yield Flaw(
            fault="dkim-truncated",
            message=f"the key is cut off after {len(bare)} of {len(wanted)} characters; your provider's form may stop"
            " at 255",
            to_do="enter the value as two strings, each in quotation marks",
        )
    elif not _is_base64(bare):
        yield Flaw(fault="dkim-garbled", message="the key is no base64, so nobody can read it", to_do=enter(case))
    else:
        yield Flaw(
            fault="dkim-other-key",
            message=f"it is another key, {_short(bare)}, and the server signs with {_short(wanted)}",
            to_do=enter(case),
        )


def _other_tags(case: Case, tags: dict[str, str]) -> Iterator[Flaw]:
    wanted = read_tags(case.record.value).tags
    kind, ours = tags.get("k", "rsa"), wanted.get("k", "rsa")
    services, hashes, flags = (
        {part.strip() for part in tags.get(name, default).split(":")}
        for name, default in (("s", "*"), ("h", "sha256"), ("t", ""))
    )
    if kind != ours:
        yield Flaw(fault="dkim-kind", message=f"k={kind} names another kind of key than {ours}", to_do=enter(case))
    if not services & {"*", "email"}:
        yield Flaw(fault="dkim-service", message=f"s={tags['s']} does not allow it for mail", to_do=enter(case))
    if "sha256" not in hashes:
        yield Flaw(fault="dkim-hash", message=f"h={tags['h']} does not allow sha256, which signs", to_do=enter(case))
    if "y" in flags:
        yield Flaw(
            fault="dkim-testing",
            message="t=y says that this is a test, so a failing signature counts for nothing",
            to_do=enter(case),
            weight="weak",
        )


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _short(text: str) -> str:
    return text if len(text) <= 40 else f"{text[:20]}…{text[-12:]}"
