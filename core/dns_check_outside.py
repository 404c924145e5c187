"""Checks of what is seen beyond DNS: the MTA-STS policy file, and the names in the certificate."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from core import mta_sts
from core.dns import DnsRecord
from core.dns_finding import Finding, Flaw

_POLICY_PATH: Final = "/.well-known/mta-sts.txt"


@dataclass(frozen=True, kw_only=True)
class PolicyFile:
    """What came back for a domain's MTA-STS policy."""

    text: str = ""
    trouble: str = ""
    """Why nothing came, in a few words; empty when the file came."""


@dataclass(frozen=True, kw_only=True)
class Handshake:
    """How a TLS handshake by one name ended."""

    name: str
    trouble: str = ""
    """Why a mail program would refuse the certificate; empty when it would not."""
    unheard: bool = False
    """Whether nobody answered, so that nothing can be said of the certificate."""


def policy_domains(records: Sequence[DnsRecord]) -> list[str]:
    """List the domains whose policy file is worth a look: those with an MTA-STS record to enter."""
    return [record.domain for record in records if record.name == f"_mta-sts.{record.domain}"]


def certificate_names(records: Sequence[DnsRecord]) -> dict[str, str]:
    """List the names that the certificate has to hold, each with the address where to look.

    Those are the hosts themselves, and what is an alias of one of them.
    """
    required = {one.name: one.value for one in records if one.type in {"A", "AAAA"} and one.required}
    aliases = {one.name: required[one.value] for one in records if one.type == "CNAME" and one.value in required}
    return {**required, **aliases}


def policy_place(domain: str) -> tuple[str, str]:
    """Say by which name, and at which path there, a domain's MTA-STS policy is fetched (RFC 8461, 3.3)."""
    return f"{mta_sts.PREFIX}.{domain}", _POLICY_PATH


def check_policy(domain: str, seen: PolicyFile, records: Sequence[DnsRecord]) -> Finding:
    """Check a domain's policy (RFC 8461, 3.2): it is there, valid, and lets mail come to our MX."""
    targets = [one.value.partition(" ")[2] for one in records if one.type == "MX" and one.name == domain]
    flaws = tuple(_policy_flaws(seen, targets))
    return Finding(
        name="https://{}{}".format(*policy_place(domain)),
        type="HTTPS",
        domain=domain,
        required=any(flaw.grave for flaw in flaws),
        expected=f"a policy with mx: {', '.join(targets)}",
        found=tuple(line for line in seen.text.splitlines() if line.strip()),
        flaws=flaws,
    )


def _policy_flaws(seen: PolicyFile, targets: Sequence[str]) -> list[Flaw]:
    if seen.trouble:
        to_do = "see whether mta-sts. leads to the mail host, and whether the certificate holds that name"
        return [Flaw(fault="mta-sts-file", message=f"the file cannot be read: {seen.trouble}", to_do=to_do)]
    to_do = "have it set anew: mta_sts: off in the list, mailstead up, then the mode again and mailstead up"
    lines = [line.partition(":")[::2] for line in seen.text.splitlines() if line.strip()]
    keys = {key.strip(): value.strip() for key, value in lines}
    allowed = [value.strip().lower() for key, value in lines if key.strip() == "mx"]
    wrong: list[tuple[str, bool]] = []
    if keys.get("version") != "STSv1":
        wrong.append(("it does not begin with version: STSv1", False))
    if keys.get("mode") not in {"enforce", "testing", "none"}:
        wrong.append((f"mode: {keys.get('mode', '')} is none of enforce, testing, none", False))
    age = keys.get("max_age", "")
    if not (age.isascii() and age.isdigit() and int(age) <= 31_557_600):
        wrong.append((f"max_age: {age} is no number of seconds up to a year", False))
    enforced = keys.get("mode") == "enforce"
    wrong += [
        (f"it does not allow {target}{', and senders that heed it deliver nothing' if enforced else ''}", enforced)
        for target in targets
        if not any(_allows(pattern, target) for pattern in allowed)
    ]
    return [Flaw(fault="mta-sts-policy", message=message, to_do=to_do, grave=grave) for message, grave in wrong]


def _allows(pattern: str, host: str) -> bool:
    """Tell whether a pattern allows a host: a star stands for one label, the leftmost (RFC 8461, 4.1)."""
    if pattern.startswith("*."):
        return host.partition(".")[2] == pattern[2:]
    return host == pattern


def check_certificate(seen: Handshake, records: Sequence[DnsRecord]) -> Finding:
    """Check by one name that the certificate is one that mail programs take."""
    record = next(one for one in records if one.name == seen.name)
    unheard = Flaw(
        fault="nobody-answers",
        message=f"nobody answers there: {seen.trouble}",
        to_do="see whether port 443 is open and mailcow runs",
        weight="unknown",
    )
    refused = Flaw(
        fault="certificate",
        message=f"a mail program would warn or refuse: {seen.trouble}",
        to_do="see that the name leads to the mail host; then run mailstead up, which asks for it at once",
    )
    return Finding(
        name=seen.name,
        type="TLS",
        domain=record.domain,
        # Whoever delivers mail by MX takes any certificate; people's programs do not.
        required=record.type != "CNAME" and record.required,
        expected="a certificate for this name",
        flaws=() if not seen.trouble else (unheard if seen.unheard else refused,),
    )
