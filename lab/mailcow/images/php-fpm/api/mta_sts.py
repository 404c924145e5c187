"""MTA-STS policies of domains, and the file others fetch; all as in mailcow's source, none of it recorded."""

import time
from typing import Any

from api.call import Call, fields, mailbox_log
from api.php import escape, folded, integer, is_domain, string
from api.store import DatabaseError, Store

POLICY_FILE = "/.well-known/mta-sts.txt"
_PREFIX = "mta-sts."
_VERSION = "stsv1"
_SHOWN_VERSION = "STSv1"
_MODES = ("enforce", "testing", "none")
_LONGEST_S = {"add": 31_536_000, "edit": 31_557_600}
_COLUMNS = ("version", "mode", "mx", "max_age")


def add(call: Call, request: Any) -> None:
    """Answer add/mta-sts; says nothing when it is done."""
    said, given = mailbox_log("add", "mta_sts", request), fields(request)
    row = {
        "domain": folded(string(given.get("domain"))),
        "version": string(given.get("version")).lower(),
        "mode": string(given.get("mode")).lower(),
        "mx": "".join(string(given.get("mx")).split()),
        "max_age": integer(given.get("max_age")),
        "active": int(integer(given.get("active")) == 1),
        "id": _now(),
    }
    if refusal := _refusal(row, "add"):
        call.danger(said, refusal)
        return
    try:
        call.store.run(
            "INSERT INTO mta_sts (id, domain, version, mode, mx, max_age, active)"
            " VALUES (%(id)s, %(domain)s, %(version)s, %(mode)s, %(mx)s, %(max_age)s, %(active)s)",
            row,
        )
    except DatabaseError as error:
        call.danger(said[:-1], error.plain())


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/mta-sts; the id is another when the policy is another, and not when it is only switched on or off."""
    said = mailbox_log("edit", "mta_sts", {"domains": items, **attributes})
    for item in items:
        row = _row(call.store, folded(string(item)))
        if row is None:
            call.danger(said, "access_denied")
            continue
        before = {column: row[column] for column in _COLUMNS}
        for column in ("version", "mode"):
            if attributes.get(column) is not None:
                row[column] = string(attributes[column]).lower()
        if attributes.get("mx") is not None:
            row["mx"] = "".join(string(attributes["mx"]).split())
        if attributes.get("max_age") is not None:
            row["max_age"] = integer(attributes["max_age"])
        if attributes.get("active") is not None:
            row["active"] = int(integer(attributes["active"]) == 1)
        if before != {column: row[column] for column in _COLUMNS}:
            row["id"] = _now()
        if refusal := _refusal(row, "edit"):
            call.danger(said, refusal)
            continue
        call.store.run(
            "UPDATE mta_sts SET id = %(id)s, version = %(version)s, mode = %(mode)s, mx = %(mx)s,"
            " max_age = %(max_age)s, active = %(active)s WHERE domain = %(domain)s",
            row,
        )
        call.success(said, ["object_modified", row["domain"]])


def policy_text(store: Store, host: str) -> str | None:
    """Write the file for who asks at a name; None where nothing is served."""
    name = host.partition(":")[0].lower()
    row = _row(store, name.removeprefix(_PREFIX)) if name.startswith(_PREFIX) else None
    if row is None or not row["active"]:
        return None
    lines = [f"version: {_SHOWN_VERSION}", f"mode: {row['mode']}", f"max_age: {row['max_age']}"]
    return "\n".join([*lines, *(f"mx: {mx}" for mx in row["mx"].split(",")), ""])


def _refusal(row: dict[str, Any], action: str) -> Any:
    if row["version"] != _VERSION:
        return ["version_invalid", escape(row["domain"] if action == "add" else row["version"])]
    if row["mode"] not in _MODES:
        return ["mode_invalid", escape(row["domain"])]
    if not 0 < row["max_age"] <= _LONGEST_S[action]:
        return ["max_age_invalid", escape(row["domain"])]
    wrong = next((mx for mx in row["mx"].split(",") if not is_domain(folded(mx).removeprefix("*."))), None)
    return None if wrong is None else ["mx_invalid", escape(wrong)]


def _row(store: Store, domain: str) -> dict[str, Any] | None:
    return store.row(
        "SELECT id, domain, version, mode, mx, max_age, active FROM mta_sts WHERE domain = %(domain)s",
        {"domain": domain},
    )


def _now() -> str:
    return time.strftime("%Y%m%d%H%M%S")
