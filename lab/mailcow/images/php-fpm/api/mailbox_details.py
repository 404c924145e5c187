"""What get/mailbox and the searches answer."""

import json
from typing import Any

from api.call import Call
from api.domain_details import details as domain_details
from api.objects import domain_exists, mailbox_domain, target_of
from api.php import folded
from api.rate_limits import limit_of
from api.tags import names_with, tags_of

_LOGINS = {"imap": "last_imap_login", "smtp": "last_smtp_login", "pop3": "last_pop3_login", "sso": "last_sso_login"}
_COLUMNS = ("username", "active", "domain", "name", "local_part", "quota", "messages")


def read(call: Call, name: str, extra: str) -> Any:
    """Answer get/mailbox/{address|all|reduced|domain}."""
    if name in {"all", "reduced"}:
        found = [details(call, one, reduced=name == "reduced") for one in _names(call, extra)]
        return [one for one in found if one] or {}
    if call.tags() and domain_exists(call, folded(name)):
        return [details(call, one) for one in _narrowed(call, [folded(name)])]
    return details(call, name)


def details(call: Call, username: str, *, reduced: bool = False) -> dict[str, Any]:
    """Return one mailbox, an object full of nulls when it is half-deleted, or an empty object.

    Rate limits are looked up under the name as it was asked for: Redis is case-sensitive.
    """
    domain = mailbox_domain(call, username) if username else None
    if domain is None:
        return {}
    row = call.store.row(
        "SELECT mailbox.*, quota2.bytes, quota2.messages, CAST(mailbox.created AS CHAR) created_text,"
        " CAST(mailbox.modified AS CHAR) modified_text, domain.backupmx FROM mailbox JOIN quota2 USING (username)"
        " JOIN domain USING (domain) WHERE mailbox.username = %(name)s",
        {"name": username},
    )
    found: dict[str, Any] = {column: row[column] if row else None for column in _COLUMNS}
    found["active_int"] = found["active"]
    found["attributes"] = json.loads(row["attributes"]) if row else None
    # An empty object is an empty array to PHP.
    found["custom_attributes"] = (json.loads(row["custom_attributes"]) or []) if row else None
    found["created"] = row["created_text"] if row else None
    found["modified"] = row["modified_text"] if row else None
    found["authsource"] = row["authsource"] if row else "mailcow"
    used, quota = (int(row["bytes"]), int(row["quota"])) if row else (0, 0)
    found["quota_used"] = used
    found["percent_in_use"], found["percent_class"] = _use(used, quota)
    found.update(_last_logins(call, username))
    if not reduced:
        found.update(_costly(call, username, row, domain))
    tags = tags_of(call, "mailbox", username)
    return {**found, "tags": tags} if tags else found


def largest_quota(call: Call, username: str) -> int:
    """Return how many bytes the mailbox's quota may be raised to."""
    row = call.store.row(
        "SELECT domain.maxquota, domain.quota - COALESCE((SELECT SUM(others.quota) FROM mailbox others"
        " WHERE others.domain = mailbox.domain AND others.username <> mailbox.username), 0) rest"
        " FROM mailbox JOIN domain USING (domain) WHERE mailbox.username = %(name)s",
        {"name": username},
    )
    return max(min(int(row["maxquota"]), int(row["rest"])), 0) if row else 0


def search(call: Call, kind: str, request: Any) -> Any:
    """Answer search/mailbox and search/domain: one page, ordered by name."""
    asked = request if isinstance(request, dict) else {}
    text = str((asked.get("search") or {}).get("value") or "")
    column = "username" if kind == "mailbox" else "domain"
    where = ""
    if text and asked.get("columns"):
        where = (
            " WHERE username LIKE %(text)s OR name LIKE %(text)s"
            if kind == "mailbox"
            else " WHERE domain LIKE %(text)s"
        )
    values = {"text": f"%{text}%"}
    names = call.store.column(f"SELECT {column} FROM {kind}{where} ORDER BY {column}", values)  # noqa: S608 — fixed words
    start, length = int(asked.get("start") or 0), int(asked.get("length") or 10)
    page = names[start : start + length] if length >= 0 else names[start:]
    one = details if kind == "mailbox" else domain_details
    return {
        "draw": int(asked.get("draw") or 0),
        "recordsTotal": len(names),
        "recordsFiltered": len(names),
        "data": [one(call, name) for name in page],
    }


def _names(call: Call, domains: str) -> list[str]:
    """Return the mailboxes of the domains that exist; of all, when none of them does."""
    known = [folded(name) for name in domains.split(",") if name and domain_exists(call, folded(name))]
    if not known:
        known = call.store.column("SELECT domain FROM domain ORDER BY domain")
    return _narrowed(call, known)


def _narrowed(call: Call, domains: list[str]) -> list[str]:
    """Return the mailboxes of some domains, by tag if the call asks for one."""
    if not domains:
        return []
    names = call.store.column(
        "SELECT username FROM mailbox WHERE domain IN %(domains)s"
        " AND kind NOT REGEXP 'location|thing|group' ORDER BY username",
        {"domains": tuple(domains)},
    )
    wanted = set(names_with(call, "mailbox", call.tags())) if call.tags() else None
    return names if wanted is None else [name for name in names if name in wanted]


def _use(used: int, quota: int) -> tuple[Any, str]:
    """Return percent_in_use and percent_class."""
    if quota == 0:
        return "- ", "info"
    percent = round(used / quota * 100)
    if percent >= 90:
        return percent, "danger"
    return percent, "warning" if percent >= 75 else "success"


def _last_logins(call: Call, username: str) -> dict[str, int]:
    """Return the last login of each service in epoch seconds; 0 means never."""
    rows = call.store.rows(
        "SELECT service, MAX(UNIX_TIMESTAMP(datetime)) seconds FROM sasl_log"
        " WHERE username = %(name)s GROUP BY service",
        {"name": username},
    )
    seconds = {row["service"].lower(): int(row["seconds"]) for row in rows}
    return {field: seconds.get(service, 0) for service, field in _LOGINS.items()}


def _costly(call: Call, username: str, row: Any, domain: str) -> dict[str, Any]:
    """Return the fields that the reduced list leaves out."""
    own = limit_of(call, username)
    count = call.store.value("SELECT COUNT(*) FROM spamalias WHERE goto = %(name)s", {"name": username})
    send_as = call.store.column(
        "SELECT send_as FROM sender_acl WHERE logged_in_as = %(name)s AND external = 0 ORDER BY id", {"name": username}
    )
    return {
        "max_new_quota": largest_quota(call, username) if row else 0,
        "spam_aliases": int(count or 0),
        "pushover_active": 0,
        "rl": own or limit_of(call, target_of(call, domain) or domain),
        "rl_scope": "mailbox" if own else "domain",
        "is_relayed": row["backupmx"] if row else None,
        "sender_acl": send_as,
    }
