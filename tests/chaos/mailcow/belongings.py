"""What hangs on a mailbox: app passwords, Sieve filters, sync jobs.

Filters and sync jobs stand in no recording: they follow mailcow's source (functions.mailbox.inc.php).
"""

from typing import Any

from tests.chaos.mailcow.call import Call, NothingSaid, log, mailbox_log, named
from tests.chaos.mailcow.passwords import refuse_weak, stored
from tests.chaos.mailcow.php import Thrown, empty, escaped, intval, listed, text
from tests.chaos.mailcow.tables import Row

_PROTOCOLS = ("imap_access", "smtp_access", "dav_access", "eas_access", "pop3_access", "sieve_access")
_JOB_NUMBERS = ("port1", "mins_interval", "maxage", "timeout1", "timeout2", "maxbytespersecond", "active", "is_running")
_JOB_TEXTS = ("host1", "user1", "enc1", "exclude", "subfolder2", "custom_params", "last_run", "exit_status", "success")


def read_app_passwords(call: Call, name: str, extra: str) -> Any:
    """Answer get/app-passwd/all/{mailbox}; the route of one is broken."""
    if name != "all":
        raise NothingSaid
    rows = [row for row in call.tables.app_passwords.values() if row["mailbox"] == extra.lower()]
    return [{**row, "name": escaped(row["name"])} for row in rows] or {}


def add_app_password(call: Call, request: Any) -> None:
    """Answer add/app-passwd."""
    said, given = log("app_passwd", "add", request), named(request)
    row = call.tables.mailbox(text(given.get("username")))
    if row is None:
        raise call.refuse(said, "access_denied")
    refuse_weak(call, given.get("app_passwd"), given.get("app_passwd2"))
    if empty(given.get("app_name")):
        raise call.refuse(said, "app_name_empty")
    number, now = call.tables.new_id("app_passwd"), call.tables.now()
    call.tables.app_passwords[number] = {
        "id": number,
        "name": escaped(text(given["app_name"])),
        "mailbox": row["username"],
        "domain": row["domain"],
        "password": stored(text(given["app_passwd"])),
        "created": now,
        "modified": None,
        **{name: int(name in listed(given.get("protocols"))) for name in _PROTOCOLS},
        "active": intval(given.get("active")),
    }
    call.success(said, "app_passwd_added")


def edit_app_password(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/app-passwd; without ``username`` it throws."""
    said = log("app_passwd", "edit", {"id": items, **attributes})
    for item in items:
        row = call.tables.app_passwords.get(intval(item))
        if row is None:
            call.danger(said, ["app_passwd_id_invalid", item])
            continue
        if attributes.get("username") is None:
            reason = "Cannot add or update a child row: a foreign key constraint fails"
            raise Thrown(["mysql_error", {"errorInfo": ["23000", 1452, reason]}])
        if not empty(attributes.get("app_name")):
            row["name"] = escaped(text(attributes["app_name"]))
        if attributes.get("active") is not None:
            row["active"] = intval(attributes["active"])
        if "protocols" in attributes:
            row.update({name: int(name in listed(attributes["protocols"])) for name in _PROTOCOLS})
        if not empty(attributes.get("app_passwd")):
            refuse_weak(call, attributes["app_passwd"], attributes.get("app_passwd2"))
            row["password"] = stored(text(attributes["app_passwd"]))
        row["modified"] = call.tables.now()
        call.success(said, ["object_modified", str(row["id"])])


def delete_app_passwords(call: Call, items: list[Any]) -> None:
    """Answer delete/app-passwd; stops at the first that is not there."""
    said = log("app_passwd", "delete", {"id": items})
    for item in items:
        if call.tables.app_passwords.pop(intval(item), None) is None:
            raise call.refuse(said, "app_passwd_id_invalid")
        call.success(said, ["app_passwd_removed", str(intval(item))])


def read_filters(call: Call, name: str, _extra: str) -> Any:
    """Answer get/filters/{all|mailbox}."""
    return [dict(row) for row in call.tables.filters.values() if name in {"all", row["username"]}] or {}


def add_filter(call: Call, request: Any) -> None:
    """Answer add/filter; an active one switches the others of its kind off."""
    said, given, tables = mailbox_log("add", "filter", request), named(request), call.tables
    row = tables.mailbox(text(given.get("username")))
    if row is None:
        raise call.refuse(said, "access_denied")
    if empty(given.get("script_data")):
        raise call.refuse(said, "script_empty")
    if empty(given.get("script_desc")):
        raise call.refuse(said, "value_missing")
    if given.get("filter_type") not in {"prefilter", "postfilter"}:
        raise call.refuse(said, "filter_type")
    active = int(not empty(given.get("active")))
    if active:
        _switch_off(call, row["username"], given["filter_type"])
    tables.turns.between()
    number = tables.new_id("filter")
    tables.filters[number] = {
        "active": active,
        "id": number,
        "username": row["username"],
        "filter_type": given["filter_type"],
        "script_data": text(given["script_data"]),
        "script_desc": text(given["script_desc"]),
    }
    call.success(said, ["mailbox_modified", row["username"]])


def edit_filter(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/filter."""
    said = mailbox_log("edit", "filter", {"id": items, **attributes})
    for item in items:
        row = call.tables.filters.get(intval(item))
        if row is None:
            call.danger(said, "access_denied")
            continue
        given = {name: value for name, value in attributes.items() if not empty(value)}
        active = int(not empty(attributes["active"])) if attributes.get("active") is not None else row["active"]
        if active:
            _switch_off(call, row["username"], given.get("filter_type", row["filter_type"]))
        row.update({name: given[name] for name in ("script_data", "script_desc", "filter_type") if name in given})
        row["active"] = active
        call.success(said, ["mailbox_modified", row["username"]])


def delete_filters(call: Call, items: list[Any]) -> None:
    """Answer delete/filter."""
    said = mailbox_log("delete", "filter", {"id": items})
    for item in items:
        if call.tables.filters.pop(intval(item), None) is None:
            call.danger(said, "access_denied")
            continue
        call.success(said, ["delete_filter", str(intval(item))])


def read_sync_jobs(call: Call, name: str, _extra: str) -> Any:
    """Answer get/syncjobs/{all|mailbox}, without passwords."""
    rows = [row for row in call.tables.sync_jobs.values() if name in {"all", row["user2"]}]
    return [{key: value for key, value in row.items() if key != "password1"} for row in rows] or {}


def add_sync_job(call: Call, request: Any) -> None:
    """Answer add/syncjob."""
    said, given = mailbox_log("add", "syncjob", request), named(request)
    row = call.tables.mailbox(text(given.get("username")))
    if row is None:
        raise call.refuse(said, "access_denied")
    job = _job(given)
    same = ("user2", "host1", "user1")
    job["user2"] = row["username"]
    if any(all(found[key] == job[key] for key in same) for found in call.tables.sync_jobs.values()):
        raise call.refuse(said, ["object_exists", escaped(f"{job['host1']} / {job['user1']}")])
    number = call.tables.new_id("sync_job")
    call.tables.sync_jobs[number] = {**job, "id": number, "password1": text(given.get("password1"))}
    call.success(said, ["mailbox_modified", row["username"]])


def edit_sync_job(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/syncjob."""
    said = mailbox_log("edit", "syncjob", {"id": items, **attributes})
    for item in items:
        row = call.tables.sync_jobs.get(intval(item))
        if row is None:
            call.danger(said, "access_denied")
            continue
        row.update(_job({**row, **attributes}))
        call.success(said, ["mailbox_modified", row["user2"]])


def delete_sync_jobs(call: Call, items: list[Any]) -> None:
    """Answer delete/syncjob."""
    said = mailbox_log("delete", "syncjob", {"id": items})
    for item in items:
        row = call.tables.sync_jobs.pop(intval(item), None)
        if row is None:
            call.danger(said, "access_denied")
            continue
        call.success(said, ["deleted_syncjob", str(row["id"])])


def _switch_off(call: Call, address: str, kind: str) -> None:
    for row in call.tables.filters.values():
        if row["username"] == address and row["filter_type"] == kind:
            row["active"] = 0


def _job(given: Row) -> Row:
    return {
        **{name: intval(given.get(name)) for name in _JOB_NUMBERS},
        **{name: text(given.get(name)) for name in _JOB_TEXTS},
    }
