"""Mailboxes: add and delete."""

import re
from typing import Any

from tests.chaos.mailcow import limits, tags
from tests.chaos.mailcow.call import Call, mailbox_log, named
from tests.chaos.mailcow.domains import usage
from tests.chaos.mailcow.passwords import refuse_weak, stored
from tests.chaos.mailcow.php import (
    Thrown,
    duplicate,
    empty,
    escaped,
    folded,
    intval,
    is_address,
    is_domain,
    listed,
    text,
)
from tests.chaos.mailcow.tables import MIB, Row

_ANGLES = re.compile(r"^<+|>+$")
_LONGEST_NAME = 255
CATEGORIES = ("add_header", "reject", "all")
PROTOCOLS = ("imap", "pop3", "smtp", "sieve", "eas", "dav")
_ACCESS = ("sogo_access", *(f"{protocol}_access" for protocol in PROTOCOLS))
_DEFAULTS: Row = {
    "quota": 0,
    "active": 1,
    "quarantine_notification": "hourly",
    "quarantine_category": "reject",
    "rl_frame": "s",
    "rl_value": "",
    **dict.fromkeys(("force_pw_update", "force_tfa", "tls_enforce_in", "tls_enforce_out"), 0),
    **dict.fromkeys(_ACCESS, 1),
}


def add(call: Call, request: Any) -> None:
    """Answer add/mailbox: row, tags, limit, in statements of their own."""
    if not call.role:
        raise Thrown("no session")
    said, given = mailbox_log("add", "mailbox", request), named(request)
    local_part, domain = text(given.get("local_part")).strip().lower(), folded(text(given.get("domain")))
    address, merged = f"{local_part}@{domain}", {**_DEFAULTS, **given}
    if refusal := _wrong_names(call, given, local_part, domain):
        raise call.refuse(said, refusal)
    refuse_weak(call, given.get("password"), given.get("password2"))
    quota_mib = intval(merged["quota"])
    if refusal := _no_room(call, domain, quota_mib):
        raise call.refuse(said, refusal)
    call.tables.turns.between()  # limits and names were looked at, and nothing is locked
    if address in call.tables.mailboxes:
        raise duplicate(address, "PRIMARY")
    row = _new_row(call, merged, local_part, domain, quota_mib=quota_mib)
    call.tables.mailboxes[address] = row
    call.tables.new_id("alias")  # of the one that leads from the address to itself, which no list shows
    if call.dies == "half_made":
        raise Thrown(["mysql_error", {"errorInfo": ["HY000", 2006, "MySQL server has gone away"]}])
    call.tables.turns.between()
    tags.add(call, "mailbox", row, merged.get("tags"), said)
    if handler := given.get("tagged_mail_handler"):
        told = {"username": address, "tagged_mail_handler": handler}
        call.success(mailbox_log("edit", "delimiter_action", told), ["mailbox_modified", address])
    limit = {"object": address, "rl_frame": merged["rl_frame"], "rl_value": merged["rl_value"]}
    limits.store(call, address, limit, "mailbox")
    call.success(said, ["mailbox_added", escaped(address)])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/mailbox; deleting a half-deleted one again repairs it."""
    said, tables = mailbox_log("delete", "mailbox", {"username": items}), call.tables
    for item in items:
        address = text(item)
        row = tables.mailbox(address) if is_address(address) else None
        if row is None:
            call.danger(said, "access_denied")
            continue
        if not row["whole"]:
            reason = "variables local_part and/or domain empty"
            call.say("warning", said, f"Could not move maildir to garbage collector: {reason}")
        _forget(call, row["username"], row)
        with tables.rebuild() as dies:
            if dies or call.dies == "half_deleted":
                raise Thrown("SQLSTATE[40001]: Serialization failure: 1213 Deadlock found when trying to get lock")
            tables.mailboxes.pop(row["username"], None)
        call.success(said, ["mailbox_removed", escaped(address)])


def access(given: Row, default: Row) -> dict[str, str]:
    """Work out which protocols are open: ``protocol_access`` lists them, or each has a flag."""
    wanted = given.get("protocol_access")
    flags: dict[str, str] = {}
    for name in _ACCESS:
        protocol = name.removesuffix("_access")
        if isinstance(wanted, list) and protocol in PROTOCOLS:
            flags[name] = str(int(protocol in wanted))
        else:
            flags[name] = str(intval(default.get(name) if given.get(name) is None else given[name]))
    return flags


def edit_acl(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/user-acl."""
    said = ["acl", "edit", "user", {"username": items, **attributes}]
    for item in items:
        row = call.tables.mailbox(text(item))
        if row is None:
            call.danger(said, "access_denied")
            continue
        row["acl"] = listed(attributes.get("user_acl"))
        call.success(said, ["acl_saved", text(item)])


def _forget(call: Call, address: str, row: Row) -> None:
    """Take away all that hangs on a mailbox; its own row goes last."""
    tables = call.tables
    row["whole"] = False
    for number, alias in list(tables.aliases.items()):
        rest = [goto for goto in alias["goto"].split(",") if goto.lower() != address]
        if rest and ",".join(rest) != alias["goto"]:
            alias.update(goto=",".join(rest), modified=tables.now())
        if rest:
            continue
        del tables.aliases[number]
    for table, column in ((tables.app_passwords, "mailbox"), (tables.filters, "username"), (tables.sync_jobs, "user2")):
        for number in [number for number, found in table.items() if found[column] == address]:
            del table[number]
    tables.limits.pop(address, None)


def _wrong_names(call: Call, given: Row, local_part: str, domain: str) -> Any:
    address, category, tables = f"{local_part}@{domain}", given.get("quarantine_category"), call.tables
    if empty(local_part) or "@" in local_part or (domain and not is_address(address)):
        return "mailbox_invalid"
    if category is not None and category not in CATEGORIES:
        return "quarantine_category_invalid"
    if not domain or not is_domain(domain):
        return "domain_invalid"
    if domain not in tables.domains:
        return "access_denied"
    if tables.mailbox(address):
        return ["object_exists", escaped(address)]
    return ["is_alias", escaped(address)] if tables.alias_at(address) else None


def _no_room(call: Call, domain: str, quota_mib: int) -> Any:
    limit, use = call.tables.domains[domain], usage(call, domain)
    if use["mailboxes"] >= limit["mailboxes"]:
        return ["max_mailbox_exceeded", use["mailboxes"], limit["mailboxes"]]
    if quota_mib * MIB > limit["maxquota"]:
        return ["mailbox_quota_exceeded", limit["maxquota"] // MIB]
    if quota_mib and use["quota"] + quota_mib * MIB > limit["quota"]:
        return ["mailbox_quota_left_exceeded", (limit["quota"] - use["quota"]) // MIB]
    return None


def _new_row(call: Call, given: Row, local_part: str, domain: str, *, quota_mib: int) -> Row:
    now, name = call.tables.now(), _ANGLES.sub("", text(given.get("name")))
    if len(name) > _LONGEST_NAME:
        raise Thrown(["mysql_error", {"errorInfo": ["22001", 1406, "Data too long for column 'name' at row 1"]}])
    flags = ("force_pw_update", "force_tfa", "tls_enforce_in", "tls_enforce_out")
    return {
        "username": f"{local_part}@{domain}",
        "local_part": local_part,
        "domain": domain,
        "name": name,
        "password": stored(text(given["password"])),
        "quota": quota_mib * MIB,
        "active": intval(given["active"]),
        "attributes": {
            **{flag: str(intval(given[flag])) for flag in flags},
            **access(given, _DEFAULTS),
            "relayhost": str(intval(given.get("relayhost"))),
            "passwd_update": now,
            "mailbox_format": "maildir:",
            "quarantine_notification": text(given["quarantine_notification"]),
            "quarantine_category": text(given["quarantine_category"]),
            "attribute_hash": "",
        },
        "custom_attributes": {},
        "authsource": "mailcow",
        "created": now,
        "modified": now,
        "bytes": 0,
        "messages": 0,
        "logins": {},
        "tags": [],
        "sender_acl": [],
        "acl": [],
        "whole": True,
    }
