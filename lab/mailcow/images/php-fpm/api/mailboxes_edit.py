"""Mailboxes: edit, and the routes that edit one thing of them."""

import json
from typing import Any

from api import passwords, tags
from api.call import Call, mailbox_log
from api.mailbox_details import largest_quota
from api.mailbox_rows import NOTIFICATIONS, QUARANTINE_CATEGORIES, edited_attributes, store_attributes
from api.mailboxes import MIB
from api.objects import domain_exists, whole_mailbox
from api.php import empty, folded, integer, is_address, sequence, string
from api.store import DatabaseError


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/mailbox: the same change for all items, one message each."""
    said = mailbox_log("edit", "mailbox", {"username": items, **attributes})
    for item in items:
        username = string(item)
        if not is_address(username):
            call.danger(said, ["username_invalid", username])
            continue
        row = whole_mailbox(call, username)
        if row is None:
            call.danger(said, "access_denied")
            continue
        call.dawdle()
        if _edit_one(call, row, attributes, said):
            call.success(said, ["mailbox_modified", username])


def edit_attribute(call: Call, items: list[Any], attributes: dict[str, Any], kind: str) -> None:
    """Answer edit/tls_policy, edit/quarantine_notification and edit/quarantine_category."""
    said = mailbox_log("edit", kind, {"username": items, **attributes})
    for item in items:
        username = string(item)
        row = whole_mailbox(call, username) if is_address(username) else None
        if row is None:
            call.danger(said, "access_denied")
            continue
        changed = json.loads(row["attributes"])
        if kind == "tls_policy":
            for name in ("tls_enforce_in", "tls_enforce_out"):
                if attributes.get(name) is not None:
                    changed[name] = str(integer(attributes[name]))
        else:
            allowed = NOTIFICATIONS if kind == "quarantine_notification" else QUARANTINE_CATEGORIES
            if attributes.get(kind) not in allowed:
                call.danger(said, "access_denied")
                continue
            changed[kind] = attributes[kind]
        store_attributes(call, row["username"], changed)
        call.success(said, ["mailbox_modified", username])


def edit_custom_attributes(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/mailbox/custom-attribute: the given pairs replace all that were there."""
    said = mailbox_log("edit", "mailbox_custom_attribute", {"mailboxes": items, **attributes})
    names, values = sequence(attributes.get("attribute")), sequence(attributes.get("value"))
    pairs = {string(name): value for name, value in zip(names, values, strict=False) if not empty(name)}
    for item in items:
        username = string(item)
        row = whole_mailbox(call, username)
        if row is None:
            call.danger(said, "access_denied")
            continue
        call.store.run(
            "UPDATE mailbox SET custom_attributes = %(pairs)s WHERE username = %(name)s",
            {"pairs": json.dumps(pairs), "name": row["username"]},
        )
        call.success(said, ["mailbox_modified", username])


def rename(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/rename-mbox."""
    said = mailbox_log("edit", "mailbox_rename", {"mailbox": items, **attributes})
    domain = folded(string(attributes.get("domain")))
    new_local_part = string(attributes.get("new_local_part")).strip().lower()
    for item in items:
        old, new = string(item), f"{new_local_part}@{domain}"
        row = whole_mailbox(call, old)
        if row is None or not domain_exists(call, domain):
            call.danger(said, "access_denied")
            continue
        if not is_address(new):
            call.danger(said, "mailbox_invalid")
            continue
        if call.store.value("SELECT 1 FROM alias WHERE address = %(new)s", {"new": new}):
            call.danger(said, ["object_exists", new])
            continue
        _rename_rows(call, row["username"], new, new_local_part)
        if not empty(attributes.get("create_alias")):
            call.store.run(
                "INSERT INTO alias (address, goto, domain) VALUES (%(old)s, %(new)s, %(domain)s)",
                {"old": old, "new": new, "domain": domain},
            )
        call.success(said, ["mailbox_renamed", old, new])


def _edit_one(call: Call, row: dict[str, Any], attributes: dict[str, Any], said: list[Any]) -> bool:
    """Change one mailbox; says why not and returns False when it is refused."""
    username = row["username"]
    values = {"name": username, "full_name": row["name"], "quota": row["quota"], "active": row["active"]}
    if not empty(attributes.get("name")):
        values["full_name"] = string(attributes["name"])
    if attributes.get("active") is not None:
        values["active"] = integer(attributes["active"])
    if attributes.get("quota") not in (None, ""):
        values["quota"] = integer(attributes["quota"]) * MIB
    room = largest_quota(call, username)
    if values["quota"] != row["quota"] and values["quota"] > room:
        call.danger(said, ["mailbox_quota_left_exceeded", room // MIB])
        return False
    changed = edited_attributes(attributes, json.loads(row["attributes"]))
    if "sender_acl" in attributes:
        _edit_sender_acl(call, username, sequence(attributes["sender_acl"]), said)
    if not empty(attributes.get("password")):
        if not passwords.is_acceptable(call, attributes["password"], attributes.get("password2")):
            return False
        call.store.run(
            "UPDATE mailbox SET password = %(password)s WHERE username = %(name)s",
            {"password": passwords.hashed(string(attributes["password"])), "name": username},
        )
        changed["passwd_update"] = string(call.store.value("SELECT CAST(NOW() AS CHAR)"))
    values["attributes"] = json.dumps(changed)
    try:
        call.store.run(
            "UPDATE mailbox SET name = %(full_name)s, quota = %(quota)s, active = %(active)s,"
            " attributes = %(attributes)s WHERE username = %(name)s",
            values,
        )
    except DatabaseError as error:
        # The only statement of all whose error mailcow reports.
        call.danger(said, error.plain())
        return False
    call.store.run("UPDATE alias SET active = %(active)s WHERE address = %(name)s", values)
    tags.add(call, "mailbox", username, attributes.get("tags"), said)
    return True


def _edit_sender_acl(call: Call, username: str, wanted: list[Any], said: list[Any]) -> None:
    """Replace the addresses and domains the mailbox may send as; "default" means none of its own."""
    kept: list[str] = []
    for entry in map(string, wanted):
        is_one_domain = entry.startswith("@") and domain_exists(call, folded(entry[1:]))
        if entry == "default":
            continue
        if entry == "*" or is_one_domain or is_address(entry):
            kept.append(entry)
        else:
            call.danger(said, ["sender_acl_invalid", entry])
    if not kept and "default" not in wanted:
        return
    call.store.run("DELETE FROM sender_acl WHERE logged_in_as = %(name)s AND external = 0", {"name": username})
    for entry in kept:
        call.store.run(
            "INSERT INTO sender_acl (send_as, logged_in_as) VALUES (%(entry)s, %(name)s)",
            {"entry": entry, "name": username},
        )


def _rename_rows(call: Call, old: str, new: str, local_part: str) -> None:
    """Write the new name wherever the old one stands."""
    values = {"old": old, "new": new, "local_part": local_part}
    call.store.run(
        "UPDATE mailbox SET username = %(new)s, local_part = %(local_part)s WHERE username = %(old)s", values
    )
    columns = {
        "quota2": "username",
        "user_acl": "username",
        "sasl_log": "username",
        "app_passwd": "mailbox",
        "imapsync": "user2",
        "sender_acl": "logged_in_as",
        "spamalias": "goto",
    }
    for table, column in columns.items():
        call.store.run(f"UPDATE {table} SET {column} = %(new)s WHERE {column} = %(old)s", values)  # noqa: S608 — fixed words
    call.store.run("UPDATE alias SET address = %(new)s WHERE address = %(old)s", values)
    call.store.run(
        "UPDATE alias SET goto = TRIM(BOTH ',' FROM REPLACE(CONCAT(',', goto, ','), CONCAT(',', %(old)s, ','),"
        " CONCAT(',', %(new)s, ','))) WHERE FIND_IN_SET(%(old)s, goto)",
        values,
    )
    redis = call.store.redis
    if limit := redis.hget("RL_VALUE", old):
        redis.hset("RL_VALUE", new, limit)
        redis.hdel("RL_VALUE", old)
