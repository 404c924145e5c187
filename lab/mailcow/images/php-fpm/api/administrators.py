"""Administrators and API keys' neighbours: get, add, edit and delete admin."""

import json
from typing import Any

from api import passwords
from api.call import Call, fields, log
from api.php import empty, integer, string

_COLUMNS = "SELECT username, active, attributes, CAST(created AS CHAR) created FROM admin WHERE superadmin = 1"


def read(call: Call, name: str) -> Any:
    """Answer get/admin/{name} and get/admin/all."""
    if name == "all":
        return [_shown(row) for row in call.store.rows(f"{_COLUMNS} ORDER BY username")] or {}
    row = call.store.row(f"{_COLUMNS} AND username = %(name)s", {"name": name})
    return _shown(row) if row else {}


def add(call: Call, request: Any) -> None:
    """Answer add/admin."""
    said = log("admin", "add", request)
    given = fields(request)
    username = string(given.get("username")).strip().lower()
    if not username or not username.replace("_", "").replace("-", "").replace(".", "").isalnum():
        call.danger(said, ["username_invalid", username])
        return
    if _exists(call, username) or call.store.value("SELECT 1 FROM mailbox WHERE username = %(u)s", {"u": username}):
        call.danger(said, ["object_exists", username])
        return
    if not passwords.is_acceptable(call, given.get("password"), given.get("password2")):
        return
    create(call, username, string(given["password"]), integer(given.get("active")))
    call.success(said, ["admin_added", username])


def create(call: Call, username: str, password: str, active: int) -> None:
    """Write the row of a new administrator."""
    call.store.run(
        "INSERT INTO admin (username, password, superadmin, active, attributes)"
        " VALUES (%(username)s, %(password)s, 1, %(active)s, %(attributes)s)",
        {
            "username": username,
            "password": passwords.hashed(password),
            "active": active,
            "attributes": json.dumps({"force_tfa": "0", "force_pw_update": "0"}),
        },
    )


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/admin: password, name and whether it is active."""
    said = log("admin", "edit", {"username": items, **attributes})
    for item in items:
        username = string(item)
        row = call.store.row("SELECT * FROM admin WHERE username = %(name)s", {"name": username})
        if row is None:
            call.danger(said, "access_denied")
            continue
        active = row["active"] if attributes.get("active") is None else integer(attributes["active"])
        if not active and not _others_are_active(call, username):
            call.say("warning", said, "no_active_admin")
            continue
        password = attributes.get("password")
        if not empty(password):
            if not passwords.is_acceptable(call, password, attributes.get("password2")):
                continue
            call.store.run(
                "UPDATE admin SET password = %(password)s WHERE username = %(name)s",
                {"password": passwords.hashed(string(password)), "name": username},
            )
        new_name = string(attributes.get("username_new")) or username
        call.store.run(
            "UPDATE admin SET active = %(active)s, username = %(new)s WHERE username = %(name)s",
            {"active": active, "new": new_name, "name": username},
        )
        call.success(said, ["admin_modified", new_name])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/admin; the last active one stays."""
    said = log("admin", "delete", {"username": items})
    for item in items:
        username = string(item)
        if not _exists(call, username):
            call.danger(said, ["username_invalid", username])
        elif not _others_are_active(call, username):
            call.say("warning", said, "no_active_admin")
        else:
            call.store.run("DELETE FROM admin WHERE username = %(name)s", {"name": username})
            call.success(said, ["admin_removed", username])


def _shown(row: dict[str, Any]) -> dict[str, Any]:
    return {
        "username": row["username"],
        "tfa_active": 0,
        "tfa_active_int": 0,
        "active": row["active"],
        "active_int": row["active"],
        "created": row["created"],
        "attributes": json.loads(row["attributes"]),
    }


def _exists(call: Call, username: str) -> bool:
    return call.store.value("SELECT 1 FROM admin WHERE username = %(name)s", {"name": username}) is not None


def _others_are_active(call: Call, username: str) -> bool:
    statement = "SELECT 1 FROM admin WHERE active = 1 AND superadmin = 1 AND username <> %(name)s"
    return call.store.value(statement, {"name": username}) is not None
