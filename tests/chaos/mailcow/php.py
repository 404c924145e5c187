"""Values as PHP reads them, where a caller of the API can tell."""

import re
from typing import Any

import idna

_NUMBER = re.compile(r"\s*([+-]?\d+)")
_DOMAIN = re.compile(r"[a-z\d](-*[a-z\d])*(\.[a-z\d](-*[a-z\d])*)*", re.IGNORECASE)
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_LABEL = r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ADDRESS = re.compile(rf"(?P<local>{_ATOM}(\.{_ATOM})*)@({_LABEL}\.)+[A-Za-z]([A-Za-z0-9-]{{0,61}}[A-Za-z0-9])?")
_ENTITIES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ('"', "&quot;"), ("'", "&#039;"))


class Thrown(Exception):  # noqa: N818 — PHP's word for it
    """The code throws: the answer is 200 and empty, and what was done before it stays."""

    def __init__(self, msg: Any = "Unsupported operand types") -> None:
        super().__init__(str(msg))
        self.msg = msg


def duplicate(value: str, key: str) -> Thrown:
    """What the database says of a second row with the same key."""
    return Thrown(["mysql_error", {"errorInfo": ["23000", 1062, f"Duplicate entry '{value}' for key '{key}'"]}])


def intval(value: Any) -> int:
    """Cast to a number: the digits that a text begins with, else 0."""
    if isinstance(value, str):
        found = _NUMBER.match(value)
        return int(found[1]) if found else 0
    if isinstance(value, bool | int | float):
        return int(value)
    return int(bool(value))


def factor(value: Any) -> int:
    """Use a value in a multiplication, which throws where a cast gives 0."""
    if isinstance(value, str) and not _NUMBER.match(value):
        raise Thrown
    return intval(value)


def empty(value: Any) -> bool:
    """Say what PHP's ``empty`` says."""
    return not value or value == "0"


def text(value: Any) -> str:
    """Cast to text; a list or an object throws."""
    if isinstance(value, list | dict):
        raise Thrown("must be of type string, array given")
    return "" if value is None or value is False else "1" if value is True else str(value)


def listed(value: Any) -> list[Any]:
    """Cast to a list: a scalar is its only element."""
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else [] if value is None else [value]


def escaped(value: str) -> str:
    """Escape for HTML, quotes too."""
    for plain, entity in _ENTITIES:
        value = value.replace(plain, entity)
    return value


def folded(name: str) -> str:
    """Bring a domain to lower case and punycode; empty when it has none."""
    name = name.strip()
    if name.isascii():
        return name.lower()
    try:
        return idna.encode(name, uts46=True).decode("ascii")
    except idna.IDNAError:
        return ""


def unfolded(name: str) -> str:
    """Bring a domain to the form people write."""
    try:
        return idna.decode(name) if "xn--" in name else name
    except idna.IDNAError:
        return name


def is_domain(name: str) -> bool:
    """Whether mailcow takes it for a domain; one label is enough."""
    return len(name) <= 253 and bool(_DOMAIN.fullmatch(name)) and all(len(label) <= 63 for label in name.split("."))


def is_address(address: str) -> bool:
    """Whether PHP's filter takes it for an address."""
    found = _ADDRESS.fullmatch(address)
    return bool(found) and len(found["local"]) <= 64 and len(address) - len(found["local"]) <= 254


def split_address(address: str) -> tuple[str, str]:
    """Split at the first at sign; both parts are empty without one."""
    local_part, at, domain = address.partition("@")
    return (local_part, domain) if at else ("", "")


def split_list(value: str) -> list[str]:
    """Split at blanks, commas and semicolons."""
    return [part for part in re.split(r"[\s,;]+", value) if part]
