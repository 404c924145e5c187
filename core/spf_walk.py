"""An SPF record followed to its end: whom it lets send, and how many look-ups that costs (RFC 7208, 4.6.4 and 5)."""

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from core.dns_seen import Ask
from core.spf_terms import Term, is_spf, read_spf

MOST_LOOKUPS: Final = 10
MOST_VOID_LOOKUPS: Final = 2
MOST_MX: Final = 10
_GIVE_UP_AFTER: Final = 60
"""Look-ups; a record that needs more is refused by everybody, and counting on would only be a burden to others."""

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Result = Literal["pass", "fail", "softfail", "neutral", "none"]
_RESULTS: Final[dict[str, Result]] = {"+": "pass", "-": "fail", "~": "softfail", "?": "neutral"}


@dataclass(frozen=True, kw_only=True)
class Trouble:
    """Something that makes receivers treat the record as invalid."""

    fault: str
    message: str
    certain: bool = True
    """False when a server did not answer, so that it may be right."""


@dataclass
class SpfWalk:
    """One evaluation for one sending address; the whole record is followed, as it is for a stranger's address."""

    ask: Ask
    address: Address
    lookups: int = 0
    void: int = 0
    troubles: list[Trouble] = field(default_factory=list[Trouble])
    counted: list[str] = field(default_factory=list[str])
    """Terms that cost a look-up, in order."""

    def result(self, domain: str, text: str) -> Result:
        """Evaluate a domain's record, what it includes with it."""
        result = self._record(domain, text, (domain,))
        if self.lookups > MOST_LOOKUPS:
            more = " or more" if self.lookups > _GIVE_UP_AFTER else ""
            self._note(
                "spf-too-many-lookups",
                f"needs {self.lookups}{more} look-ups ({', '.join(self.counted[:15])}), and {MOST_LOOKUPS} are allowed",
            )
        if self.void > MOST_VOID_LOOKUPS:
            self._note(
                "spf-void-lookups", f"makes {self.void} look-ups that find nothing, and {MOST_VOID_LOOKUPS} are allowed"
            )
        return result

    def _note(self, fault: str, message: str, *, certain: bool = True) -> None:
        trouble = Trouble(fault=fault, message=message, certain=certain)
        if trouble not in self.troubles:
            self.troubles.append(trouble)

    def _record(self, domain: str, text: str, path: Sequence[str]) -> Result:
        spf = read_spf(text)
        whose = "" if len(path) == 1 else f" (in the record of {domain})"
        for mistake in spf.mistakes:
            self._note("spf-syntax", f"{mistake}{whose}")
        found: Result | None = None
        redirect = None
        for term in spf.terms:
            if term.modifier:
                redirect = term if term.name == "redirect" else redirect
                continue
            if self._matches(term, domain, path) and found is None:
                found = _RESULTS[term.qualifier]
            if term.name == "all":
                return found or "neutral"
        if redirect is not None:
            onward = self._follow(redirect, path)
            return found or onward
        return found or "neutral"

    def _matches(self, term: Term, domain: str, path: Sequence[str]) -> bool:
        match term.name:
            case "all":
                return True
            case "ip4" | "ip6":
                return term.network is not None and self.address in term.network
            case "include":
                return self._follow(term, path) == "pass"
            case "a":
                return self._costs(term) and self._leads_here(self._addresses(term.value or domain), term)
            case "mx":
                return self._costs(term) and self._mx_leads_here(term.value or domain, term)
            case _:
                # `exists` and `ptr` depend on who asks; they cost a look-up, and nobody is let in by them here.
                self._costs(term)
                return False

    def _costs(self, term: Term) -> bool:
        self.lookups += 1
        self.counted.append(term.text)
        return self.lookups <= _GIVE_UP_AFTER and "%" not in term.value

    def _follow(self, term: Term, path: Sequence[str]) -> Result:
        if not self._costs(term):
            return "none"
        if term.value in path:
            self._note("spf-loop", f"includes itself: {' → '.join([*path, term.value])}")
            return "none"
        answer = self.ask(term.value, "TXT")
        if not answer.answering:
            self._note("spf-unasked", f"{term.text} could not be followed: no answer", certain=False)
            return "none"
        records = [value for value in answer.values if is_spf(value)]
        if not answer.values:
            self.void += 1
        if len(records) != 1:
            has = "no SPF record" if not records else f"{len(records)} SPF records"
            self._note("spf-include", f"{term.text} leads to {has} at {term.value}")
            return "none"
        return self._record(term.value, records[0], (*path, term.value))

    def _addresses(self, name: str) -> tuple[str, ...]:
        answer = self.ask(name, "A" if self.address.version == 4 else "AAAA")
        if answer.answering and not answer.values:
            self.void += 1
        return answer.values

    def _mx_leads_here(self, name: str, term: Term) -> bool:
        answer = self.ask(name, "MX")
        if answer.answering and not answer.values:
            self.void += 1
        targets = [value.partition(" ")[2] for value in answer.values]
        if len(targets) > MOST_MX:
            self._note("spf-too-many-mx", f"{term.text} finds {len(targets)} mail servers, and {MOST_MX} are allowed")
        kind = "A" if self.address.version == 4 else "AAAA"
        return any(self._leads_here(self.ask(target, kind).values, term) for target in targets[:MOST_MX] if target)

    def _leads_here(self, addresses: Sequence[str], term: Term) -> bool:
        mask = term.masks[0] if self.address.version == 4 else term.masks[1]
        networks = (ipaddress.ip_network(f"{address}/{mask}", strict=False) for address in addresses)
        return any(self.address in network for network in networks)


def last_word(text: str, domain: str, ask: Ask, *, deep: int = 5) -> str:
    """Find what a record says of everybody else: ``-all``, ``~all``, ``?all``, ``+all``, or nothing.

    Args:
        text: The record.
        domain: Whose it is.
        ask: Asks for the record of a ``redirect=``.
        deep: How many of those are followed.
    """
    terms = read_spf(text).terms
    for term in terms:
        if not term.modifier and term.name == "all":
            return f"{term.qualifier}all"
    onward = next((term.value for term in terms if term.modifier and term.name == "redirect"), "")
    if not onward or onward == domain or not deep:
        return ""
    records = [value for value in ask(onward, "TXT").values if is_spf(value)]
    return last_word(records[0], onward, ask, deep=deep - 1) if len(records) == 1 else ""
