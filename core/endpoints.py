"""Where a server is reached: an IP address or a name, with or without a port."""

import ipaddress
import re
from typing import Final

from core.addresses import domain_problem

_BRACKETED: Final = re.compile(r"\[([^]]*)](?::(.*))?", re.DOTALL)
_HIGHEST_PORT: Final = 65_535


def ip_version(address: str) -> int | None:
    """Say which sort of IP address it is, 4 or 6; None for a name."""
    try:
        return ipaddress.ip_address(address).version
    except ValueError:
        return None


def machine_problem(address: str) -> str | None:
    """Judge an IP address or a full name; None when it is good, else ``<why not>; <what to do>``."""
    if ip_version(address) is not None:
        return None
    if re.fullmatch(r"[0-9.]+", address, re.ASCII):
        return "is no IP address; write four numbers from 0 to 255, such as 203.0.113.7"
    return domain_problem(address)


def split_endpoint(text: str, *, default_port: int) -> tuple[str, int]:
    """Take ``ADDRESS``, ``ADDRESS:PORT`` or ``[IPv6]:PORT`` apart.

    Raises:
        ValueError: ``<why not>; <what to do>``.
    """
    bracketed = _BRACKETED.fullmatch(text)
    if bracketed:
        address, port = bracketed[1], bracketed[2]
        if ip_version(address) != 6:
            raise ValueError("has brackets, which only an IPv6 address needs; write it without")
    elif text.count(":") == 1:
        address, _, port = text.partition(":")
    else:
        address, port = text, None
    if wrong := machine_problem(address):
        raise ValueError(wrong)
    if port is None:
        return address, default_port
    if not re.fullmatch(r"[0-9]{1,5}", port, re.ASCII) or not 0 < int(port) <= _HIGHEST_PORT:
        raise ValueError(f"has no port behind its colon; write a number from 1 to {_HIGHEST_PORT}")
    return address, int(port)
