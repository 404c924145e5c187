"""What a domain name and a local part look like: one judge for the list and the configuration.

Each function returns None for a good value, else ``<why not>; <what to do>``, to be put behind what was written.
"""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Final

import idna

_LONGEST_NAME: Final = 253
_LONGEST_LABEL: Final = 63
_LONGEST_LOCAL_PART: Final = 64
_LABEL: Final = re.compile(r"[a-z0-9]([a-z0-9-]*[a-z0-9])?", re.ASCII)
_LOCAL_PART: Final = re.compile(r"[a-z0-9]([a-z0-9._+-]*[a-z0-9])?", re.ASCII)
# Others may have signs that we give nobody; only what could end an address or a line stays out.
_LOCAL_PART_ELSEWHERE: Final = re.compile(r"[a-z0-9_'=&~!#$%*/?^`{|}+-]+(\.[a-z0-9_'=&~!#$%*/?^`{|}+-]+)*", re.ASCII)
_ACE_PREFIX: Final = "xn--"


def domain_problem(name: str) -> str | None:
    """Judge a domain name: lower-case letters, digits, hyphens and dots, as DNS carries it."""
    return next(chain(_not_a_name(name), _not_spelled_as_in_dns(name), _wrong_parts(name)), None)


def domain_in_dns(name: str) -> str:
    """Spell a domain as DNS carries it: ``müller.example`` is ``xn--mller-kva.example`` (IDNA 2008, UTS 46).

    Raises:
        ValueError: ``<why not>; <what to do>``.
    """
    wrong = domain_problem(name) if name.isascii() else next(_not_written_as_people_do(name), None)
    if wrong:
        raise ValueError(wrong)
    encoded = name if name.isascii() else _encoded(name)
    if encoded is None:
        raise ValueError("has signs that no registry takes; copy its form that begins with xn-- from your registrar")
    return encoded


def _not_written_as_people_do(name: str) -> Iterator[str]:
    yield from _not_a_name(name)
    if name != name.lower():
        yield f"has upper-case letters; write {name.lower()}"
    if name.endswith((".", "。")):
        yield f"ends with a dot; write {name.rstrip('.。')}"
    if not {".", "。"} & set(name):
        yield f"has no dot; write the whole domain, such as {name}.com"
    if encoded := _encoded(name):
        yield from filter(None, [domain_problem(encoded)])


def _encoded(name: str) -> str | None:
    try:
        return idna.encode(name, uts46=True, std3_rules=True).decode("ascii")
    except (UnicodeError, ValueError):
        return None


def domain_for_people(name: str) -> str:
    """Spell a domain as people read it, if that leads back to the same name."""
    try:
        read = idna.decode(name)
    except (UnicodeError, ValueError):
        return name
    return read if read.isprintable() and _encoded(read) == name else name


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
        encoded = _encoded(name.lower())
        yield f"has letters that DNS does not carry; write {encoded or 'the form that begins with xn--'}"
    if name != name.lower():
        yield f"has upper-case letters; write {name.lower()}"
    if name.endswith("."):
        yield f"ends with a dot; write {name.rstrip('.') or 'example.com'}"
    if "." not in name:
        yield f"has no dot; write the whole domain, such as {name}.com"


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
    if len(name.split()) > 1:
        joined = ".".join(filter(None, re.split(r"[\s.]+", name.lower())))
        yield f"has a blank in it; write {joined if _LOCAL_PART.fullmatch(joined) else 'it without blanks'}"
    if name.isascii() and name != name.lower():
        yield f"has upper-case letters; write {name.lower()}"
    if name == "0":
        yield "is refused by mailcow; choose another name"
    if ".." in name:
        yield "has two dots in a row; write one"
    if not _LOCAL_PART.fullmatch(name):
        yield "is no name for a mailbox; use a-z, 0-9 and, between them, the signs . _ + -"


def address_problem(address: str) -> str | None:
    """Judge a whole address, which may be somebody's elsewhere: their names may hold signs that we give nobody."""
    local_part, at, domain = address.rpartition("@")
    if not at or not local_part or not domain:
        return "is no address; write a name of this domain, or a whole address such as alice@example.com"
    try:
        domain_in_dns(domain)
    except ValueError as wrong:
        return f"ends with a domain that {wrong}"
    if local_part.isascii() and local_part != local_part.lower():
        return f"has upper-case letters; write {local_part.lower()}@{domain}"
    if len(local_part) > _LONGEST_LOCAL_PART or not _LOCAL_PART_ELSEWHERE.fullmatch(local_part):
        return "is no address that mail carries; copy it again, in lower case"
    return None


def address_in_dns(address: str) -> str:
    """Spell a good whole address with its domain as DNS carries it."""
    local_part, _, domain = address.rpartition("@")
    return f"{local_part}@{domain_in_dns(domain)}"
