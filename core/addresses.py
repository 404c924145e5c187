"""What a domain name and a local part look like: one judge for the list and the configuration.

Each function returns None for a good value, else ``<why not>; <what to do>``, to be put behind what was written.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
_LONGEST_LOCAL_PART: Final = 64
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_LOCAL_PART: Final = re.compile(r"[a-z0-9]([a-z0-9._+-]*[a-z0-9])?", re.ASCII)
_ACE_PREFIX: Final = "xn--"
# Python's codec follows the rules of 2003, which spell names with these otherwise than registries do today.
_SPELLED_OTHERWISE: Final = frozenset("ßς\u200c\u200d")


def domain_problem(name: str) -> str | None:
    """Judge a domain name: lower-case letters, digits, hyphens and dots, as DNS carries it."""
    return next(chain(_not_a_name(name), _not_spelled_as_in_dns(name), _wrong_parts(name)), None)


def _not_a_name(name: str) -> Iterator[str]:
    if not name:
        yield "is empty; write a domain such as example.com"
    if len(name) > _LONGEST_NAME:
        yield f"is {len(name)} characters long and DNS carries {_LONGEST_NAME}; write the real name"
    if "@" in name:
        yield "is an address; write only what stands behind the @"
    if "/" in name or ":" in name:
        yield "is more than a domain; write it without scheme, port and path"
    if any(character.isspace() for character in name):
        yield "has a space in it; write one domain without spaces"


def _not_spelled_as_in_dns(name: str) -> Iterator[str]:
    if not name.isascii():
        encoded = _as_dns_carries_it(name)
        yield f"has letters that DNS does not carry; write {encoded or 'the form that begins with xn--'}"
    if name != name.lower():
        yield f"has upper-case letters; write {name.lower()}"
    if name.endswith("."):
        yield f"ends with a dot; write {name.rstrip('.') or 'example.com'}"
    if "." not in name:
        yield f"has no dot; write the whole domain, such as {name}.com"


def _as_dns_carries_it(name: str) -> str | None:
    if not _SPELLED_OTHERWISE.isdisjoint(name):
        return None
    try:
        encoded = name.lower().encode("idna").decode("ascii")
    except (UnicodeError, ValueError):
        return None
    return encoded if domain_problem(encoded) is None else None


def _wrong_parts(name: str) -> Iterator[str]:
    yield from filter(None, map(_label_problem, name.split(".")))
    if name.rpartition(".")[2].isdigit():
        yield "looks like an IP address; write a domain name"


def _label_problem(label: str) -> str | None:
    if not label:
        return "has an empty part between dots; take the extra dot out"
    if len(label) > _LONGEST_LABEL:
        return f"has a part of {len(label)} characters and DNS carries {_LONGEST_LABEL}; write the real name"
    if not _LABEL.fullmatch(label):
        return f"has the part {label!r}; use letters, digits and inner hyphens only"
    if label.startswith(_ACE_PREFIX):
        try:
            label.removeprefix(_ACE_PREFIX).encode("ascii").decode("punycode")
        except (UnicodeError, ValueError, OverflowError):
            return f"has the part {label}, which stands for no letters; copy it from your registrar"
    return None


def local_part_problem(name: str) -> str | None:
    """Judge what stands before the @: lower-case, no sign at either end, no two dots in a row."""
    return next(_wrong_in_local_part(name), None)


def _wrong_in_local_part(name: str) -> Iterator[str]:
    if not name:
        yield "is empty; write the part before the @, such as alice"
    if len(name) > _LONGEST_LOCAL_PART:
        yield f"is {len(name)} characters long and mail carries {_LONGEST_LOCAL_PART}; choose a shorter one"
    if name.isascii() and name != name.lower():
        yield f"has upper-case letters; write {name.lower()}"
    if name == "0":
        yield "is refused by mailcow; choose another name"
    if ".." in name:
        yield "has two dots in a row; write one"
    if not _LOCAL_PART.fullmatch(name):
        yield "is no name for a mailbox; use a-z, 0-9 and, between them, the signs . _ + -"


def is_whole_address(text: str) -> bool:
    """Say whether a text is a good address with both its parts."""
    local_part, at, domain = text.rpartition("@")
    return bool(at) and local_part_problem(local_part) is None and domain_problem(domain) is None
