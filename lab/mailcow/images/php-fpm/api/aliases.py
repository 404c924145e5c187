"""Aliases."""

from typing import Any

from api.call import Call, RefusedError, fields, mailbox_log
from api.domain_details import usage
from api.objects import domain_exists, target_of
from api.php import empty, escape, folded, integer, is_address, split_address, split_list, string

COMMENT_CHARACTERS = 160
_SPECIAL = {"goto_null": "null@localhost", "goto_spam": "spam@localhost", "goto_ham": "ham@localhost"}
_COLUMNS = (
    "SELECT id, domain, public_comment, private_comment, goto, address, internal, active, sogo_visible,"
    " sender_allowed, CAST(created AS CHAR) created, CAST(modified AS CHAR) modified FROM alias"
)
_NOT_OF_A_MAILBOX = "address NOT IN (SELECT username FROM mailbox)"


def read(call: Call, name: str, extra: str) -> Any:
    """Answer get/alias/{id or address} and get/alias/all[/domains]."""
    if name != "all":
        row = find(call, name)
        return details(call, row) if row else {}
    domains = [folded(domain) for domain in extra.split(",") if domain]
    condition = "AND domain IN %(domains)s" if domains else ""
    rows = call.store.rows(
        f"{_COLUMNS} WHERE {_NOT_OF_A_MAILBOX} {condition} ORDER BY domain, id", {"domains": tuple(domains) or ("",)}
    )
    return [details(call, row) for row in rows] or {}


def find(call: Call, name: Any) -> dict[str, Any] | None:
    """Return the row of an id or an address; the alias every mailbox has for itself is never found."""
    column = "id" if string(name).isdigit() else "address"
    return call.store.row(f"{_COLUMNS} WHERE {column} = %(name)s AND {_NOT_OF_A_MAILBOX}", {"name": string(name)})


def details(call: Call, row: dict[str, Any]) -> dict[str, Any]:
    """Return what get/alias shows of a row."""
    target = target_of(call, row["domain"])
    local_part, _ = split_address(row["address"])
    return {
        **row,
        "in_primary_domain": f"{local_part}@{target}" if target else "",
        "is_catch_all": int(row["address"].startswith("@")),
        "active_int": row["active"],
        "sogo_visible_int": row["sogo_visible"],
    }


def add(call: Call, request: Any) -> None:
    """Answer add/alias: one message for each address."""
    said = mailbox_log("add", "alias", request)
    if not call.role:
        call.danger(said, "access_denied")
        return
    given = fields(request)
    addresses = split_list(string(given.get("address")))
    gotos = _gotos(call, given, said)
    if not addresses:
        call.danger(said, "alias_empty")
        return
    if not gotos and empty(given.get("goto")):
        call.danger(said, "goto_empty")
        return
    comments = {name: given.get(name) for name in ("public_comment", "private_comment")}
    if any(len(string(comment)) > COMMENT_CHARACTERS for comment in comments.values()):
        call.danger(said, "comment_too_long")
        return
    flags = {name: integer(given.get(name)) for name in ("active", "internal", "sogo_visible", "sender_allowed")}
    for address in addresses:
        targets = [goto for goto in gotos if goto.lower() != address.lower()]
        if targets:
            _add_one(call, address, {"goto": ",".join(targets), **comments, **flags}, said)


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/alias; items are ids or addresses."""
    said = mailbox_log("edit", "alias", {"id": items, **attributes})
    for item in items:
        row = find(call, item)
        if row is None:
            call.danger(said, ["alias_invalid", None])
            continue
        _edit_one(call, row, attributes, said)


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/alias; items are ids or addresses."""
    said = mailbox_log("delete", "alias", {"id": items})
    for item in items:
        row = find(call, item)
        if row is None:
            call.danger(said, "access_denied")
            continue
        call.store.run("DELETE FROM alias WHERE id = %(id)s", {"id": row["id"]})
        call.success(said, ["alias_removed", escape(row["address"])])


def _gotos(call: Call, given: dict[str, Any], said: list[Any]) -> list[str]:
    """Return the targets that can be used; says which cannot.

    Raises:
        RefusedError: targets were given, and none can be used.
    """
    for name, target in _SPECIAL.items():
        if not empty(given.get(name)):
            return [target]
    wanted, good = split_list(string(given.get("goto"))), []
    for goto in wanted:
        local_part, domain = split_address(goto)
        address = f"{local_part}@{folded(domain)}"
        if is_address(address):
            good.append(address)
        else:
            call.danger(said, ["goto_invalid", escape(address)])
    if wanted and not good:
        raise RefusedError
    return list(dict.fromkeys(good))


def _add_one(call: Call, address: str, values: dict[str, Any], said: list[Any]) -> None:
    """Add one alias.

    Raises:
        RefusedError: the domain has no room for one more; mailcow stops the whole call there.
    """
    local_part, domain = split_address(address)
    domain = folded(domain)
    address = f"{local_part}@{domain}"
    primary = target_of(call, domain) or domain
    limit = call.store.value("SELECT aliases FROM domain WHERE domain = %(domain)s", {"domain": primary})
    if limit is not None and usage(call, primary)["aliases"] >= limit:
        call.danger(said, "max_alias_exceeded")
        raise RefusedError
    if _is_taken(call, address):
        call.danger(said, ["is_alias_or_mailbox", escape(address)])
    elif not domain_exists(call, primary):
        call.danger(said, ["domain_not_found", escape(domain)])
    elif local_part and not is_address(address):
        call.danger(said, ["alias_invalid", escape(address)])
    else:
        call.dawdle()
        number = call.store.run(
            "INSERT INTO alias (address, goto, domain, public_comment, private_comment, active, internal, sogo_visible,"
            " sender_allowed) VALUES (%(address)s, %(goto)s, %(domain)s, %(public_comment)s, %(private_comment)s,"
            " %(active)s, %(internal)s, %(sogo_visible)s, %(sender_allowed)s)",
            {"address": address, "domain": domain, **values},
        )
        call.success(said, ["alias_added", escape(address), str(number)])


def _edit_one(call: Call, row: dict[str, Any], attributes: dict[str, Any], said: list[Any]) -> None:
    """Change one alias; a goto of which nothing is left changes nothing at all, and is a success."""
    values = dict(row)
    for name in ("active", "internal", "sogo_visible", "sender_allowed"):
        if attributes.get(name) is not None:
            values[name] = integer(attributes[name])
    for name in ("public_comment", "private_comment"):
        if attributes.get(name) is not None:
            values[name] = string(attributes[name])
    if any(len(string(values[name])) > COMMENT_CHARACTERS for name in ("public_comment", "private_comment")):
        call.danger(said, "comment_too_long")
        return
    if not empty(attributes.get("address")):
        local_part, domain = split_address(string(attributes["address"]))
        values["domain"] = folded(domain)
        values["address"] = f"{local_part}@{values['domain']}"
        if local_part and not is_address(values["address"]):
            call.danger(said, ["alias_invalid", escape(values["address"])])
            return
        if values["address"].lower() != row["address"].lower() and _is_taken(call, values["address"]):
            call.danger(said, ["is_alias_or_mailbox", escape(values["address"])])
            return
    values["goto"] = _edited_goto(call, row, values["address"], attributes, said)
    if values["goto"]:
        call.store.run(
            "UPDATE alias SET address = %(address)s, domain = %(domain)s, goto = %(goto)s, active = %(active)s,"
            " internal = %(internal)s, sogo_visible = %(sogo_visible)s, sender_allowed = %(sender_allowed)s,"
            " public_comment = %(public_comment)s, private_comment = %(private_comment)s WHERE id = %(id)s",
            values,
        )
    call.success(said, ["alias_modified", escape(values["address"])])


def _edited_goto(call: Call, row: dict[str, Any], address: str, attributes: dict[str, Any], said: list[Any]) -> str:
    """Return the goto list after an edit; empty when nothing usable is left of the new one."""
    for name, target in _SPECIAL.items():
        if not empty(attributes.get(name)):
            return target
    if empty(attributes.get("goto")):
        return str(row["goto"])
    good: list[str] = []
    for goto in split_list(string(attributes["goto"])):
        if not is_address(goto):
            call.danger(said, ["goto_invalid", escape(goto)])
        elif goto == address:
            call.danger(said, "alias_goto_identical")
        else:
            good.append(goto)
    return ",".join(dict.fromkeys(good))


def _is_taken(call: Call, address: str) -> bool:
    """Whether an alias, a mailbox or a spam alias has the address."""
    return bool(
        call.store.value(
            "SELECT address FROM alias WHERE address = %(address)s UNION SELECT username FROM mailbox WHERE"
            " username = %(address)s UNION SELECT address FROM spamalias WHERE address = %(address)s",
            {"address": address},
        )
    )
