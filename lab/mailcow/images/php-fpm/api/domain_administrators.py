"""Domain administrators: people who manage some domains in the web UI."""

import json
from typing import Any

from api import passwords
from api.call import Call, fields, log
from api.php import empty, escape, integer, is_domain, sequence, string

_NAMES = (
    "SELECT DISTINCT domain_admins.username FROM domain_admins JOIN admin USING (username) WHERE superadmin <> 1"
    " ORDER BY username"
)


def read(call: Call, name: str) -> Any:
    """Answer get/domain-admin/{name} and get/domain-admin/all."""
    if name == "all":
        return [_details(call, one) for one in call.store.column(_NAMES)] or {}
    return _details(call, name)


def add(call: Call, request: Any) -> None:
    """Answer add/domain-admin."""
    said, given = log("domain_admin", "add", request), fields(request)
    username = string(given.get("username")).strip().lower()
    domains = [string(one) for one in sequence(given.get("domains"))]
    refusal: Any = None
    if not domains or not all(map(is_domain, domains)):
        refusal = "domain_invalid"
    elif not username.replace("_", "").replace(".", "").replace("-", "").isalnum():
        refusal = "username_invalid"
    elif _is_taken(call, username):
        refusal = ["object_exists", escape(username)]
    elif empty(given.get("password")) or empty(given.get("password2")):
        refusal = "password_empty"
    if refusal:
        call.danger(said, refusal)
        return
    if not passwords.is_acceptable(call, given["password"], given["password2"]):
        return
    values = {"username": username, "active": integer(given.get("active"))}
    for domain in domains:
        call.store.run(
            "INSERT INTO domain_admins (username, domain, active) VALUES (%(username)s, %(domain)s, %(active)s)",
            {**values, "domain": domain},
        )
    call.store.run(
        "INSERT INTO admin (username, password, superadmin, active, attributes)"
        " VALUES (%(username)s, %(password)s, 0, %(active)s, %(attributes)s)",
        {
            **values,
            "password": passwords.hashed(string(given["password"])),
            "attributes": json.dumps({"force_tfa": "0", "force_pw_update": "0"}),
        },
    )
    call.success(said, ["domain_admin_added", escape(username)])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/domain-admin."""
    said = log("domain_admin", "delete", {"username": items})
    for item in items:
        username = string(item)
        if not _details(call, username):
            call.danger(said, ["username_invalid", username])
            continue
        for table in ("domain_admins", "admin"):
            call.store.run(f"DELETE FROM {table} WHERE username = %(name)s", {"name": username})  # noqa: S608 — two fixed words
        call.success(said, ["domain_admin_removed", escape(username)])


def _details(call: Call, username: str) -> dict[str, Any]:
    """Return one domain administrator, or an empty object; a list without domains is an empty text."""
    row = call.store.row(
        "SELECT username, active, attributes, CAST(created AS CHAR) created FROM admin"
        " WHERE username = %(name)s AND superadmin <> 1",
        {"name": username},
    )
    if row is None:
        return {}
    mine = call.store.column("SELECT domain FROM domain_admins WHERE username = %(name)s", {"name": username})
    others = [one for one in call.store.column("SELECT domain FROM domain ORDER BY domain") if one not in mine]
    return {
        "username": row["username"],
        "tfa_active": 0,
        "tfa_active_int": 0,
        "active": row["active"],
        "active_int": row["active"],
        "created": row["created"],
        "attributes": json.loads(row["attributes"]),
        "selected_domains": mine or "",
        "unselected_domains": others or "",
    }


def _is_taken(call: Call, username: str) -> bool:
    statement = (
        "SELECT username FROM mailbox WHERE username = %(name)s UNION SELECT username FROM admin WHERE username ="
        " %(name)s UNION SELECT username FROM domain_admins WHERE username = %(name)s"
    )
    return call.store.value(statement, {"name": username}) is not None
