"""The terms of an SPF record (RFC 7208), read so that each mistake is named.

pyspf and checkdmarc ask resolvers of their own choice; neither takes answers of a zone's own servers, which may
differ from one another. So the terms are read here, and whoever evaluates them is handed answers.
"""

import ipaddress
from dataclasses import dataclass
from typing import Final, Literal, cast

from core.suggestions import did_you_mean

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
Qualifier = Literal["+", "-", "~", "?"]

VERSION: Final = "v=spf1"
_MECHANISMS: Final = ("all", "include", "a", "mx", "ptr", "ip4", "ip6", "exists")
_NEED_A_VALUE: Final = frozenset({"include", "ip4", "ip6", "exists"})
_ADDRESS_BITS: Final = {"ip4": 32, "ip6": 128}


@dataclass(frozen=True, kw_only=True)
class Term:
    """One mechanism or modifier."""

    text: str
    """As it was written."""
    name: str
    """In lower case: ``include``, ``redirect`` …"""
    value: str = ""
    """Domain, without a mask; empty for the record's own."""
    qualifier: Qualifier = "+"
    network: Network | None = None
    """Of ``ip4`` and ``ip6``."""
    masks: tuple[int, int] = (32, 128)
    """Bits to compare of an IPv4 and of an IPv6 address, for ``a`` and ``mx``."""
    modifier: bool = False


@dataclass(frozen=True, kw_only=True)
class SpfRecord:
    """A record's terms, and what is wrong in it: receivers treat one mistake as no valid record (permerror)."""

    terms: tuple[Term, ...]
    mistakes: tuple[str, ...]


def is_spf(text: str) -> bool:
    """Tell whether a TXT value is an SPF record (RFC 7208, 4.5)."""
    lowered = text.lower()
    return lowered == VERSION or lowered.startswith(f"{VERSION} ")


def looks_like_spf(text: str) -> bool:
    """Tell whether a TXT value was meant as one: quoted twice, blanks lost, wrong version."""
    lowered = text.strip().strip('"').strip().lower()
    return not is_spf(text) and lowered.startswith(("v=spf", "spf1 ", "v = spf", "spf2.0"))


def read_spf(text: str) -> SpfRecord:
    """Read an SPF record; what cannot be read is left out and named."""
    terms: list[Term] = []
    mistakes: list[str] = []
    for written in text[len(VERSION) :].split(" "):
        if not written:
            continue
        try:
            terms.append(_term(written))
        except ValueError as wrong:
            mistakes.append(f"{written!r} {wrong}")
    modifiers = [term.name for term in terms if term.modifier]
    mistakes += [f"{name}= stands there twice" for name in ("redirect", "exp") if modifiers.count(name) > 1]
    return SpfRecord(terms=tuple(terms), mistakes=tuple(mistakes))


def _term(written: str) -> Term:
    modifier, equals, value = written.partition("=")
    if equals and modifier.replace("-", "").replace("_", "").replace(".", "").isalnum():
        return _modifier(written, modifier.lower(), value)
    qualifier = written[0] if written[0] in "+-~?" else "+"
    body = written[1:] if written[0] in "+-~?" else written
    name, colon, rest = body.partition(":")
    name, slash, mask = name.partition("/") if not colon else (name, "", "")
    name = name.lower()
    if name not in _MECHANISMS:
        raise ValueError(_unknown(name))
    if colon and not rest:
        raise ValueError("has nothing behind its colon; a blank may have slipped in")
    if name in _NEED_A_VALUE and not rest:
        raise ValueError(f"names nothing; write {name}: and what is meant")
    if name == "all" and (colon or slash):
        raise ValueError("takes no value")
    made = Term(text=written, name=name, qualifier=cast("Qualifier", qualifier))
    if name in _ADDRESS_BITS:
        return Term(text=written, name=name, qualifier=made.qualifier, network=_network(name, rest))
    if name in {"a", "mx"}:
        domain, slashed, behind = rest.partition("/")
        masks = _masks(f"{slash}{mask}{slashed}{behind}")
        return Term(text=written, name=name, value=_domain(domain), qualifier=made.qualifier, masks=masks)
    return Term(text=written, name=name, value=_domain(rest), qualifier=made.qualifier)


def _modifier(written: str, name: str, value: str) -> Term:
    if name in _MECHANISMS:
        raise ValueError(f"has = where a colon belongs; write {name}:{value}")
    if name in {"redirect", "exp"} and not value:
        raise ValueError("names nothing")
    return Term(text=written, name=name, value=_domain(value), modifier=True)


def _unknown(name: str) -> str:
    if name in {"ipv4", "ipv6"}:
        return f"is no mechanism; write ip{name[-1]}:"
    if name.replace(".", "").isdigit():
        return "is a bare address; write ip4: before it"
    meant = did_you_mean(name, _MECHANISMS)
    return f"is no mechanism{f'; did you mean {meant}?' if meant else ''}"


def _network(name: str, value: str) -> Network:
    bits = _ADDRESS_BITS[name]
    address, slash, mask = value.partition("/")
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        raise ValueError(f"holds {address}, which is no address") from None
    if found.max_prefixlen != bits:
        raise ValueError(f"holds an address of the other kind; write ip{found.version}:{value}")
    if slash and not (mask.isascii() and mask.isdigit() and int(mask) <= bits):
        raise ValueError(f"has the mask /{mask}; it goes from /0 to /{bits}")
    return ipaddress.ip_network(f"{address}/{mask or bits}", strict=False)


def _masks(text: str) -> tuple[int, int]:
    """Read ``/24``, ``//64`` or ``/24//64``."""
    if not text:
        return 32, 128
    four, double, six = text.partition("//")
    four = four.removeprefix("/")
    if (double and not six) or not all(one.isascii() and one.isdigit() for one in (four, six) if one):
        raise ValueError(f"has the mask {text}, which is no number")
    masks = int(four or 32), int(six or 128)
    if masks[0] > 32 or masks[1] > 128:
        raise ValueError(f"has the mask {text}; it goes to /32 for IPv4 and //128 for IPv6")
    return masks


def _domain(value: str) -> str:
    return value.lower().rstrip(".") if "%" not in value else value
