"""What get/domain answers."""

from typing import Any

from api.call import Call
from api.objects import target_of
from api.php import folded, unicode_name
from api.rate_limits import limit_of
from api.tags import names_with, tags_of

_FLAGS = ("backupmx", "gal", "active", "relay_all_recipients", "relay_unknown_only")


def read(call: Call, name: str) -> Any:
    """Answer get/domain/{name} and get/domain/all."""
    if name != "all":
        return details(call, name)
    if call.tags():
        names = names_with(call, "domain", call.tags())
    else:
        names = call.store.column("SELECT domain FROM domain ORDER BY domain")
    return [details(call, one) for one in names] or {}


def details(call: Call, name: str) -> dict[str, Any]:
    """Return one domain (for an alias domain: its target), or an empty object."""
    domain = folded(name)
    domain = target_of(call, domain) or domain
    row = call.store.row(
        "SELECT *, CAST(created AS CHAR) created_text, CAST(modified AS CHAR) modified_text"
        " FROM domain WHERE domain = %(domain)s",
        {"domain": domain},
    )
    if row is None:
        return {}
    use = usage(call, domain)
    left = max(row["quota"] - use["quota"], 0)
    found: dict[str, Any] = {
        "max_new_mailbox_quota": min(left, row["maxquota"]),
        "def_new_mailbox_quota": min(left, row["defquota"]),
        "quota_used_in_domain": str(use["quota"]),
        "bytes_total": str(use["bytes"]) if use["bytes"] else 0,
        "msgs_total": str(use["messages"]) if use["messages"] else 0,
        "mboxes_in_domain": use["mailboxes"],
        "mboxes_left": row["mailboxes"] - use["mailboxes"],
        "domain_name": row["domain"],
        "domain_h_name": unicode_name(row["domain"]),
        "description": row["description"],
        "max_num_aliases_for_domain": row["aliases"],
        "max_num_mboxes_for_domain": row["mailboxes"],
        "def_quota_for_mbox": row["defquota"],
        "max_quota_for_mbox": row["maxquota"],
        "max_quota_for_domain": row["quota"],
        "relayhost": row["relayhost"],
        "rl": limit_of(call, row["domain"]),
        "created": row["created_text"],
        "modified": row["modified_text"],
        "aliases_in_domain": use["aliases"],
        "aliases_left": row["aliases"] - use["aliases"],
        "domain_admins": _administrators(call, domain) or "-",
    }
    for flag in _FLAGS:
        found[flag] = found[f"{flag}_int"] = row[flag]
    tags = tags_of(call, "domain", domain)
    return {**found, "tags": tags} if tags else found


def usage(call: Call, domain: str) -> dict[str, int]:
    """Return what a domain holds: mailboxes, aliases, quota in bytes (sum and biggest), bytes and messages stored."""
    mailboxes = call.store.row(
        "SELECT COUNT(*) mailboxes, COALESCE(SUM(quota), 0) quota, COALESCE(MAX(quota), 0) biggest FROM mailbox"
        " WHERE domain = %(domain)s AND kind NOT REGEXP 'location|thing|group'",
        {"domain": domain},
    )
    stored = call.store.row(
        "SELECT COALESCE(SUM(bytes), 0) bytes, COALESCE(SUM(messages), 0) messages FROM quota2"
        " WHERE username IN (SELECT username FROM mailbox WHERE domain = %(domain)s)",
        {"domain": domain},
    )
    aliases = call.store.row(
        "SELECT COUNT(*) aliases FROM alias WHERE (domain = %(domain)s OR domain IN"
        " (SELECT alias_domain FROM alias_domain WHERE target_domain = %(domain)s))"
        " AND address NOT IN (SELECT username FROM mailbox)",
        {"domain": domain},
    )
    numbers = {**(mailboxes or {}), **(stored or {}), **(aliases or {})}
    return {name: int(value) for name, value in numbers.items()}


def _administrators(call: Call, domain: str) -> str | None:
    return call.store.value(
        "SELECT GROUP_CONCAT(username SEPARATOR ', ') FROM domain_admins WHERE domain = %(domain)s", {"domain": domain}
    )
