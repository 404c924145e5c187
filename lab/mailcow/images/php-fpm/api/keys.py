"""Who may call: API keys with their address lists, and the session cookie that every keyed call leaves."""

import ipaddress
import json
import re
import secrets
from dataclasses import dataclass, field
from typing import Any

from api.store import Store

SESSION_SECONDS = 10800
_STRIPPED = re.compile(r"[^a-zA-Z0-9-]")
_ALLOW_SEPARATORS = re.compile(r"[\s,;]+")
_TRUSTED = tuple(ipaddress.ip_network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"))


class DeniedError(Exception):
    """401; the text is the `msg`."""


@dataclass
class Session:
    """What PHP keeps in Redis for one MCSESSID.

    `role` is that of an admin session ("rw", "ro") or empty; `pending` are messages nobody has printed yet.
    """

    name: str
    is_new: bool
    role: str = ""
    pending: list[Any] = field(default_factory=list)


def remote_address(peer: str, forwarded_for: str) -> str:
    """Return the caller's address as nginx would: forwarded headers count only when a private address sent them."""
    address = peer
    for candidate in reversed([part.strip() for part in forwarded_for.split(",") if part.strip()]):
        if not _is_in(address, _TRUSTED):
            break
        try:
            ipaddress.ip_address(candidate)
        except ValueError:
            break
        address = candidate
    return address


def role_of_key(store: Store, header: str, address: str) -> str:
    """Return "rw" or "ro" for a key.

    Raises:
        DeniedError: the key is unknown or off, or the address may not use it. Both are told to netfilter.
    """
    key = _STRIPPED.sub("", header)
    row = store.row("SELECT * FROM api WHERE api_key = %(key)s AND active = 1", {"key": key})
    if row is None or not key:
        _tell_netfilter(store, address)
        raise DeniedError("authentication failed")
    if not row["skip_ip_check"] and not address_is_allowed(address, row["allow_from"]):
        _tell_netfilter(store, address)
        raise DeniedError(f"api access denied for ip {address}")
    return str(row["access"])


def address_is_allowed(address: str, allow_from: str) -> bool:
    """Whether the address is in the list of addresses and blocks."""
    blocks: list[Any] = []
    for entry in _ALLOW_SEPARATORS.split(allow_from):
        try:
            blocks.append(ipaddress.ip_network(entry, strict=False))
        except ValueError:
            continue
    return _is_in(address, blocks)


def open_session(store: Store, cookie: str) -> Session:
    """Find the session of the cookie, or begin a new one (also for an unknown cookie)."""
    if re.fullmatch(r"[0-9a-zA-Z,-]{22,256}", cookie):
        text = store.redis.get(_session_key(cookie))
        if text:
            kept = json.loads(text)
            return Session(cookie, is_new=False, role=kept["role"], pending=kept["pending"])
    return Session(secrets.token_hex(16), is_new=True)


def save_session(store: Store, session: Session) -> None:
    """Write the session back; it lives for three hours from now."""
    kept = json.dumps({"role": session.role, "pending": session.pending})
    store.redis.setex(_session_key(session.name), SESSION_SECONDS, kept)


def _session_key(name: str) -> str:
    return f"PHPREDIS_SESSION:{name}"


def _tell_netfilter(store: Store, address: str) -> None:
    """Publish what makes the firewall count this address."""
    store.redis.publish("F2B_CHANNEL", f"mailcow UI: Invalid password for API_USER by {address}")


def _is_in(address: str, blocks: Any) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in block for block in blocks)
