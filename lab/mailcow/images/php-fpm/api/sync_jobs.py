"""Sync jobs: mail fetched by IMAP from another provider. What runs them is in the image of Dovecot.

From mailcow's source and its API description, not recorded. The answer's log shows `password1` in clear, as there.
"""

import re
from typing import Any

from api.call import Call, RefusedError, fields, mailbox_log
from api.objects import mailbox_domain
from api.php import integer, is_address, is_domain, string

_FLAGS = ("delete2duplicates", "delete1", "delete2", "automap", "skipcrossduplicates", "subscribeall", "dry", "active")
_NUMBERS = {
    "maxage": (0, 32000),
    "timeout1": (600, 32000),
    "timeout2": (600, 32000),
    "maxbytespersecond": (0, 125000000),
}
"""Default, and the largest number that is taken; a smaller or larger one becomes the default."""
_TEXTS = ("host1", "port1", "user1", "password1", "enc1", "mins_interval", "exclude", "subfolder2", "custom_params")
_OPTIONS = frozenset({"sslargs1"})
"""Of the options of imapsync that mailcow lets through, those that what stands for it here knows."""
_WRITTEN = (*_FLAGS, *_NUMBERS, *_TEXTS)
_HIDDEN = ("password1", "returned_text")
_LONGEST_INTERVAL_MINUTES = 43800


def read(call: Call, name: str, extra: str) -> Any:
    """Answer get/syncjobs/{mailbox or all}[/no_log]; passwords are never shown."""
    condition = "" if name == "all" else "WHERE user2 = %(name)s"
    rows = call.store.rows(
        "SELECT *, CAST(last_run AS CHAR) last_run_text, CAST(created AS CHAR) created_text,"  # noqa: S608 — fixed words
        f" CAST(modified AS CHAR) modified_text FROM imapsync {condition}"
        " ORDER BY SUBSTRING_INDEX(user2, '@', -1), user2, id",
        {"name": name},
    )
    return [_shown(row, with_log="no_log" not in extra.split(",")) for row in rows] or {}


def add(call: Call, request: Any) -> None:
    """Answer add/syncjob."""
    given = fields(request)
    said = ["mailbox", "add", "syncjob", request, None]
    username = string(given.get("username"))
    values = {name: integer(given.get(name)) for name in _FLAGS}
    values |= {name: _number(name, given.get(name)) for name in _NUMBERS}
    values |= {name: string(given.get(name)).strip() for name in _TEXTS}
    values |= {"host1": values["host1"].lower(), "user2": username}
    refusal: Any = None
    if not is_address(username):
        refusal = "no_user_defined"
    elif mailbox_domain(call, username) is None:
        refusal = "access_denied"
    else:
        refusal = _refusal(values) or _refusal_of_repetition(call, values)
    if refusal:
        call.danger(said, refusal)
        raise RefusedError
    columns = ("user2", *_WRITTEN)
    call.store.run(
        f"INSERT INTO imapsync ({', '.join(columns)}) VALUES ({', '.join(f'%({name})s' for name in columns)})",  # noqa: S608 — fixed names
        values,
    )
    call.success(said, ["mailbox_modified", username])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/syncjob; any `last_run` or `success` among the attributes forgets the one there was."""
    said = ["mailbox", "edit", "syncjob", {"id": items, **attributes}, None]
    for item in items:
        row = call.store.row("SELECT * FROM imapsync WHERE id = %(id)s", {"id": string(item)})
        if row is None:
            call.danger(said, "access_denied")
            continue
        values = {**row, **_changed(attributes)}
        refusal = _refusal(values) or (None if is_domain(values["host1"]) else "access_denied")
        if refusal:
            call.danger(said, refusal)
            continue
        assignments = ", ".join(f"{name} = %({name})s" for name in (*_WRITTEN, "last_run", "success"))
        call.store.run(f"UPDATE imapsync SET {assignments} WHERE id = %(id)s", values)  # noqa: S608 — fixed names
        call.success(said, ["mailbox_modified", row["user2"]])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/syncjob; the first that is no number ends the call."""
    said = mailbox_log("delete", "syncjob", {"id": items})
    for item in items:
        if not string(item).isdigit():
            raise RefusedError
        values = {"id": string(item)}
        if call.store.value("SELECT user2 FROM imapsync WHERE id = %(id)s", values) is None:
            call.danger(said, "access_denied")
            continue
        call.store.run("DELETE FROM imapsync WHERE id = %(id)s", values)
        call.success(said, ["deleted_syncjob", item])


def _shown(row: dict[str, Any], *, with_log: bool) -> dict[str, Any]:
    times = ("last_run", "created", "modified")
    texts = {name: row[f"{name}_text"] for name in times}
    left_out = {*_HIDDEN, *(f"{name}_text" for name in times)}
    shown = {name: value for name, value in {**row, **texts}.items() if name not in left_out}
    return {**shown, "log": (row["returned_text"] or "") if with_log else ""}


def _changed(attributes: dict[str, Any]) -> dict[str, Any]:
    """Return the columns an edit changes; an empty text counts as not given, but for those that may be empty."""
    given = {name: value for name, value in attributes.items() if value is not None}
    values: dict[str, Any] = {name: integer(given[name]) for name in _FLAGS if name in given}
    values |= {name: _number(name, given[name]) for name in _NUMBERS if given.get(name, "") != ""}
    may_be_empty = {"exclude", "subfolder2", "custom_params"}
    values |= {name: string(given[name]) for name in _TEXTS if name in given and (name in may_be_empty or given[name])}
    return values | {name: None for name in ("last_run", "success") if name in given}


def _number(name: str, value: Any) -> Any:
    default, largest = _NUMBERS[name]
    number = integer(value)
    number = number if 1 <= number <= largest else default
    # A column of text, as there.
    return str(number) if name == "maxbytespersecond" else number


def _refusal(values: dict[str, Any]) -> Any:
    """Return why a job may not be so, or None; mailcow mostly says that access is denied."""
    if refusal := _refusal_of_options(values["custom_params"]):
        return refusal
    if not 1 <= integer(values["port1"]) <= 65535:
        return "access_denied"
    if not 1 <= integer(values["mins_interval"]) <= _LONGEST_INTERVAL_MINUTES:
        return "access_denied"
    if values["enc1"] not in {"TLS", "SSL", "PLAIN"}:
        return "access_denied"
    try:
        # A switch in the midst of a pattern is nothing to Python; all of a pattern shall then ignore case.
        re.compile(values["exclude"].replace("(?i)", ""))
    except re.error:
        return "access_denied"
    return None


def _refusal_of_options(custom_params: str) -> str:
    """Return why options of imapsync are not let through, or nothing; a hyphen in a value is read as another option."""
    for option in filter(None, custom_params.split("-")):
        name = option.partition("=")[0] if "=" in option else option.rstrip(" ")
        if " " in name:
            return "bad character SPACE"
        if name.lower() not in _OPTIONS:
            return f"bad option {name}"
    return ""


def _refusal_of_repetition(call: Call, values: dict[str, Any]) -> Any:
    statement = "SELECT 1 FROM imapsync WHERE user2 = %(user2)s AND user1 = %(user1)s AND host1 = %(host1)s"
    if call.store.value(statement, values) is None:
        return None
    return ["object_exists", f"{values['host1']} / {values['user1']}"]
