"""Other names for everything: the same exchanges must come out right when no recorded name is used.

Each domain label before `.example` and each local part gets a prefix, and `.example` becomes `.other.example`. One
prefix for all keeps the order of names, which lists show. The server's own name is configuration and stays. Where the
prefix would change what is tested (a leading dot, the local part "0") it goes elsewhere or is left away.
"""

import json
import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

PREFIX = "q"
_OWN_LABEL = "rig"
_LOCAL_PART_KEYS = ("local_part", "old_local_part", "new_local_part")
_TEXT_LOCAL_PART = re.compile(r"((?:[\w.+*%'/=-]|&#\d+;|&)+)(?=@(?!localhost))")
# MariaDB joins a tag and a domain with a hyphen, which could be a domain's too.
_JOINED = re.compile(r"(?<=Duplicate entry ')(\w+)-")
_PATH_LOCAL_PART = re.compile(r"([\w.+*%'&=-]+)(?=(?:@|%40)(?!localhost))")
_TEXT_LABEL = re.compile(r"([\w-]+)(\.example)", re.IGNORECASE)
_PATH_LABEL = re.compile(r"([\w%-]+)(\.example)", re.IGNORECASE)

Rename = Callable[[Any], Any]


def text(value: str) -> str:
    """Rename in a body."""
    apart = _JOINED.sub(r"\1||", value)
    return _TEXT_LABEL.sub(_domain, _TEXT_LOCAL_PART.sub(_address, apart)).replace("||", "-")


def path(value: str) -> str:
    """Rename in a path, where names are escaped."""
    head, name = value[: len("/api/v1/")], value[len("/api/v1/") :]
    # "%40" stands right before a domain's label, which must not swallow it.
    renamed = _PATH_LOCAL_PART.sub(_address, name).replace("%40", "@@")
    return head + _PATH_LABEL.sub(_domain, renamed).replace("@@", "%40")


def value(given: Any, key: str = "") -> Any:
    """Rename in JSON, keys too: some answers have names there."""
    if isinstance(given, dict):
        return {text(str(name)): value(one, str(name)) for name, one in given.items()}
    if isinstance(given, list):
        return [value(one, key) for one in given]
    if isinstance(given, str):
        return local_part(given) if key in _LOCAL_PART_KEYS else text(given)
    return given


def raw_body(given: str) -> str:
    """Rename in a body that is no JSON; a form's fields hold JSON."""
    if given.startswith(("attr=", "items=")):
        return urlencode({name: json.dumps(value(json.loads(one))) for name, one in parse_qsl(given)})
    return text(given)


def local_part(given: str) -> str:
    """Rename a local part that stands alone."""
    if given in {"", "0"}:
        return given
    dot = "." if given.startswith(".") else ""
    return f"{dot}{PREFIX}{given.removeprefix(dot)}"


def _address(found: re.Match[str]) -> str:
    return local_part(found.group(1))


def _domain(found: re.Match[str]) -> str:
    label, top = found.groups()
    if label == _OWN_LABEL:
        return found.group(0)
    if label.lower().startswith("xn--"):
        label = label.encode().decode("idna")
        return f"{PREFIX}{label}.other{top}".encode("idna").decode()
    return f"{PREFIX}{label}.other{top}"


def nothing(given: Any) -> Any:
    """Keep the recorded names."""
    return given
