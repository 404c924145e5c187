"""What each value of the stack configuration has to look like.

Every check returns the value, or raises ``ValueError`` with ``<value> <why not>; <what to do>``; the key's name is
put in front by whoever collects the problems. Values that end in a script's arguments hold no blank and begin with
a letter, digit or slash, so that none of them can be taken for an option.
"""

import base64
import binascii
import ipaddress
import re
from collections.abc import Callable
from typing import Final
from urllib.parse import urlsplit

from core import relay_values
from core.addresses import domain_in_dns, domain_problem
from core.endpoints import machine_problem, split_endpoint
from core.free_tier_facts import BIGGEST_VOLUME, MICRO_SHAPE, SMALLEST_VOLUME
from core.names import VAULT_RELAYS
from core.suggestions import did_you_mean, shown

_KEY_TYPES: Final = ("ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521")
_MOVING: Final = frozenset({"main", "master", "staging", "nightly", "latest", "head"})
_WIDEST_SSH_BLOCK: Final = 8
_ACME_EXAMPLE: Final = "https://acme-staging-v02.api.letsencrypt.org/directory"
_LAST_PORT: Final = 65_535
# Networks that Docker and mailcow make inside the host: a cloud network there would be out of its reach.
_TAKEN_INSIDE: Final = ("172.17.0.0/16", "172.22.1.0/24")


def matching(pattern: str, why_and_what: str) -> Callable[[str], str]:
    """Make a check that a whole text fits a pattern."""
    expected = re.compile(pattern, re.ASCII)

    def check(value: str) -> str:
        if not expected.fullmatch(value):
            raise ValueError(f"{shown(value)} {why_and_what}")
        return value

    return check


def one_of(*choices: str) -> Callable[[str], str]:
    """Make a check that a text is one of a few."""

    def check(value: str) -> str:
        if value not in choices:
            meant = did_you_mean(value, choices)
            advice = f"did you mean {meant}?" if meant else f"write {' or '.join(choices)}"
            raise ValueError(f"{shown(value)} is not known here; {advice}")
        return value

    return check


def between(least: int, most: int, why: str = "") -> Callable[[int], int]:
    """Make a check of a number's range.

    Args:
        least: Smallest good value.
        most: Biggest good value.
        why: Whose rule it is, behind the range.
    """

    def check(value: int) -> int:
        if not least <= value <= most:
            because = f" ({why})" if why else ""
            raise ValueError(f"{value} is not between {least} and {most}{because}; write {least} or more")
        return value

    return check


def domains(value: tuple[str, ...]) -> tuple[str, ...]:
    """Each is a domain, as people or DNS write it, and none is there twice; all are given as DNS does."""
    names = tuple(map(_domain, value))
    _nothing_twice(names)
    return names


def _domain(name: str) -> str:
    try:
        return domain_in_dns(name)
    except ValueError as wrong:
        raise ValueError(f"{shown(name)} {wrong}") from None


def host_name(value: str) -> str:
    """A full name of three parts or more: update scripts of mailcow ask questions about shorter ones."""
    if not value:
        return value
    if wrong := domain_problem(value):
        raise ValueError(f"{shown(value)} {wrong}")
    if value.count(".") < 2:
        raise ValueError(f"{value} is a domain and not a host in it; write mail.{value}")
    return value


def machine(value: str) -> str:
    """An IP address or a full name of a machine that is there."""
    if wrong := machine_problem(value):
        raise ValueError(f"{shown(value)} {wrong}")
    return value


def endpoint(value: str) -> str:
    """Where to connect to: ADDRESS or ADDRESS:PORT."""
    try:
        split_endpoint(value, default_port=443)
    except ValueError as wrong:
        raise ValueError(f"{shown(value)} {wrong}") from None
    return value


def volume_size(value: int) -> int:
    """A size that Oracle makes volumes in."""
    least, most = SMALLEST_VOLUME.amount, BIGGEST_VOLUME.amount
    if not least <= value <= most:
        raise ValueError(f"{value} is no size of a volume, Oracle makes {least} to {most} GB; write {least} or more")
    return value


def volume_sizes(value: tuple[int, int]) -> tuple[int, int]:
    """Two sizes, for mail and for backups."""
    for size in value:
        volume_size(size)
    return value


def shape(value: str) -> str:
    """A shape's name; the micro shape cannot carry mailcow."""
    if value == MICRO_SHAPE:
        raise ValueError(f"{value} has 1 GB of memory and mailcow needs 6; write VM.Standard.A1.Flex")
    return matching(r"(VM|BM)(\.[A-Za-z0-9]+)+", "is no shape's name; write for example VM.Standard.A1.Flex")(value)


def public_key(value: str) -> str:
    """One line of a public key file. Never shown in the problem: it may be the private key by mistake."""
    if "PRIVATE KEY" in value:
        raise ValueError("holds a private key; make it worthless now, and write the line of the .pub file")
    if "\n" in value:
        raise ValueError("has several lines; write the one line of the .pub file")
    kind, _, rest = value.partition(" ")
    if kind not in _KEY_TYPES:
        raise ValueError("is no public key of a known kind; write the line of a .pub file: ssh-ed25519 AAAA…")
    try:
        blob = base64.b64decode(rest.split(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        blob = b""
    named = int.from_bytes(blob[:4], "big")
    if blob[4 : 4 + named] != kind.encode() or len(blob) <= 4 + named:
        raise ValueError(f"is damaged behind {kind}; copy the line of the .pub file again")
    return value


def ssh_blocks(value: tuple[str, ...]) -> tuple[str, ...]:
    """Blocks of addresses that may reach port 22; at least one, and never everyone."""
    if not value:
        raise ValueError("names nobody, and the set-up needs SSH; write your own address: [203.0.113.7/32]")
    for block in value:
        network = _network(block, "203.0.113.7/32")
        if network.prefixlen < _WIDEST_SSH_BLOCK:
            raise ValueError(f"{block} lets the whole internet try SSH; write only the blocks you work from")
    _nothing_twice(value)
    return value


def cloud_network(value: str) -> str:
    """A block that Oracle takes for a cloud network and that nothing on the host is in the way of."""
    network = _network(value, "10.20.0.0/16")
    if not 16 <= network.prefixlen <= 28:
        raise ValueError(f"{value} is a /{network.prefixlen} and Oracle takes /16 to /28; write 10.20.0.0/16")
    if not network.is_private:
        raise ValueError(f"{value} holds addresses of others; write a private block such as 10.20.0.0/16")
    for taken in _TAKEN_INSIDE:
        if network.overlaps(ipaddress.IPv4Network(taken)):
            raise ValueError(f"{value} overlaps {taken}, which Docker or mailcow uses on the host; write 10.20.0.0/16")
    return value


def _network(value: str, example: str) -> ipaddress.IPv4Network:
    try:
        network = ipaddress.IPv4Network(value, strict=False)
    except ValueError:
        raise ValueError(f"{shown(value)} is no IPv4 block; write for example {example}") from None
    if str(network) != value:
        raise ValueError(f"{shown(value)} is not the whole name of a block; write {network}")
    return network


def repository(value: str) -> str:
    """Where git can clone from without a password."""
    return _url(value, ("https", "http", "git"), "https://github.com/mailcow/mailcow-dockerized")


def mirror(value: str) -> str:
    """A registry's address without a path, or nothing."""
    if not value:
        return value
    if urlsplit(_url(value, ("https", "http"), "https://mirror.example.com")).path.strip("/"):
        raise ValueError(f"{shown(value)} has a path and Docker takes none; write scheme and host only")
    return value


def https_address(value: str) -> str:
    """A page's address, or nothing; it stands in a file that shells read, so it holds nothing that they act on."""
    if value and not re.fullmatch(r"[A-Za-z0-9.:/_~%-]+", _url(value, ("https",), _ACME_EXAMPLE), re.ASCII):
        raise ValueError(f"{shown(value)} has a character that no directory needs; write for example {_ACME_EXAMPLE}")
    return value


def s3_endpoint(value: str) -> str:
    """A server's address without a path: the bucket is named apart. It stands in a file of settings on the host."""
    example = "https://s3.eu-central-1.amazonaws.com"
    if urlsplit(_url(value, ("https", "http"), example)).path:
        raise ValueError(f"{shown(value)} has a path; write scheme and host only, and the bucket in offsite_bucket")
    return value


def _url(value: str, schemes: tuple[str, ...], example: str) -> str:
    try:
        parts = urlsplit(value)
        host, user, _ = parts.hostname, parts.username or parts.password, parts.port
    except ValueError:
        raise ValueError(f"{shown(value)} is no address; write for example {example}") from None
    if user is not None:
        raise ValueError("has a user name or password in it; write it without")
    if parts.scheme not in schemes or not host or not re.fullmatch(r"[!-~]+", value) or parts.query or parts.fragment:
        raise ValueError(
            f"{shown(value)} is no address that begins with {' or '.join(schemes)}; write for example {example}"
        )
    return value


def version_tag(value: str) -> str:
    """A tag, which stays what it is; not a branch, which moves."""
    if value.lower() in _MOVING:
        raise ValueError(f"{value} is a branch, and what it means changes; write a tag such as 2026-07a")
    return matching(r"[A-Za-z0-9][A-Za-z0-9._-]*", "is no git tag; write for example 2026-07a")(value)


def relay_port(value: int) -> int:
    """Check the port of a relay."""
    if not 1 <= value <= _LAST_PORT:
        raise ValueError(f"{value} is no port; write a number from 1 to {_LAST_PORT}")
    if wrong := relay_values.port_problem(value):
        raise ValueError(wrong)
    return value


def relay_user(value: str) -> str:
    """Check a log-in name at a relay: mailcow cannot hold one with a colon."""
    if not value.isprintable() or ":" in value or value != value.strip():
        raise ValueError(f"{shown(value)} is no log-in name; write it without colons and blanks at an end")
    return value


def relay_secret(value: str) -> str:
    """Check where a relay's password is. What is no path is never shown: it may be the password."""
    if not re.fullmatch(rf"{VAULT_RELAYS}/{relay_values.FOLDER_SIGNS}", value, re.ASCII):
        raise ValueError(
            f"is no path below {VAULT_RELAYS}/ in Vault; put the password there and write {VAULT_RELAYS}/ and its"
            " name, never the password itself"
        )
    return value


def file_name(value: str) -> str:
    """A path, seen from the project's folder."""
    if not value or not value.isprintable():
        raise ValueError(f"{shown(value)} is no file's name; write for example mail_list.yml")
    return value


def _nothing_twice(value: tuple[str, ...]) -> None:
    for item in value:
        if value.count(item) > 1:
            raise ValueError(f"{shown(item)} is there twice; write it once")
