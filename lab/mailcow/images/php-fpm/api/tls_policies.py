"""TLS policies of destinations; only the empty list is recorded, the rest is as mailcow's source has it."""

import re
from typing import Any

from api.call import Call, fields
from api.php import empty, escape, integer, string

_COLUMNS = "SELECT id, dest, policy, parameters, active, active AS active_int FROM tls_policy_override"
_PARAMETER = re.compile(r".+=.+")


def read(call: Call, name: str) -> Any:
    """Answer get/tls-policy-map/{id} and get/tls-policy-map/all."""
    if name == "all":
        return call.store.rows(f"{_COLUMNS} ORDER BY id") or {}
    return _row(call, name) or {}


def add(call: Call, request: Any) -> None:
    """Answer add/tls-policy-map; a destination has one policy."""
    said, given = ["tls_policy_maps", "add", request, None], fields(request)
    row = {
        "dest": string(given.get("dest")).strip().lower(),
        "policy": string(given.get("policy")).strip().lower(),
        "parameters": string(given.get("parameters")),
        "active": integer(given.get("active")),
    }
    refusal = _refusal(call, row, besides="0")
    if refusal:
        call.danger(said, refusal)
        return
    call.store.run(
        "INSERT INTO tls_policy_override (dest, policy, parameters, active)"
        " VALUES (%(dest)s, %(policy)s, %(parameters)s, %(active)s)",
        row,
    )
    call.success(said, ["tls_policy_map_entry_saved", escape(row["dest"])])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/tls-policy-map."""
    said = ["tls_policy_maps", "edit", {"id": items, **attributes}, None]
    for item in items:
        row = _row(call, item)
        if row is None:
            call.danger(said, "access_denied")
            continue
        for name in ("dest", "policy"):
            if not empty(attributes.get(name)):
                row[name] = string(attributes[name])
        if attributes.get("parameters") is not None:
            row["parameters"] = string(attributes["parameters"])
        if attributes.get("active") is not None:
            row["active"] = integer(attributes["active"])
        refusal = _refusal(call, row, besides=string(item))
        if refusal:
            call.danger(said, refusal)
            return
        call.store.run(
            "UPDATE tls_policy_override SET dest = %(dest)s, policy = %(policy)s, parameters = %(parameters)s,"
            " active = %(active)s WHERE id = %(id)s",
            row,
        )
        call.success(said, ["tls_policy_map_entry_saved", escape(row["dest"])])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/tls-policy-map: one that never was is deleted too."""
    said = ["tls_policy_maps", "delete", {"id": items}, None]
    for item in items:
        call.store.run("DELETE FROM tls_policy_override WHERE id = %(id)s", {"id": string(item)})
        call.success(said, ["tls_policy_map_entry_deleted", escape(string(item))])


def _refusal(call: Call, row: dict[str, Any], *, besides: str) -> Any:
    parameters = row["parameters"].split(" ") if row["parameters"] else []
    if not all(_PARAMETER.search(parameter) for parameter in parameters):
        return "tls_policy_map_parameter_invalid"
    values = {"dest": row["dest"], "id": besides}
    taken = call.store.value("SELECT 1 FROM tls_policy_override WHERE dest = %(dest)s AND id <> %(id)s", values)
    return ["tls_policy_map_entry_exists", escape(row["dest"])] if taken else None


def _row(call: Call, name: Any) -> dict[str, Any] | None:
    return call.store.row(f"{_COLUMNS} WHERE id = %(id)s", {"id": string(name)})
