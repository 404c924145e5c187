"""What the name server of a world reads: its configuration, the root and reverse zones, the frame of a hosted zone."""

import ipaddress
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from lab.topology import DNS_PORT

NAMESERVER: Final = "ns.lab.test"
"""The world's one name server, as NS records call it."""

ROOT: Final = "."
REVERSE: Final = "in-addr.arpa"
UPDATE_KEY_NAME: Final = "updates.lab.test"
UPDATE_KEY_ALGORITHM: Final = "hmac-sha256"

# Seconds: tests change names and want to see it. A negative answer is as short-lived (RFC 2308: the SOA's last).
_TTL_S: Final = 5
_TIMING: Final = "60 60 600 1"


def configuration(address: str, folder: Path) -> str:
    """Write named.conf: the world's only resolver and authority, without a control channel or a file elsewhere."""
    return f"""\
options {{
  directory "{folder}";
  listen-on port {DNS_PORT} {{ {address}; }};
  listen-on-v6 {{ none; }};
  query-source address {address};
  pid-file none;
  session-keyfile none;
  # Recursion lets a CNAME lead from one zone into another; the root is ours, so nothing is asked elsewhere.
  recursion yes;
  allow-query {{ any; }};
  allow-recursion {{ any; }};
  allow-transfer {{ key "{UPDATE_KEY_NAME}"; }};
  notify no;
  # The lab's root is not signed, and BIND's own empty zones would hide its reverse one.
  dnssec-validation no;
  empty-zones-enable no;
  max-cache-ttl {_TTL_S};
  max-ncache-ttl 1;
}};
controls {{ }};
include "update.key";
include "zones.conf";
"""


def key_clause(secret: str) -> str:
    """Write the key that may change hosted zones and copy them (TSIG, RFC 8945)."""
    return f'key "{UPDATE_KEY_NAME}" {{\n  algorithm {UPDATE_KEY_ALGORITHM};\n  secret "{secret}";\n}};\n'


def zone_clauses(files: Mapping[str, Path]) -> str:
    """Write which zones there are, and where their files lie; hosted ones can be changed with the key."""
    return "".join(_clause(zone, file) for zone, file in sorted(files.items()))


def _clause(zone: str, file: Path) -> str:
    fixed = zone in {ROOT, REVERSE}
    update = "" if fixed else f' allow-update {{ key "{UPDATE_KEY_NAME}"; }};'
    return f'zone "{zone}" {{ type primary; file "{file}";{update} }};\n'


def root_zone(address: str, serial: int, names: Mapping[str, str], zones: Iterable[str]) -> str:
    """Write the root: the world's names, and who serves the other zones; what is not here does not exist.

    Args:
        address: the name server's.
        serial: of this edition.
        names: address of each name; those in a hosted zone are left to it.
        zones: the others that are served.
    """
    hosted = sorted(zones)
    own = {name: where for name, where in names.items() if not any(is_in(name, zone) for zone in hosted)}
    lines = [f"{name}. IN {_type(where)} {where}" for name, where in sorted({**own, NAMESERVER: address}.items())]
    return "\n".join([*_head(ROOT, serial), *lines, *(f"{zone}. IN NS {NAMESERVER}." for zone in hosted)]) + "\n"


def reverse_zone(serial: int, names: Mapping[str, str], pointers: Mapping[str, str]) -> str:
    """Write the zone of addresses.

    Args:
        serial: of this edition.
        names: address of each name; the first in the alphabet is an address's own.
        pointers: name of each address that has one by request; it goes before.
    """
    found = {where: name for name, where in sorted(names.items(), reverse=True) if _type(where) == "A"}
    lines = [
        f"{ipaddress.ip_address(where).reverse_pointer}. IN PTR {name}."
        for where, name in sorted({**found, **pointers}.items())
    ]
    return "\n".join([*_head(REVERSE, serial), *lines]) + "\n"


def hosted_zone(zone: str, serial: int, text: str) -> str:
    """Write a zone that somebody else made: it gets SOA and NS, as a provider adds them, and stays as it is."""
    return "\n".join([*_head(zone, serial), f"$ORIGIN {zone}.", text.rstrip(), ""])


def is_in(name: str, zone: str) -> bool:
    """Say whether a name stands in a zone."""
    return name == zone or name.endswith(f".{zone}")


def _head(zone: str, serial: int) -> list[str]:
    owner = zone if zone == ROOT else f"{zone}."
    return [
        f"$TTL {_TTL_S}",
        f"{owner} IN SOA {NAMESERVER}. hostmaster.{NAMESERVER}. {serial} {_TIMING}",
        f"{owner} IN NS {NAMESERVER}.",
    ]


def _type(address: str) -> str:
    return "A" if ipaddress.ip_address(address).version == 4 else "AAAA"
