"""Domains: add, edit, delete, read."""

from typing import Any

from tests.chaos.mailcow import dkim, limits, tags
from tests.chaos.mailcow.call import Call, mailbox_log, named
from tests.chaos.mailcow.php import Thrown, empty, factor, folded, intval, is_domain, text, unfolded
from tests.chaos.mailcow.tables import MIB, Row

_FLAGS = ("backupmx", "gal", "active", "relay_all_recipients", "relay_unknown_only")
_DEFAULTS = {
    "aliases": 400,
    "mailboxes": 10,
    "defquota": 3072,
    "maxquota": 10240,
    "quota": 10240,
    "active": 1,
    "gal": 1,
    "dkim_selector": "dkim",
    "key_size": 2048,
    "rl_frame": "s",
}
_LONGEST_DESCRIPTION = 255


def add(call: Call, request: Any) -> None:
    """Answer add/domain."""
    said, tables = mailbox_log("add", "domain", request), call.tables
    if not call.role:
        raise call.refuse(said, "access_denied")
    given = {**_DEFAULTS, **named(request)}
    name = folded(text(given.get("domain")))
    row: Row = {
        "domain": name,
        "description": name if empty(given.get("description")) else given["description"],
        **{column: intval(given[column]) for column in ("aliases", "mailboxes")},
        **{column: intval(given[column]) * MIB for column in ("defquota", "maxquota", "quota")},
        **{column: intval(given.get(column)) for column in _FLAGS},
        "relayhost": "0",
        "tags": [],
        "created": tables.now(),
        "modified": None,
    }
    _imply(row)
    if refusal := _wrong_sizes(row, edited=False) or _wrong_name(call, name):
        raise call.refuse(said, refusal)
    tables.turns.between()
    if name in tables.domains:
        raise Thrown
    _refuse_long(row)
    tables.domains[name] = row
    if call.dies == "half_made":
        raise Thrown
    tags.add(call, "domain", row, given.get("tags"), said)
    if not empty(given.get("rl_value")):
        limit = {"rl_value": given["rl_value"], "rl_frame": given["rl_frame"], "object": name}
        limits.store(call, name, limit, "domain")
    if intval(given["key_size"]) and not empty(given["dkim_selector"]):
        if name in tables.dkim:
            call.success(said, "domain_add_dkim_available")
        else:
            wanted = {"key_size": intval(given["key_size"]), "dkim_selector": given["dkim_selector"], "domains": name}
            dkim.add(call, wanted)
    call.success(said, ["domain_added", name])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/domain."""
    said = mailbox_log("edit", "domain", {"domain": items, **attributes})
    for item in items:
        now = call.tables.domains.get(folded(text(item)))
        if now is None:
            call.danger(said, "domain_invalid")
            continue
        row = _edited(attributes, now)
        if refusal := _wrong_sizes(row, edited=True) or _in_use(call, row):
            call.danger(said, refusal)
            continue
        _refuse_long(row)
        # All that was read is written back: what another call has changed meanwhile is lost.
        with call.tables.rebuild() as dies:
            now.update({key: value for key, value in row.items() if key != "tags"})
            now["modified"] = call.tables.now()
            if dies:
                raise Thrown
        tags.add(call, "domain", now, attributes.get("tags"), said)
        call.success(said, ["domain_modified", now["domain"]])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/domain; one that never was is removed too."""
    said, tables = mailbox_log("delete", "domain", {"domain": items}), call.tables
    for item in items:
        name = folded(text(item))
        if not is_domain(name):
            call.danger(said, "domain_invalid")
            continue
        if tables.mailboxes_of(name):
            call.danger(said, ["domain_not_empty", name])
            continue
        with tables.rebuild() as dies:
            if dies:
                raise Thrown
            tables.domains.pop(name, None)
            tables.aliases = {key: row for key, row in tables.aliases.items() if row["domain"] != name}
            tables.alias_domains = {
                key: row for key, row in tables.alias_domains.items() if row["target_domain"] != name
            }
            tables.limits.pop(name, None)
        call.success(said, ["domain_removed", name])


def read(call: Call, name: str, _extra: str) -> Any:
    """Answer get/domain."""
    if name != "all":
        return shown(call, name)
    wanted = call.wanted_tags()
    names = [name for name, row in sorted(call.tables.domains.items()) if not wanted or tags.has_one(row, wanted)]
    return [shown(call, name) for name in names] or {}


def shown(call: Call, name: str) -> Row:
    """Show one domain; for an alias domain, its target."""
    tables = call.tables
    domain = folded(name)
    row = tables.domains.get(tables.target_of(domain) or domain)
    if row is None:
        return {}
    use = usage(call, row["domain"])
    left = max(row["quota"] - use["quota"], 0)
    answer: Row = {
        "max_new_mailbox_quota": min(left, row["maxquota"]),
        "def_new_mailbox_quota": min(left, row["defquota"]),
        "quota_used_in_domain": str(use["quota"]),
        "bytes_total": str(use["bytes"]) if use["bytes"] else 0,
        "msgs_total": str(use["messages"]) if use["messages"] else 0,
        "mboxes_in_domain": use["mailboxes"],
        "mboxes_left": row["mailboxes"] - use["mailboxes"],
        "domain_name": row["domain"],
        "domain_h_name": unfolded(row["domain"]),
        "description": row["description"],
        "max_num_aliases_for_domain": row["aliases"],
        "max_num_mboxes_for_domain": row["mailboxes"],
        "def_quota_for_mbox": row["defquota"],
        "max_quota_for_mbox": row["maxquota"],
        "max_quota_for_domain": row["quota"],
        "relayhost": row["relayhost"],
        "rl": tables.limit_of(row["domain"]),
        "created": row["created"],
        "modified": row["modified"],
        "aliases_in_domain": use["aliases"],
        "aliases_left": row["aliases"] - use["aliases"],
        "domain_admins": "-",
    }
    for flag in _FLAGS:
        answer[flag] = answer[f"{flag}_int"] = row[flag]
    return {**answer, "tags": sorted(row["tags"])} if row["tags"] else answer


def usage(call: Call, domain: str) -> dict[str, int]:
    """Count what a domain holds; quotas and sizes in bytes."""
    tables = call.tables
    rows = tables.mailboxes_of(domain)
    names = {domain} | {name for name, row in tables.alias_domains.items() if row["target_domain"] == domain}
    return {
        "mailboxes": len(rows),
        "quota": sum(row["quota"] for row in rows),
        "biggest": max((row["quota"] for row in rows), default=0),
        "bytes": sum(row["bytes"] for row in rows if row["whole"]),
        "messages": sum(row["messages"] for row in rows if row["whole"]),
        "aliases": sum(1 for row in tables.aliases.values() if row["domain"] in names),
    }


def _edited(attributes: dict[str, Any], now: Row) -> Row:
    """Work out the row after an edit: what is empty is not given, but the mailboxes may become 0."""
    row = dict(now)
    if not empty(attributes.get("description")):
        row["description"] = attributes["description"]
    for column in ("quota", "maxquota"):
        if not empty(attributes.get(column)):
            row[column] = factor(attributes[column]) * MIB
    if attributes.get("defquota") not in (None, ""):
        row["defquota"] = factor(attributes["defquota"]) * MIB
    if not empty(attributes.get("aliases")):
        row["aliases"] = intval(attributes["aliases"])
    if attributes.get("mailboxes") not in (None, ""):
        row["mailboxes"] = intval(attributes["mailboxes"])
    if attributes.get("relayhost") is not None:
        row["relayhost"] = str(intval(attributes["relayhost"]))
    row.update({flag: intval(attributes[flag]) for flag in _FLAGS if attributes.get(flag) is not None})
    _imply(row)
    return row


def _wrong_sizes(row: Row, *, edited: bool) -> str | None:
    """Check 0 < defquota <= maxquota <= quota, in the order of add or of edit."""
    default_exceeds = (row["defquota"] > row["maxquota"], "mailbox_defquota_exceeds_mailbox_maxquota")
    largest_exceeds = (row["maxquota"] > row["quota"], "mailbox_quota_exceeds_domain_quota")
    no_default, no_largest = (row["defquota"] == 0, "defquota_empty"), (row["maxquota"] == 0, "maxquota_empty")
    order = (
        (default_exceeds, no_default, largest_exceeds, no_largest)
        if edited
        else (default_exceeds, largest_exceeds, no_default, no_largest)
    )
    return next((key for wrong, key in order if wrong), None)


def _wrong_name(call: Call, name: str) -> Any:
    if not name or not is_domain(name):
        return "domain_invalid"
    if name in call.tables.domains or name in call.tables.alias_domains:
        return ["domain_exists", name]
    return "domain_cannot_match_hostname" if name == call.tables.hostname else None


def _in_use(call: Call, row: Row) -> Any:
    use = usage(call, row["domain"])
    if use["biggest"] > row["maxquota"]:
        return ["max_quota_in_use", str(use["biggest"] // MIB)]
    if use["quota"] > row["quota"]:
        return ["domain_quota_m_in_use", str(use["quota"] // MIB)]
    if use["mailboxes"] > row["mailboxes"]:
        return ["mailboxes_in_use", use["mailboxes"]]
    return ["aliases_in_use", use["aliases"]] if use["aliases"] > row["aliases"] else None


def _refuse_long(row: Row) -> None:
    if len(text(row["description"])) > _LONGEST_DESCRIPTION:
        raise Thrown(["mysql_error", {"errorInfo": ["22001", 1406, "Data too long for column 'description' at row 1"]}])


def _imply(row: Row) -> None:
    """Let one flag bring the next with it."""
    if row["relay_unknown_only"] == 1:
        row["relay_all_recipients"] = 1
    if row["relay_all_recipients"] == 1:
        row["backupmx"] = 1
