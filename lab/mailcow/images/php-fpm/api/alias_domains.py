"""Alias domains: names whose addresses are those of another domain."""

from typing import Any

from api.call import Call, fields, mailbox_log
from api.objects import domain_exists, target_of
from api.php import escape, folded, integer, is_domain, string
from api.rate_limits import limit_of

_COLUMNS = (
    "SELECT alias_domain, domain.backupmx parent_is_backupmx, target_domain, alias_domain.active,"
    " CAST(alias_domain.created AS CHAR) created, CAST(alias_domain.modified AS CHAR) modified"
    " FROM alias_domain JOIN domain ON domain.domain = target_domain"
)


def read(call: Call, name: str) -> Any:
    """Answer get/alias-domain/{name} and get/alias-domain/all."""
    rows = call.store.rows(f"{_COLUMNS} ORDER BY alias_domain")
    found = [{**row, "active_int": row["active"], "rl": limit_of(call, row["alias_domain"])} for row in rows]
    if name == "all":
        return found or {}
    return next((one for one in found if one["alias_domain"] == folded(name)), {})


def add(call: Call, request: Any) -> None:
    """Answer add/alias-domain."""
    said = mailbox_log("add", "alias_domain", request)
    given = fields(request)
    name, target = folded(string(given.get("alias_domain"))), folded(string(given.get("target_domain")))
    refusal: Any = None
    if not name or not is_domain(name):
        refusal = "alias_domain_invalid"
    elif not target or not domain_exists(call, target):
        refusal = "target_domain_invalid"
    elif name == target:
        refusal = "aliasd_targetd_identical"
    elif domain_exists(call, name) or target_of(call, name) is not None:
        refusal = ["alias_domain_invalid", name]
    if refusal:
        call.danger(said, refusal)
        return
    call.store.run(
        "INSERT INTO alias_domain (alias_domain, target_domain, active) VALUES (%(name)s, %(target)s, %(active)s)",
        {"name": name, "target": target, "active": integer(given.get("active"))},
    )
    call.store.redis.hset("DOMAIN_MAP", name, "1")
    call.success(said, ["aliasd_added", escape(name)])


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/alias-domain."""
    said = mailbox_log("delete", "alias_domain", {"alias_domain": items})
    for item in items:
        name = folded(string(item))
        if target_of(call, name) is None:
            call.danger(said, "access_denied")
            continue
        call.store.run("DELETE FROM alias_domain WHERE alias_domain = %(name)s", {"name": name})
        call.store.run("DELETE FROM alias WHERE domain = %(name)s", {"name": name})
        call.store.redis.hdel("DOMAIN_MAP", name)
        call.success(said, ["alias_domain_removed", escape(name)])
