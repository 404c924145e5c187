"""Mailboxes: edit, and the routes that edit one thing of them."""

from typing import Any

from tests.chaos.mailcow import tags
from tests.chaos.mailcow.call import Call, Refused, mailbox_log
from tests.chaos.mailcow.mailbox_view import largest_quota
from tests.chaos.mailcow.mailboxes import CATEGORIES, access
from tests.chaos.mailcow.passwords import refuse_weak, stored
from tests.chaos.mailcow.php import Thrown, empty, folded, intval, is_address, listed, text
from tests.chaos.mailcow.tables import MIB, Row

_NOTIFICATIONS = ("never", "hourly", "daily", "weekly")
_LONGEST_NAME = 255
_TOO_LONG = "SQLSTATE[22001]: String data, right truncated: 1406 Data too long for column 'name' at row 1"


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/mailbox: one change for all items."""
    said = mailbox_log("edit", "mailbox", {"username": items, **attributes})
    for item in items:
        address = text(item)
        if not is_address(address):
            call.danger(said, ["username_invalid", address])
            continue
        row = call.tables.whole_mailbox(address)
        if row is None:
            call.danger(said, "access_denied")
        elif _edit_one(call, row, attributes, said):
            call.success(said, ["mailbox_modified", address])


def edit_attribute(call: Call, items: list[Any], attributes: dict[str, Any], kind: str) -> None:
    """Answer edit/tls_policy, edit/quarantine_notification and edit/quarantine_category."""
    said = mailbox_log("edit", kind, {"username": items, **attributes})
    for item in items:
        address = text(item)
        row = call.tables.whole_mailbox(address) if is_address(address) else None
        allowed = {"quarantine_notification": _NOTIFICATIONS, "quarantine_category": CATEGORIES}.get(kind)
        if row is None or (allowed and attributes.get(kind) not in allowed):
            call.danger(said, "access_denied")
            continue
        if kind == "tls_policy":
            names = [name for name in ("tls_enforce_in", "tls_enforce_out") if attributes.get(name) is not None]
            row["attributes"].update({name: str(intval(attributes[name])) for name in names})
        else:
            row["attributes"][kind] = attributes[kind]
        call.success(said, ["mailbox_modified", address])


def edit_custom(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/mailbox/custom-attribute: the pairs replace all that were there."""
    said = mailbox_log("edit", "mailbox_custom_attribute", {"mailboxes": items, **attributes})
    pairs = zip(listed(attributes.get("attribute")), listed(attributes.get("value")), strict=False)
    wanted = {text(name): value for name, value in pairs if not empty(name)}
    for item in items:
        row = call.tables.whole_mailbox(text(item))
        if row is None:
            call.danger(said, "access_denied")
            continue
        row["custom_attributes"] = dict(wanted)
        call.success(said, ["mailbox_modified", text(item)])


def rename(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/rename-mbox."""
    said, tables = mailbox_log("edit", "mailbox_rename", {"mailbox": items, **attributes}), call.tables
    domain, local_part = folded(text(attributes.get("domain"))), text(attributes.get("new_local_part")).strip().lower()
    new = f"{local_part}@{domain}"
    for item in items:
        old = text(item)
        row = tables.whole_mailbox(old)
        if row is None or domain not in tables.domains:
            call.danger(said, "access_denied")
        elif not is_address(new):
            call.danger(said, "mailbox_invalid")
        elif tables.mailbox(new) or tables.alias_at(new):
            call.danger(said, ["object_exists", new])
        else:
            del tables.mailboxes[row["username"]]
            tables.mailboxes[new] = row
            for alias in tables.aliases.values():
                alias["goto"] = ",".join(new if goto == row["username"] else goto for goto in alias["goto"].split(","))
            if row["username"] in tables.limits:
                tables.limits[new] = tables.limits.pop(row["username"])
            row.update(username=new, local_part=local_part)
            call.success(said, ["mailbox_renamed", old, new])


def _edit_one(call: Call, row: Row, attributes: dict[str, Any], said: list[Any]) -> bool:
    """Change one mailbox; False when it is refused, and why has been said."""
    new: Row = {"name": row["name"], "quota": row["quota"], "active": row["active"]}
    if not empty(attributes.get("name")):
        new["name"] = text(attributes["name"])
    if attributes.get("active") is not None:
        new["active"] = intval(attributes["active"])
    if attributes.get("quota") not in (None, ""):
        new["quota"] = intval(attributes["quota"]) * MIB
    room = largest_quota(call, row["username"])
    if new["quota"] != row["quota"] and new["quota"] > room:
        call.danger(said, ["mailbox_quota_left_exceeded", room // MIB])
        return False
    new["attributes"] = _edited_attributes(attributes, row["attributes"])
    if "sender_acl" in attributes:
        _edit_sender_acl(call, row, listed(attributes["sender_acl"]), said)
    if not empty(attributes.get("password")):
        try:
            refuse_weak(call, attributes["password"], attributes.get("password2"))
        except Refused:
            return False
        row["password"] = stored(text(attributes["password"]))
        new["attributes"]["passwd_update"] = call.tables.now()
    if len(new["name"]) > _LONGEST_NAME:
        call.danger(said, _TOO_LONG)
        return False
    _write_back(call, row, new)
    tags.add(call, "mailbox", row, attributes.get("tags"), said)
    return True


def _write_back(call: Call, row: Row, new: Row) -> None:
    """Write back all that was read: of two edits at once, one is lost. Closing rebuilds the view over all mailboxes."""
    if new["active"] == 1:
        call.tables.turns.between()
    else:
        with call.tables.rebuild() as dies:
            if dies:
                raise Thrown
    if row["username"] not in call.tables.mailboxes:
        raise Thrown
    row.update(new, modified=call.tables.now())


def _edited_attributes(given: Row, now: Row) -> Row:
    """Work out the attributes after an edit, which knows nothing of TLS and quarantine."""
    new = dict(now)
    for name in ("force_pw_update", "force_tfa", "relayhost"):
        if given.get(name) is not None:
            new[name] = str(intval(given[name]))
    new.update(access(given, now))
    new["recovery_email"] = given.get("pw_recovery_email") or now.get("recovery_email")  # the first edit adds the key
    return new


def _edit_sender_acl(call: Call, row: Row, wanted: list[Any], said: list[Any]) -> None:
    kept: list[str] = []
    for entry in map(text, wanted):
        if entry == "default":
            continue
        if entry == "*" or (entry.startswith("@") and folded(entry[1:]) in call.tables.domains) or is_address(entry):
            kept.append(entry)
        else:
            call.danger(said, ["sender_acl_invalid", entry])
    if kept or "default" in wanted:
        row["sender_acl"] = kept
