"""What values of the configuration look like that only monitoring has; each check is as those in ``setting_checks``."""

import re
from typing import Final

from core.addresses import address_in_dns, address_problem
from core.suggestions import shown

_EXAMPLE: Final = "ghcr.io/mailcow/prometheus-exporter:2.1.0"
_IMAGE: Final = re.compile(r"[a-z0-9][A-Za-z0-9._:/-]*(:[A-Za-z0-9_][A-Za-z0-9._-]*|@sha256:[0-9a-f]{64})", re.ASCII)
_MOVING: Final = frozenset({"latest", "2", "2.1", "edge", "nightly", "main"})


def image(value: str) -> str:
    """An image's name with a tag or digest that stays what it is."""
    tag = value.rpartition(":")[2]
    if not _IMAGE.fullmatch(value) or "/" in tag:
        raise ValueError(f"{shown(value)} is no image's name with its tag; write for example {_EXAMPLE}")
    if tag.lower() in _MOVING:
        raise ValueError(f"{value} has a tag whose image changes; write one that stays, such as {_EXAMPLE}")
    return value


def mail_address(value: str) -> str:
    """One whole address, given with its domain as DNS carries it."""
    if wrong := address_problem(value):
        raise ValueError(f"{shown(value)} {wrong}")
    return address_in_dns(value)
