"""What a domain always lets through or never does, and the scores at which mail is marked or refused."""

import re
from typing import Any

from api.call import Call, fields, log
from api.objects import domain_exists
from api.php import folded, string

LISTS = {"wl": "whitelist_from", "bl": "blacklist_from"}
_SENDER = re.compile(r"[a-z0-9@_.*-]*[a-z0-9][a-z0-9@_.*-]*")
_DEFAULT_SCORES = "5,15"
"""Marked from the first on, refused from the second on; nothing in the lab sets others."""


def read_domain(call: Call, name: str, kind: str) -> Any:
    """Answer get/policy_wl_domain and get/policy_bl_domain; `kind` is wl or bl."""
    return (
        call.store.rows(
            "SELECT object, value, prefid FROM filterconf WHERE `option` = %(option)s AND object = %(domain)s"
            " ORDER BY prefid",
            {"option": LISTS[kind], "domain": folded(name)},
        )
        or {}
    )


def add_domain(call: Call, request: Any) -> None:
    """Answer add/domain-policy."""
    said, given = log("policy", "add", "domain", request), fields(request)
    domain, kind = folded(string(given.get("domain"))), string(given.get("object_list"))
    if not domain_exists(call, domain) or kind not in LISTS:
        call.danger(said, "access_denied")
        return
    sender = re.sub(r"\.+", ".", string(given.get("object_from")).strip().lower().replace(".*", "*")).rstrip(".")
    if not _SENDER.fullmatch(sender):
        call.danger(said, "policy_list_from_invalid")
        return
    values = {"domain": domain, "sender": sender, "option": LISTS[kind]}
    exists = call.store.value(
        "SELECT 1 FROM filterconf WHERE object = %(domain)s AND value = %(sender)s"
        " AND `option` IN ('whitelist_from', 'blacklist_from')",
        values,
    )
    if exists:
        call.danger(said, "policy_list_from_exists")
        return
    call.store.run(
        "INSERT INTO filterconf (object, `option`, value) VALUES (%(domain)s, %(option)s, %(sender)s)", values
    )
    call.success(said, ["domain_modified", domain])


def read_scores() -> dict[str, str]:
    """Answer get/spam-score."""
    return {"score": _DEFAULT_SCORES}
