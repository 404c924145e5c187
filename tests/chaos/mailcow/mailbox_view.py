"""Mailboxes: what get/mailbox and the searches show."""

from typing import Any

from tests.chaos.mailcow import tags
from tests.chaos.mailcow.call import Call, no_route
from tests.chaos.mailcow.domains import shown as domain_shown
from tests.chaos.mailcow.domains import usage
from tests.chaos.mailcow.php import folded
from tests.chaos.mailcow.tables import Row

_LOGINS = ("last_imap_login", "last_smtp_login", "last_pop3_login", "last_sso_login")
_COLUMNS = ("username", "active", "domain", "name", "local_part", "quota", "messages")


def read(call: Call, name: str, extra: str) -> Any:
    """Answer get/mailbox/{address|all|reduced|domain}."""
    if name in {"all", "reduced"}:
        return [shown(call, row["username"], reduced=name == "reduced") for row in _rows(call, extra)] or {}
    wanted = call.wanted_tags()
    if wanted and folded(name) in call.tables.domains:
        rows = call.tables.mailboxes_of(folded(name))
        return [shown(call, row["username"]) for row in rows if tags.has_one(row, wanted)]
    return shown(call, name)


def shown(call: Call, address: str, *, reduced: bool = False) -> Row:
    """Show one mailbox; a half-deleted one is an object full of nulls."""
    row = call.tables.mailbox(address) if address else None
    if row is None:
        return {}
    whole = row["whole"]
    answer: Row = {column: row[column] if whole else None for column in _COLUMNS}
    answer["active_int"] = answer["active"]
    answer["attributes"] = dict(row["attributes"]) if whole else None
    # To PHP an empty object is an empty list.
    answer["custom_attributes"] = (dict(row["custom_attributes"]) or []) if whole else None
    answer["created"] = row["created"] if whole else None
    answer["modified"] = row["modified"] if whole else None
    answer["authsource"] = row["authsource"]
    used, quota = (row["bytes"], row["quota"]) if whole else (0, 0)
    answer["quota_used"] = used
    answer["percent_in_use"], answer["percent_class"] = _use(used, quota)
    answer.update({login: row["logins"].get(login, 0) for login in _LOGINS})
    if not reduced:
        answer.update(_costly(call, address, row))
    return {**answer, "tags": sorted(row["tags"])} if row["tags"] else answer


def largest_quota(call: Call, address: str) -> int:
    """Say how many bytes a mailbox's quota may be raised to."""
    row = call.tables.mailbox(address)
    domain = call.tables.domains.get(row["domain"]) if row else None
    if row is None or domain is None:
        return 0
    others = usage(call, row["domain"])["quota"] - row["quota"]
    return max(min(domain["maxquota"], domain["quota"] - others), 0)


def search(call: Call, kind: str, request: Any) -> Any:
    """Answer search/mailbox and search/domain: one page, by name."""
    if kind not in {"mailbox", "domain"}:
        raise no_route()
    asked = request if isinstance(request, dict) else {}
    wanted = str((asked.get("search") or {}).get("value") or "").lower() if asked.get("columns") else ""
    table = call.tables.mailboxes if kind == "mailbox" else call.tables.domains
    names = [
        name for name, row in sorted(table.items()) if wanted in name or wanted in str(row.get("name", "")).lower()
    ]
    start, length = int(asked.get("start") or 0), int(asked.get("length") or 10)
    show = shown if kind == "mailbox" else domain_shown
    return {
        "draw": int(asked.get("draw") or 0),
        "recordsTotal": len(names),
        "recordsFiltered": len(names),
        "data": [show(call, name) for name in (names[start : start + length] if length >= 0 else names[start:])],
    }


def _rows(call: Call, domains: str) -> list[Row]:
    """List the mailboxes of those domains that exist; of all domains when none does."""
    known = [folded(name) for name in domains.split(",") if folded(name) in call.tables.domains]
    rows = [row for name in known or sorted(call.tables.domains) for row in call.tables.mailboxes_of(name)]
    wanted = call.wanted_tags()
    found = [row for row in rows if not wanted or tags.has_one(row, wanted)]
    return sorted(found, key=lambda row: row["username"])


def _use(used: int, quota: int) -> tuple[Any, str]:
    if quota == 0:
        return "- ", "info"
    percent = round(used / quota * 100)
    return percent, "danger" if percent >= 90 else "warning" if percent >= 75 else "success"


def _costly(call: Call, address: str, row: Row) -> Row:
    """Give what the reduced list leaves out; limits are looked up under the name as it was asked for."""
    own, tables = call.tables.limit_of(address), call.tables
    domain = tables.domains.get(row["domain"], {})
    return {
        "max_new_quota": largest_quota(call, address) if row["whole"] else 0,
        "spam_aliases": 0,
        "pushover_active": 0,
        "rl": own or tables.limit_of(row["domain"]),
        "rl_scope": "mailbox" if own else "domain",
        "is_relayed": domain.get("backupmx") if row["whole"] else None,
        "sender_acl": list(row["sender_acl"]),
    }
