"""Sender-dependent transports: mailcow calls them relayhosts. Passwords go in and come out in clear, as there."""

from typing import Any

from api.call import Call, fields
from api.php import empty, escape, integer, string

_COLUMNS = "SELECT id, hostname, username, password, active, CONCAT(LEFT(password, 3), '...') password_short FROM"


def read(call: Call, name: str) -> Any:
    """Answer get/relayhost/{id} and get/relayhost/all."""
    if name == "all":
        return [_shown(call, row) for row in call.store.rows(f"{_COLUMNS} relayhosts ORDER BY id")] or {}
    row = _row(call, name)
    return _shown(call, row) if row else {}


def add(call: Call, request: Any) -> None:
    """Answer add/relayhost; a colon is escaped once in the name and twice in the password, `active` is ignored."""
    said, given = ["relayhost", "add", request], fields(request)
    hostname = string(given.get("hostname")).strip()
    if empty(hostname):
        call.danger(said, ["invalid_host", ""])
        return
    call.store.run(
        "INSERT INTO relayhosts (hostname, username, password, active)"
        " VALUES (%(hostname)s, %(username)s, %(password)s, 1)",
        {
            "hostname": hostname,
            "username": string(given.get("username")).strip().replace(":", r"\:"),
            "password": string(given.get("password")).strip().replace(":", r"\\:"),
        },
    )
    # mailcow means to name the host here, and names nothing.
    call.success(said, ["relayhost_added", ""])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/relayhost; what is given is stored as it is."""
    said = ["relayhost", "edit", {"id": items, **attributes}]
    for item in items:
        row = _row(call, item)
        if row is None:
            call.danger(said, ["relayhost_invalid", item])
            continue
        if not empty(attributes.get("hostname")):
            row["hostname"] = string(attributes["hostname"]).strip()
        for name in ("username", "password"):
            if attributes.get(name) is not None:
                row[name] = string(attributes[name]).strip()
        if attributes.get("active") is not None:
            row["active"] = integer(attributes["active"])
        call.store.run(
            "UPDATE relayhosts SET hostname = %(hostname)s, username = %(username)s, password = %(password)s,"
            " active = %(active)s WHERE id = %(id)s",
            row,
        )
        call.success(said, ["object_modified", ""])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/relayhost: one that never was is removed too; mailboxes keep an id that leads nowhere."""
    said = ["relayhost", "delete", {"id": items}]
    for item in items:
        values = {"id": string(item)}
        call.store.run("DELETE FROM relayhosts WHERE id = %(id)s", values)
        call.store.run("UPDATE domain SET relayhost = '0' WHERE relayhost = %(id)s", values)
        call.success(said, ["relayhost_removed", escape(string(item))])


def _row(call: Call, name: Any) -> dict[str, Any] | None:
    return call.store.row(f"{_COLUMNS} relayhosts WHERE id = %(id)s", {"id": string(name)})


def _shown(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    values = {"id": str(row["id"])}
    domains = call.store.column("SELECT domain FROM domain WHERE relayhost = %(id)s ORDER BY domain", values)
    mailboxes = call.store.column(
        "SELECT username FROM mailbox WHERE JSON_VALUE(attributes, '$.relayhost') = %(id)s ORDER BY username", values
    )
    return {**row, "used_by_domains": ", ".join(domains), "used_by_mailboxes": ", ".join(mailboxes)}
