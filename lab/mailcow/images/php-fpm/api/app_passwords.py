"""App passwords of a mailbox."""

from typing import Any

from api import passwords
from api.call import Call, fields, log
from api.objects import mailbox_domain
from api.php import empty, escape, integer, string
from api.store import DatabaseError

PROTOCOLS = ("imap_access", "smtp_access", "dav_access", "eas_access", "pop3_access", "sieve_access")


def read(call: Call, mailbox: str) -> Any:
    """Answer get/app-passwd/all/{mailbox}; shows the hashes, and names that are escaped once more."""
    columns = ", ".join(PROTOCOLS)
    rows = call.store.rows(
        "SELECT id, name, mailbox, domain, password, CAST(created AS CHAR) created, CAST(modified AS CHAR) modified,"  # noqa: S608 — fixed names
        f" {columns}, active FROM app_passwd WHERE mailbox = %(mailbox)s ORDER BY id",
        {"mailbox": mailbox},
    )
    return [{**row, "name": escape(row["name"])} for row in rows] or {}


def add(call: Call, request: Any) -> None:
    """Answer add/app-passwd; without `active` and `protocols` it is of no use."""
    said, given = log("app_passwd", "add", request), fields(request)
    mailbox = string(given.get("username"))
    domain = mailbox_domain(call, mailbox)
    if domain is None:
        call.danger(said, "access_denied")
        return
    if not passwords.is_acceptable(call, given.get("app_passwd"), given.get("app_passwd2")):
        return
    if empty(given.get("app_name")):
        call.danger(said, "app_name_empty")
        return
    values = {
        "name": escape(string(given["app_name"])),
        "mailbox": mailbox,
        "domain": domain,
        "password": passwords.hashed(string(given["app_passwd"])),
        "active": integer(given.get("active")),
        **_flags(given.get("protocols")),
    }
    call.store.run(
        f"INSERT INTO app_passwd (name, mailbox, domain, password, {', '.join(PROTOCOLS)}, active) VALUES (%(name)s,"  # noqa: S608 — fixed names
        f" %(mailbox)s, %(domain)s, %(password)s, {', '.join(f'%({name})s' for name in PROTOCOLS)}, %(active)s)",
        values,
    )
    call.success(said, "app_passwd_added")


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/app-passwd; without `username` it throws."""
    said = log("app_passwd", "edit", {"id": items, **attributes})
    for item in items:
        row = call.store.row("SELECT * FROM app_passwd WHERE id = %(id)s", {"id": integer(item)})
        if row is None:
            call.danger(said, ["app_passwd_id_invalid", item])
            return
        if mailbox_domain(call, string(attributes.get("username"))) is None:
            # mailcow writes the caller's name "API" into the row, which its foreign key refuses.
            text = "Cannot add or update a child row: a foreign key constraint fails"
            raise DatabaseError("23000", 1452, text)
        if not empty(attributes.get("app_name")):
            row["name"] = escape(string(attributes["app_name"]))
        if attributes.get("active") is not None:
            row["active"] = integer(attributes["active"])
        if "protocols" in attributes:
            row.update(_flags(attributes["protocols"]))
        if not empty(attributes.get("app_passwd")):
            if not passwords.is_acceptable(call, attributes["app_passwd"], attributes.get("app_passwd2")):
                return
            row["password"] = passwords.hashed(string(attributes["app_passwd"]))
        assignments = ", ".join(f"{name} = %({name})s" for name in ("name", "password", "active", *PROTOCOLS))
        call.store.run(f"UPDATE app_passwd SET {assignments} WHERE id = %(id)s", row)  # noqa: S608 — fixed names
        call.success(said, ["object_modified", str(row["id"])])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/app-passwd; stops at the first id that is not there."""
    said = log("app_passwd", "delete", {"id": items})
    for item in items:
        call.store.run("DELETE FROM app_passwd WHERE id = %(id)s", {"id": integer(item)})
        if not call.store.affected:
            call.danger(said, "app_passwd_id_invalid")
            return
        call.success(said, ["app_passwd_removed", str(integer(item))])


def _flags(protocols: Any) -> dict[str, int]:
    listed = protocols if isinstance(protocols, list) else []
    return {name: int(name in listed) for name in PROTOCOLS}
