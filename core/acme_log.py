"""What mailcow's ACME client has said, read as what became of the certificate, and why.

Its lines follow mailcow's ``data/Dockerfiles/acme`` (2026-07a) and acme-tiny 5.0, which prints an authority's refusal
as a Python value. Lines that are not known here are passed over.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

_ESCAPES: Final = re.compile(r"\x1b\[[0-9;]*[A-Za-z]|\r")
"""Docker Compose 2.26 clears the line of a terminal before each line of a log, also where there is none."""
_ENDED: Final = re.compile(
    r"sleeping (?:one|for another) day"
    r"|retrying in 30 minutes"
    r"|Cannot validate any hostnames"
    r"|skipping Let's Encrypt\.\.\."
    r"|skipping ACME client"
    r"|Cannot obtain certificate for"
)
_FOUND: Final = re.compile(r"Found A(?:AAA)? record for (?P<name>[^\s:]+): \S+")
_LEADS_NOWHERE: Final = re.compile(r"No A or AAAA record found for hostname (?P<name>\S+)")
_LEADS_ELSEWHERE: Final = re.compile(
    r"Cannot match your IP (?P<ours>\S*) against hostname (?P<name>\S+) \(DNS returned (?P<found>[^)]+)\)"
)
_NO_FILE: Final = re.compile(r"but HTTP validation failed")
_FORBIDDEN: Final = re.compile(r"Lets Encrypt disallowed for (?P<name>\S+) by CAA record")
_NOT_PASSED: Final = re.compile(r"Challenge did not pass for (?P<name>[^\s:]+):")
_DETAIL: Final = re.compile(r"""['"]detail['"]: (?:'(?P<single>[^']*)'|"(?P<double>[^"]*)")""")
_TYPE: Final = re.compile(r"urn:ietf:params:acme:error:(?P<type>\w+)")
_RATE_LIMITED: Final = "rateLimited"
_SILENCE: Final = re.compile(r"^Response Code: (?P<code>None|5\d\d)\s*\nResponse: (?P<why>.*)$", re.MULTILINE)
_OTHERS: Final = re.compile(r"Found certificate with issuer other than")
_SKIPPED: Final = re.compile(r"SKIP_LETS_ENCRYPT=y")
_TOO_MANY: Final = re.compile(r"Cannot obtain certificate for '[^']*': it would contain (?P<count>\d+) names")
_STALE: Final = re.compile(r"Some services do return old end dates")
_FAILED: Final = re.compile(r"Failed to obtain certificate")


@dataclass(frozen=True, kw_only=True)
class AcmeReport:
    """How one attempt went."""

    ended: bool
    """Whether it is over; what is missing before may still come."""
    reasons: tuple[str, ...]
    """Why names are missing, each a clause without an end: nothing for an attempt that went well."""


def read_acme_log(text: str) -> AcmeReport:
    """Read what the client has said since it was started.

    Args:
        text: Its log, one attempt of it.
    """
    text = _ESCAPES.sub("", text)
    return AcmeReport(ended=bool(_ENDED.search(text)), reasons=tuple(dict.fromkeys(_reasons(text))))


def _reasons(text: str) -> Iterator[str]:
    if _OTHERS.search(text):
        yield (
            "mailcow found a certificate that is neither its own nor Let's Encrypt's in data/assets/ssl, and its ACME"
            " client stays away from it: set lets_encrypt: false, or take cert.pem out there"
        )
    if _SKIPPED.search(text):
        yield "SKIP_LETS_ENCRYPT is y in mailcow.conf, so nothing is asked for: take it out there"
    yield from _about_names(text)
    yield from _of_the_authority(text)
    if _STALE.search(text):
        yield "mailcow has a new certificate, and its servers did not take it up: restart mailcow's containers"


def _about_names(text: str) -> Iterator[str]:
    """Say which names mailcow itself left out, before it asked anybody."""
    nowhere = _all(_LEADS_NOWHERE, text)
    if nowhere:
        yield f"no DNS record leads to {_listed(nowhere)}: enter it"
    for match in _LEADS_ELSEWHERE.finditer(text):
        yield f"{match['name']} leads to {match['found']}, and this host is {match['ours'] or 'unknown'}: correct it"
    unread = list(_unread(text))
    if unread:
        yield f"{_listed(unread)} leads here, but mailcow's file on port 80 was not got there: see who answers there"
    forbidden = _all(_FORBIDDEN, text)
    if forbidden:
        yield f'a CAA record of {_listed(forbidden)} forbids it: add one with 0 issue "letsencrypt.org"'


def _unread(text: str) -> Iterator[str]:
    """Find names whose challenge did not come back; the line before says which name it was."""
    name = ""
    for line in text.splitlines():
        if found := _FOUND.search(line):
            name = found["name"]
        elif _NO_FILE.search(line) and name:
            yield name


def _of_the_authority(text: str) -> Iterator[str]:
    """Say what the certificate authority answered, or that it did not."""
    kinds, details = _all_of(_TYPE, text, "type"), _details(text)
    said = f" ({'; '.join(details)})" if details else ""
    if crowded := _TOO_MANY.search(text):
        yield f"it would hold {crowded['count']} names, and Let's Encrypt allows 100: move domains to another server"
    elif _RATE_LIMITED in kinds:
        yield (
            f"the certificate authority limits how often it is asked{said}:"
            " wait until then, each try counts; nothing is lost meanwhile"
        )
    elif silence := _SILENCE.search(text):
        why = "it has an error of its own" if silence["code"] != "None" else _plain(silence["why"])
        yield f"the certificate authority cannot be reached ({why}): try again later"
    elif not_passed := _all(_NOT_PASSED, text):
        yield (
            f"the certificate authority did not accept {_listed(not_passed)}{said}:"
            " see its DNS records, and whether port 80 is reached from everywhere"
        )
    elif kinds:
        yield f"the certificate authority refuses ({_listed(kinds)}){said}"
    elif _FAILED.search(text):
        yield "mailcow's ACME client failed: see docker compose logs acme-mailcow"


def _plain(why: str) -> str:
    """Take the words out of ``<urlopen error [Errno 111] Connection refused>``."""
    return re.sub(r"^<urlopen error (?:\[Errno -?\d+\] )?|>$", "", why.strip()) or "no answer"


def _details(text: str) -> list[str]:
    found = [match["single"] or match["double"] or "" for match in _DETAIL.finditer(text)]
    return list(dict.fromkeys(detail.strip().rstrip(".") for detail in found if detail.strip()))


def _all(pattern: re.Pattern[str], text: str) -> list[str]:
    return _all_of(pattern, text, "name")


def _all_of(pattern: re.Pattern[str], text: str, group: str) -> list[str]:
    return list(dict.fromkeys(match[group] for match in pattern.finditer(text)))


def _listed(things: Sequence[str]) -> str:
    return ", ".join(things)
