"""Transports: where mail for a destination goes."""

from typing import Any

from api.call import Call, fields
from api.php import empty, escape, integer, is_address, is_domain, string

_COLUMNS = (
    "SELECT id, is_mx_based, destination, nexthop, username, password, active,"
    " CONCAT(LEFT(password, 3), '...') password_short FROM transports"
)


def read(call: Call, name: str) -> Any:
    """Answer get/transport/{id} and get/transport/all."""
    if name == "all":
        return call.store.rows(f"{_COLUMNS} ORDER BY id") or {}
    return call.store.row(f"{_COLUMNS} WHERE id = %(id)s", {"id": name}) or {}


def add(call: Call, request: Any) -> None:
    """Answer add/transport; the message speaks of a relayhost."""
    said, given = ["transport", "add", request], fields(request)
    destination, nexthop = string(given.get("destination")).strip(), string(given.get("nexthop")).strip()
    refusal: Any = None
    if not (destination == "*" or is_domain(destination.removeprefix(".")) or is_address(destination)):
        refusal = "invalid_destination"
    elif empty(nexthop):
        refusal = ["invalid_nexthop"]
    elif call.store.value("SELECT 1 FROM transports WHERE destination = %(name)s", {"name": destination}):
        refusal = ["transport_dest_exists", destination]
    if refusal:
        call.danger(said, refusal)
        return
    call.store.run(
        "INSERT INTO transports (destination, nexthop, username, password, is_mx_based, active) VALUES"
        " (%(destination)s, %(nexthop)s, %(username)s, %(password)s, %(is_mx_based)s, %(active)s)",
        {
            "destination": destination,
            "nexthop": nexthop,
            "username": string(given.get("username")).strip().replace(":", r"\:"),
            "password": string(given.get("password")).strip().replace(":", r"\:"),
            "is_mx_based": integer(given.get("is_mx_based")),
            "active": integer(given.get("active")),
        },
    )
    call.success(said, ["relayhost_added", ""])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/transport."""
    said = ["transport", "delete", {"id": items}]
    for item in items:
        call.store.run("DELETE FROM transports WHERE id = %(id)s", {"id": string(item)})
        call.success(said, ["relayhost_removed", escape(string(item))])
