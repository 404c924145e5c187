"""Sieve filters of a mailbox: at most one active prefilter and one active postfilter run at each delivery.

From mailcow's source, not recorded. Dovecot reads the active ones from the views sieve_before and sieve_after.
"""

from typing import Any

from api import sieve_syntax
from api.call import Call, RefusedError, fields, mailbox_log
from api.objects import mailbox_domain
from api.php import empty, integer, is_address, string
from api.sieve_syntax import SieveError

_TYPES = ("prefilter", "postfilter")
_COLUMNS = (
    "SELECT CASE script_name WHEN 'active' THEN 1 ELSE 0 END active, id, username, filter_type, script_data,"
    " script_desc FROM sieve_filters"
)


def read(call: Call, name: str) -> Any:
    """Answer get/filters/{mailbox} and get/filters/all."""
    if name == "all":
        return call.store.rows(f"{_COLUMNS} ORDER BY SUBSTRING_INDEX(username, '@', -1), username, id") or {}
    return call.store.rows(f"{_COLUMNS} WHERE username = %(name)s ORDER BY id", {"name": name}) or {}


def add(call: Call, request: Any) -> None:
    """Answer add/filter; an active one takes the place of the one that was active."""
    said, given = mailbox_log("add", "filter", request), fields(request)
    username = string(given.get("username"))
    values = {
        "username": username,
        "script_data": string(given.get("script_data")),
        "script_desc": string(given.get("script_desc")),
        "filter_type": string(given.get("filter_type")),
        "script_name": "active" if integer(given.get("active")) else "inactive",
    }
    refusal: Any = None
    if not is_address(username):
        refusal = "no_user_defined"
    elif mailbox_domain(call, username) is None:
        refusal = "access_denied"
    elif empty(values["script_data"]):
        refusal = "script_empty"
    else:
        refusal = _refusal_of_script(values["script_data"])
        if refusal is None and empty(values["script_desc"]):
            refusal = "value_missing"
        if refusal is None and values["filter_type"] not in _TYPES:
            refusal = "filter_type"
    if refusal:
        call.danger(said, refusal)
        raise RefusedError
    _put_others_off(call, values)
    call.store.run(
        "INSERT INTO sieve_filters (username, script_data, script_desc, script_name, filter_type) VALUES"
        " (%(username)s, %(script_data)s, %(script_desc)s, %(script_name)s, %(filter_type)s)",
        values,
    )
    call.success(said, ["mailbox_modified", username])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/filter; an empty text counts as not given."""
    said = mailbox_log("edit", "filter", {"id": items, **attributes})
    for item in items:
        row = call.store.row(f"{_COLUMNS} WHERE id = %(id)s", {"id": string(item)})
        if row is None:
            call.danger(said, "access_denied")
            continue
        for name in ("script_desc", "script_data", "filter_type"):
            if not empty(attributes.get(name)):
                row[name] = string(attributes[name])
        active = integer(attributes["active"]) if attributes.get("active") is not None else row["active"]
        row["script_name"] = "active" if active == 1 else "inactive"
        refusal = _refusal_of_script(row["script_data"]) or (
            "filter_type" if row["filter_type"] not in _TYPES else None
        )
        if refusal:
            call.danger(said, refusal)
            continue
        _put_others_off(call, row)
        call.store.run(
            "UPDATE sieve_filters SET script_desc = %(script_desc)s, script_data = %(script_data)s, script_name ="
            " %(script_name)s, filter_type = %(filter_type)s WHERE id = %(id)s",
            row,
        )
        call.success(said, ["mailbox_modified", row["username"]])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/filter; what is no number is passed over in silence."""
    said = mailbox_log("delete", "filter", {"id": items})
    for item in items:
        if not string(item).isdigit():
            continue
        values = {"id": string(item)}
        if call.store.value("SELECT username FROM sieve_filters WHERE id = %(id)s", values) is None:
            call.danger(said, "access_denied")
            continue
        call.store.run("DELETE FROM sieve_filters WHERE id = %(id)s", values)
        call.success(said, ["delete_filter", item])


def _refusal_of_script(script: str) -> Any:
    try:
        sieve_syntax.check(script)
    except SieveError as error:
        return ["sieve_error", str(error)]
    return None


def _put_others_off(call: Call, values: dict[str, Any]) -> None:
    if values["script_name"] == "active":
        call.store.run(
            "UPDATE sieve_filters SET script_name = 'inactive' WHERE username = %(username)s"
            " AND filter_type = %(filter_type)s",
            values,
        )
