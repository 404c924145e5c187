"""The attributes column of a mailbox: text flags, as get/mailbox shows them."""

import json
from typing import Any

from api.call import Call
from api.php import integer, string

PROTOCOLS = ("imap", "pop3", "smtp", "sieve", "eas", "dav")
ACCESS = (
    "sogo_access",
    "imap_access",
    "pop3_access",
    "smtp_access",
    "sieve_access",
    "eas_access",
    "dav_access",
)
QUARANTINE_CATEGORIES = ("add_header", "reject", "all")
NOTIFICATIONS = ("never", "hourly", "daily", "weekly")


def new_attributes(given: dict[str, Any], template: dict[str, Any], now: str) -> dict[str, str]:
    """Return the attributes of a new mailbox; `now` is the time its password was set."""
    merged = {**template, **given}
    flags = {name: str(integer(merged.get(name))) for name in ("force_pw_update", "force_tfa")}
    flags.update({name: str(integer(merged.get(name))) for name in ("tls_enforce_in", "tls_enforce_out")})
    flags.update(_access(given, template))
    return {
        **flags,
        "relayhost": str(integer(given.get("relayhost"))),
        "passwd_update": now,
        "mailbox_format": "maildir:",
        "quarantine_notification": string(merged.get("quarantine_notification")),
        "quarantine_category": string(merged.get("quarantine_category")),
        "attribute_hash": "",
    }


def edited_attributes(given: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Return the attributes after edit/mailbox, which knows no TLS policy and no quarantine."""
    changed = dict(now)
    for name in ("force_pw_update", "force_tfa"):
        if given.get(name) is not None:
            changed[name] = str(integer(given[name]))
    current = {name: now.get(name, "1") for name in ACCESS}
    changed.update(_access(given, current))
    if given.get("relayhost") is not None:
        changed["relayhost"] = str(integer(given["relayhost"]))
    # The first edit adds this key.
    changed["recovery_email"] = given.get("pw_recovery_email") or now.get("recovery_email")
    return changed


def store_attributes(call: Call, username: str, attributes: dict[str, Any]) -> None:
    """Write the column."""
    call.store.run(
        "UPDATE mailbox SET attributes = %(attributes)s WHERE username = %(name)s",
        {"attributes": json.dumps(attributes), "name": username},
    )


def _access(given: dict[str, Any], default: dict[str, Any]) -> dict[str, str]:
    """Return the access flags; protocol_access lists what is allowed and rules out the rest."""
    listed = given.get("protocol_access")
    flags: dict[str, str] = {}
    for name in ACCESS:
        protocol = name.removesuffix("_access")
        if isinstance(listed, list) and protocol in PROTOCOLS:
            flags[name] = str(int(protocol in listed))
        elif given.get(name) is not None:
            flags[name] = str(integer(given[name]))
        else:
            flags[name] = str(integer(default.get(name)))
    return flags
