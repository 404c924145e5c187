"""What PHP makes of values, where that can be seen from outside: casts, emptiness, escaping, name checks."""

import re
from typing import Any

import idna

_INTEGER_PREFIX = re.compile(r"\s*([+-]?\d+)")
_DOMAIN = re.compile(r"[a-z\d](-*[a-z\d])*(\.[a-z\d](-*[a-z\d])*)*", re.IGNORECASE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LOCAL_PART = re.compile(rf"{_ATOM}(\.{_ATOM})*")
_MAIL_DOMAIN = re.compile(r"([A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_SEPARATORS = re.compile(r"[\s,;]+")


class PhpError(Exception):
    """The PHP code would have thrown here: the answer is 200 with an empty body."""

    def message(self) -> str:
        """Return the `msg` that mailcow's exception handler makes of it."""
        return str(self)


def integer(value: Any) -> int:
    """Cast as intval() does: the leading digits count, anything else is 0."""
    if isinstance(value, bool | int | float):
        return int(value)
    if isinstance(value, str):
        found = _INTEGER_PREFIX.match(value)
        return int(found.group(1)) if found else 0
    return 1 if value else 0


def arithmetic(value: Any) -> int:
    """Use a value in a multiplication, where (unlike in a cast) text that is no number throws.

    Raises:
        PhpError: the value is no number.
    """
    if isinstance(value, bool | int | float):
        return int(value)
    if isinstance(value, str):
        found = _INTEGER_PREFIX.match(value)
        if found:
            return int(found.group(1))
    raise PhpError("Unsupported operand types")


def empty(value: Any) -> bool:
    """Whether PHP takes the value for empty."""
    return value in (None, False, 0, "", "0") or value in ([], {})


def string(value: Any) -> str:
    """Turn a scalar into text as PHP does.

    Raises:
        PhpError: a list or an object was given where text is needed.
    """
    if value is None or value is False:
        return ""
    if value is True:
        return "1"
    if isinstance(value, list | dict):
        raise PhpError("must be of type string, array given")
    return str(value)


def sequence(value: Any) -> list[Any]:
    """Cast to an array: a scalar becomes its only element, an object its values, null nothing."""
    if isinstance(value, list):
        return value
    if isinstance(value, dict):
        return list(value.values())
    return [] if value is None else [value]


def escape(text: str) -> str:
    """Escape for HTML with both kinds of quotes, in PHP's spelling."""
    for plain, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;")):
        text = text.replace(plain, entity)
    return text


def is_domain(name: str) -> bool:
    """Whether mailcow accepts the (folded) name as a domain; one label is enough."""
    return (
        len(name) <= 253 and _DOMAIN.fullmatch(name) is not None and all(len(label) <= 63 for label in name.split("."))
    )


def is_address(address: str) -> bool:
    """Whether PHP's FILTER_VALIDATE_EMAIL accepts the address."""
    local_part, at, domain = address.rpartition("@")
    return (
        bool(at)
        and 0 < len(local_part) <= 64
        and len(domain) <= 253
        and _LOCAL_PART.fullmatch(local_part) is not None
        and _MAIL_DOMAIN.fullmatch(domain) is not None
    )


def folded(name: str) -> str:
    """Return the domain name in lower case and punycode; the empty text when that cannot be done."""
    name = name.strip()
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def unicode_name(name: str) -> str:
    """Return the domain name as people write it."""
    if "xn--" not in name:
        return name
    try:
        return idna.decode(name)
    except idna.IDNAError:
        return name


def split_list(text: str) -> list[str]:
    """Split at commas, semicolons, blanks and newlines; empty parts are dropped, order is kept."""
    return [part for part in _SEPARATORS.split(text) if part]


def split_address(address: str) -> tuple[str, str]:
    """Split at the first @; without one both parts are empty."""
    local_part, at, domain = address.partition("@")
    return (local_part, domain) if at else ("", "")


def as_list_or_object(items: list[Any]) -> Any:
    """Return what most read routes answer: the list, but an empty object instead of an empty list."""
    return items or {}
