"""Domains: add, edit, delete."""

from typing import Any

from api import dkim, tags, templates
from api.call import Call, fields, mailbox_log
from api.domain_details import usage
from api.objects import domain_exists, target_of
from api.php import arithmetic, empty, folded, integer, is_domain, string
from api.rate_limits import store_limit

MIB = 1024 * 1024
_FLAGS = ("backupmx", "relay_all_recipients", "relay_unknown_only", "gal", "active")
_EDITED = ("description", "quota", "maxquota", "defquota", "mailboxes", "aliases", "relayhost", *_FLAGS)


def add(call: Call, request: Any) -> None:
    """Answer add/domain."""
    said = mailbox_log("add", "domain", request)
    if not call.role:
        call.danger(said, "access_denied")
        return
    given = {name: value for name, value in fields(request).items() if value is not None}
    template = templates.attributes_of(call, "domain", given.get("template"))
    name = folded(string(given.get("domain")))
    row = _new_row(given, template, name)
    if refusal := _refusal_of_new(call, row, name):
        call.danger(said, refusal)
        return
    call.store.run(
        "INSERT INTO domain (domain, description, aliases, mailboxes, defquota, maxquota, quota, backupmx, gal, active,"
        " relay_unknown_only, relay_all_recipients) VALUES (%(domain)s, %(description)s, %(aliases)s, %(mailboxes)s,"
        " %(defquota)s, %(maxquota)s, %(quota)s, %(backupmx)s, %(gal)s, %(active)s, %(relay_unknown_only)s,"
        " %(relay_all_recipients)s)",
        row,
    )
    tags.add(call, "domain", name, given.get("tags", template.get("tags")), said)
    call.store.redis.hset("DOMAIN_MAP", name, "1")
    limit = given.get("rl_value", template.get("rl_value"))
    if not empty(limit):
        frame = given.get("rl_frame", template.get("rl_frame"))
        store_limit(call, name, {"rl_value": limit, "rl_frame": frame, "object": name}, "domain")
    bits = integer(given.get("key_size", template.get("key_size")))
    selector = given.get("dkim_selector", template.get("dkim_selector"))
    if bits and not empty(selector):
        if dkim.has_key(call, name):
            call.success(said, "domain_add_dkim_available")
        else:
            dkim.add(call, {"key_size": bits, "dkim_selector": selector, "domains": name})
    call.success(said, ["domain_added", name])


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/domain."""
    said = mailbox_log("edit", "domain", {"domain": items, **attributes})
    for item in items:
        name = folded(string(item))
        now = call.store.row("SELECT * FROM domain WHERE domain = %(domain)s", {"domain": name})
        if now is None:
            call.danger(said, "domain_invalid")
            continue
        row = _edited_row(attributes, now)
        if refusal := _refusal_of_edit(call, row, name):
            call.danger(said, refusal)
            continue
        assignments = ", ".join(f"{column} = %({column})s" for column in _EDITED)
        call.store.run(f"UPDATE domain SET {assignments} WHERE domain = %(domain)s", row)  # noqa: S608 — fixed names
        tags.add(call, "domain", name, attributes.get("tags"), said)
        call.success(said, ["domain_modified", name])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/domain; a domain that never was is removed with success."""
    said = mailbox_log("delete", "domain", {"domain": items})
    for item in items:
        name = folded(string(item))
        if not is_domain(name):
            call.danger(said, "domain_invalid")
            continue
        values = {"domain": name}
        if call.store.value("SELECT username FROM mailbox WHERE domain = %(domain)s LIMIT 1", values):
            call.danger(said, ["domain_not_empty", name])
            continue
        call.store.run("DELETE FROM domain WHERE domain = %(domain)s", values)
        call.store.run("DELETE FROM domain_admins WHERE domain = %(domain)s", values)
        call.store.run("DELETE FROM alias WHERE domain = %(domain)s", values)
        call.store.run("DELETE FROM alias_domain WHERE target_domain = %(domain)s", values)
        call.store.run("DELETE FROM spamalias WHERE address LIKE CONCAT('%%@', %(domain)s)", values)
        call.store.run("DELETE FROM filterconf WHERE object = %(domain)s", values)
        call.store.redis.hdel("DOMAIN_MAP", name)
        call.store.redis.hdel("RL_VALUE", name)
        call.success(said, ["domain_removed", name])


def _new_row(given: dict[str, Any], template: dict[str, Any], name: str) -> dict[str, Any]:
    """Work out the columns of a new domain; limits come in MiB and are kept in bytes."""
    row: dict[str, Any] = {"domain": name, "description": given.get("description", "")}
    if empty(row["description"]):
        row["description"] = name
    counts = {"aliases": "max_num_aliases_for_domain", "mailboxes": "max_num_mboxes_for_domain"}
    sizes = {"defquota": "def_quota_for_mbox", "maxquota": "max_quota_for_mbox", "quota": "max_quota_for_domain"}
    for column, default in counts.items():
        row[column] = integer(given[column]) if column in given else template[default]
    for column, default in sizes.items():
        row[column] = integer(given[column]) * MIB if column in given else template[default]
    for column in _FLAGS:
        row[column] = integer(given.get(column, template.get(column)))
    _imply(row)
    return row


def _refusal_of_new(call: Call, row: dict[str, Any], name: str) -> Any:
    """Return why a domain may not be added, or None."""
    if wrong := _wrong_sizes(row, maximum_first=False):
        return wrong
    if not name or not is_domain(name):
        return "domain_invalid"
    if domain_exists(call, name) or target_of(call, name) is not None:
        return ["domain_exists", name]
    return "domain_cannot_match_hostname" if name == call.settings.hostname else None


def _edited_row(attributes: dict[str, Any], now: dict[str, Any]) -> dict[str, Any]:
    """Work out the columns after an edit: an empty value counts as not given, but mailboxes may become 0."""
    row = {"domain": now["domain"], **{column: now[column] for column in _EDITED}}
    if not empty(attributes.get("description")):
        row["description"] = attributes["description"]
    for column in ("quota", "maxquota"):
        if not empty(attributes.get(column)):
            row[column] = arithmetic(attributes[column]) * MIB
    if attributes.get("defquota") not in (None, ""):
        row["defquota"] = arithmetic(attributes["defquota"]) * MIB
    if not empty(attributes.get("aliases")):
        row["aliases"] = integer(attributes["aliases"])
    if attributes.get("mailboxes") not in (None, ""):
        row["mailboxes"] = integer(attributes["mailboxes"])
    if attributes.get("relayhost") is not None:
        row["relayhost"] = str(integer(attributes["relayhost"]))
    for column in _FLAGS:
        if attributes.get(column) is not None:
            row[column] = integer(attributes[column])
    _imply(row)
    return row


def _refusal_of_edit(call: Call, row: dict[str, Any], name: str) -> Any:
    """Return why the limits may not become so, or None."""
    if wrong := _wrong_sizes(row, maximum_first=True):
        return wrong
    use = usage(call, name)
    if use["biggest"] > row["maxquota"]:
        return ["max_quota_in_use", str(use["biggest"] // MIB)]
    if use["quota"] > row["quota"]:
        return ["domain_quota_m_in_use", str(use["quota"] // MIB)]
    if use["mailboxes"] > row["mailboxes"]:
        return ["mailboxes_in_use", use["mailboxes"]]
    return ["aliases_in_use", use["aliases"]] if use["aliases"] > row["aliases"] else None


def _wrong_sizes(row: dict[str, Any], *, maximum_first: bool) -> str | None:
    """Check 0 < defquota <= maxquota <= quota; add and edit do it in different orders."""
    exceeds = [
        (row["defquota"] > row["maxquota"], "mailbox_defquota_exceeds_mailbox_maxquota"),
        (row["maxquota"] > row["quota"], "mailbox_quota_exceeds_domain_quota"),
    ]
    zeros = [(row["defquota"] == 0, "defquota_empty"), (row["maxquota"] == 0, "maxquota_empty")]
    checks = [exceeds[0], zeros[0], exceeds[1], zeros[1]] if maximum_first else exceeds + zeros
    return next((text for wrong, text in checks if wrong), None)


def _imply(row: dict[str, Any]) -> None:
    """Apply what one flag brings with it."""
    if row["relay_unknown_only"] == 1:
        row["relay_all_recipients"] = 1
    if row["relay_all_recipients"] == 1:
        row["backupmx"] = 1
