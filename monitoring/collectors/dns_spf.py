"""An SPF record followed to its end: whether receivers take it, and whom it lets send (RFC 7208)."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable

Ask = Callable[[str, str], tuple[str, ...]]
"""Gives the values of a name and type."""

# RFC 7208, 4.6.4: receivers take no record that needs more.
MOST_LOOKUPS, MOST_VOID_LOOKUPS, MOST_MX = 10, 2, 10
# Nobody takes such a record anyway, and to ask on would only be a burden to others.
GIVE_UP_AFTER = 30
TERM = re.compile(
    r"[+?~-]?(?:(?P<all>all)|include:(?P<include>\S+)|(?P<by_asker>exists:\S+|ptr(?::\S+)?)"
    r"|ip(?P<version>[46]):(?P<network>[^/\s]+(?:/\d+)?)"
    r"|(?P<hosts>a|mx)(?::(?P<name>[^/\s]+))?(?:/(?P<four>\d+))?(?://(?P<six>\d+))?)",
    re.IGNORECASE,
)
MODIFIER = re.compile(r"(?!(?:all|include|a|mx|ptr|ip[46]|exists)=)([a-z][\w.-]*)=(\S*)", re.IGNORECASE)


def is_spf(text: str) -> bool:
    """Whether receivers take a TXT value for an SPF record (RFC 7208, 4.5)."""
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def lets_send(text: str, domain: str, wanted: str, ask: Ask) -> bool:
    """Whether a record is valid, lets the addresses and relays of another send, and not everybody.

    Args:
        text: The record.
        domain: Whose it is.
        wanted: The record that should be there.
        ask: Gives the values of a name and type.
    """
    senders = [word.partition(":")[2] for word in wanted.split() if re.match("ip[46]:", word)]
    walks = [SpfWalk(sender, ask) for sender in senders]
    let = [walk.result(domain, text, ()) == "+" for walk in walks]
    if not all(let) or not all(walk.valid for walk in walks):
        return False
    return included(wanted) <= included(text) and last_word(text, domain, ask) in {"-", "~"}


def included(text: str) -> set[str]:
    """Name whose records a record includes."""
    terms = [TERM.fullmatch(word) for word in text.split()]
    return {host_name(term["include"]) for term in terms if term and term["include"]}


def last_word(text: str, domain: str, ask: Ask, deep: int = 5) -> str:
    """Find what a record says of everybody else: ``-``, ``~``, ``?``, ``+``, or nothing."""
    words = text.lower().split()[1:]
    said = next((word for word in words if word.lstrip("+?~-") == "all"), "")
    if said:
        return "+" if said == "all" else said[0]
    onward = next((host_name(word.partition("=")[2]) for word in words if word.startswith("redirect=")), "")
    found = [one for one in ask(onward, "TXT") if is_spf(one)] if onward not in {"", domain} and deep else []
    return last_word(found[0], onward, ask, deep - 1) if len(found) == 1 else ""


def host_name(text: str) -> str:
    """Write a name in one form."""
    return text.lower().rstrip(".")


class SpfWalk:
    """One evaluation for one sending address; all of the record is followed, as it is for a stranger's address."""

    def __init__(self, address: str, ask: Ask) -> None:
        self._address, self._ask = ipaddress.ip_address(address), ask
        self._kind = "A" if self._address.version == 4 else "AAAA"
        self._wrong, self._lookups, self._void = False, 0, 0

    @property
    def valid(self) -> bool:
        """Whether receivers take the record at all."""
        return not self._wrong and self._lookups <= MOST_LOOKUPS and self._void <= MOST_VOID_LOOKUPS

    def result(self, domain: str, text: str, path: tuple[str, ...]) -> str:
        """Give the qualifier of the first term that matches; empty for none.

        Args:
            domain: Whose record it is.
            text: The record.
            path: The domains whose records led here.
        """
        found, onward, names = "", "", list[str]()
        for word in text.split()[1:]:
            if term := TERM.fullmatch(word):
                if self._matches(term, domain, (*path, domain)) and not found:
                    found = word[0] if word[0] in "+?~-" else "+"
                if term["all"]:
                    return found
            elif modifier := MODIFIER.fullmatch(word):
                name, value = modifier[1].lower(), host_name(modifier[2])
                self._wrong |= name in {"redirect", "exp"} and (name in names or not value)
                names.append(name)
                onward = value if name == "redirect" else onward
            else:
                self._wrong = True
        followed = self._followed(onward, (*path, domain)) if onward else ""
        return found or followed

    def _matches(self, term: re.Match[str], domain: str, path: tuple[str, ...]) -> bool:
        if term["all"]:
            return True
        if term["network"]:
            return self._inside(term["network"], int(term["version"]))
        if term["include"]:
            return self._followed(host_name(term["include"]), path) == "+"
        name = host_name(term["name"] or domain)
        # What depends on who asks lets nobody in here.
        if not self._costs(name) or term["by_asker"]:
            return False
        if term["hosts"].lower() == "mx":
            hosts = [value.partition(" ")[2] for value in self._heard(name, "MX")]
            self._wrong |= len(hosts) > MOST_MX
            addresses = [value for host in hosts[:MOST_MX] for value in self._ask(host, self._kind)]
        else:
            addresses = list(self._heard(name, self._kind))
        mask = term["four" if self._kind == "A" else "six"] or self._address.max_prefixlen
        inside = [self._inside(f"{address}/{mask}", self._address.version) for address in addresses]
        return any(inside)

    def _costs(self, name: str) -> bool:
        self._lookups += 1
        return "%" not in name and self._lookups <= GIVE_UP_AFTER

    def _followed(self, name: str, path: tuple[str, ...]) -> str:
        if not self._costs(name):
            return ""
        found = [text for text in self._heard(name, "TXT") if is_spf(text)] if name not in path else []
        self._wrong |= len(found) != 1
        return self.result(name, found[0], path) if len(found) == 1 else ""

    def _heard(self, name: str, kind: str) -> tuple[str, ...]:
        values = self._ask(name, kind)
        self._void += not values
        return values

    def _inside(self, network: str, version: int) -> bool:
        try:
            there = ipaddress.ip_network(network, strict=False)
        except ValueError:
            self._wrong = True
            return False
        self._wrong |= there.version != version
        return there.version == self._address.version and self._address in there
