"""Aliases, and domains that are aliases."""

from typing import Any

from tests.chaos.mailcow.call import Call, Refused, mailbox_log, named
from tests.chaos.mailcow.domains import usage
from tests.chaos.mailcow.php import (
    Thrown,
    empty,
    escaped,
    folded,
    intval,
    is_address,
    is_domain,
    split_address,
    split_list,
    text,
)
from tests.chaos.mailcow.tables import Row

_LONGEST_COMMENT = 160
_SPECIAL = {"goto_null": "null@localhost", "goto_spam": "spam@localhost", "goto_ham": "ham@localhost"}
_FLAGS = ("active", "internal", "sogo_visible", "sender_allowed")
_COMMENTS = ("public_comment", "private_comment")


def read(call: Call, name: str, extra: str) -> Any:
    """Answer get/alias/{id or address} and get/alias/all[/domains]."""
    if name != "all":
        row = _find(call, name)
        return _shown(call, row) if row else {}
    domains = [folded(domain) for domain in extra.split(",") if domain]
    rows = [row for row in call.tables.aliases.values() if not domains or row["domain"] in domains]
    return [_shown(call, row) for row in sorted(rows, key=lambda row: (row["domain"], row["id"]))] or {}


def add(call: Call, request: Any) -> None:
    """Answer add/alias: one message an address."""
    said = mailbox_log("add", "alias", request)
    if not call.role:
        raise call.refuse(said, "access_denied")
    given = request if isinstance(request, dict) else {}
    addresses, gotos = split_list(text(given.get("address"))), _gotos(call, given, said)
    if not addresses:
        raise call.refuse(said, "alias_empty")
    if not gotos:
        raise call.refuse(said, "goto_empty")
    comments = {name: given.get(name) for name in _COMMENTS}
    if any(len(text(comment)) > _LONGEST_COMMENT for comment in comments.values()):
        raise call.refuse(said, "comment_too_long")
    flags = {name: intval(given.get(name)) for name in _FLAGS}
    for address in addresses:
        targets = [goto for goto in gotos if goto.lower() != address.lower()]
        if targets:
            _add_one(call, address, {"goto": ",".join(targets), **comments, **flags}, said)


def edit(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/alias."""
    said = mailbox_log("edit", "alias", {"id": items, **attributes})
    for item in items:
        row = _find(call, text(item))
        if row is None:
            call.danger(said, ["alias_invalid", None])
        else:
            _edit_one(call, row, attributes, said)


def delete(call: Call, items: list[Any]) -> None:
    """Answer delete/alias."""
    said = mailbox_log("delete", "alias", {"id": items})
    for item in items:
        row = _find(call, text(item))
        if row is None:
            call.danger(said, "access_denied")
            continue
        call.tables.aliases.pop(row["id"], None)
        call.success(said, ["alias_removed", escaped(row["address"])])


def add_domain(call: Call, request: Any) -> None:
    """Answer add/alias-domain."""
    said, given, tables = mailbox_log("add", "alias_domain", request), named(request), call.tables
    name, target = folded(text(given.get("alias_domain"))), folded(text(given.get("target_domain")))
    if not name or not is_domain(name):
        raise call.refuse(said, "alias_domain_invalid")
    if target not in tables.domains:
        raise call.refuse(said, "target_domain_invalid")
    if name in tables.domains or name in tables.alias_domains:
        raise call.refuse(said, ["alias_domain_invalid", name])
    active = intval(given.get("active"))
    tables.alias_domains[name] = {
        "alias_domain": name,
        "parent_is_backupmx": tables.domains[target]["backupmx"],
        "target_domain": target,
        "active": active,
        "active_int": active,
        "rl": False,
        "created": tables.now(),
        "modified": None,
    }
    call.success(said, ["aliasd_added", escaped(name)])


def read_domain(call: Call, name: str, _extra: str) -> Any:
    """Answer get/alias-domain."""
    rows = [row for _, row in sorted(call.tables.alias_domains.items())]
    if name != "all":
        return next((row for row in rows if row["alias_domain"] == folded(name)), {})
    return rows or {}


def delete_domain(call: Call, items: list[Any]) -> None:
    """Answer delete/alias-domain."""
    said = mailbox_log("delete", "alias_domain", {"alias_domain": items})
    for item in items:
        name = folded(text(item))
        if call.tables.alias_domains.pop(name, None) is None:
            call.danger(said, "access_denied")
        else:
            call.success(said, ["alias_domain_removed", escaped(name)])


def _find(call: Call, name: str) -> Row | None:
    return call.tables.aliases.get(int(name)) if name.isdigit() else call.tables.alias_at(name)


def _shown(call: Call, row: Row) -> Row:
    target, (local_part, _) = call.tables.target_of(row["domain"]), split_address(row["address"])
    return {
        **row,
        "in_primary_domain": f"{local_part}@{target}" if target else "",
        "is_catch_all": int(row["address"].startswith("@")),
        "active_int": row["active"],
        "sogo_visible_int": row["sogo_visible"],
    }


def _gotos(call: Call, given: Row, said: list[Any]) -> list[str]:
    """Give the targets that can be used; of the others it is said."""
    for name, target in _SPECIAL.items():
        if not empty(given.get(name)):
            return [target]
    wanted, good = split_list(text(given.get("goto"))), list[str]()
    for goto in wanted:
        local_part, domain = split_address(goto)
        address = f"{local_part}@{folded(domain)}"
        if is_address(address):
            good.append(address)
        else:
            call.danger(said, ["goto_invalid", escaped(address)])
    if wanted and not good:
        raise Refused
    return list(dict.fromkeys(good))


def _add_one(call: Call, address: str, columns: Row, said: list[Any]) -> None:
    tables, (local_part, domain) = call.tables, split_address(address)
    domain = folded(domain)
    address, primary = f"{local_part}@{domain}", tables.target_of(domain) or domain
    limit = tables.domains.get(primary)
    if limit is not None and usage(call, primary)["aliases"] >= limit["aliases"]:
        raise call.refuse(said, "max_alias_exceeded")
    if tables.alias_at(address) or tables.mailbox(address):
        call.danger(said, ["is_alias_or_mailbox", escaped(address)])
    elif limit is None:
        call.danger(said, ["domain_not_found", escaped(domain)])
    elif local_part and not is_address(address):
        call.danger(said, ["alias_invalid", escaped(address)])
    else:
        tables.turns.between()
        if tables.alias_at(address) or tables.mailbox(address):
            raise Thrown
        number, now = tables.new_id("alias"), tables.now()
        tables.aliases[number] = {
            "id": number,
            "address": address,
            "domain": domain,
            **columns,
            "created": now,
            "modified": None,
        }
        call.success(said, ["alias_added", escaped(address), str(number)])


def _edit_one(call: Call, row: Row, attributes: dict[str, Any], said: list[Any]) -> None:
    new = dict(row)
    new.update({name: intval(attributes[name]) for name in _FLAGS if attributes.get(name) is not None})
    new.update({name: text(attributes[name]) for name in _COMMENTS if attributes.get(name) is not None})
    if any(len(text(new[name])) > _LONGEST_COMMENT for name in _COMMENTS):
        call.danger(said, "comment_too_long")
        return
    if not empty(attributes.get("address")):
        local_part, domain = split_address(text(attributes["address"]))
        new["domain"] = folded(domain)
        new["address"] = f"{local_part}@{new['domain']}"
        if local_part and not is_address(new["address"]):
            call.danger(said, ["alias_invalid", escaped(new["address"])])
            return
        other = call.tables.alias_at(new["address"])
        if (other and other["id"] != row["id"]) or call.tables.mailbox(new["address"]):
            call.danger(said, ["is_alias_or_mailbox", escaped(new["address"])])
            return
    new["goto"] = _edited_goto(call, new, attributes, said)
    if new["goto"]:
        call.tables.turns.between()
        row.update(new, modified=call.tables.now())
    call.success(said, ["alias_modified", escaped(new["address"])])


def _edited_goto(call: Call, new: Row, attributes: dict[str, Any], said: list[Any]) -> str:
    """Give the targets after an edit; empty when none of the new ones can be used."""
    for name, target in _SPECIAL.items():
        if not empty(attributes.get(name)):
            return target
    if empty(attributes.get("goto")):
        return str(new["goto"])
    good: list[str] = []
    for goto in split_list(text(attributes["goto"])):
        if not is_address(goto):
            call.danger(said, ["goto_invalid", escaped(goto)])
        elif goto == new["address"]:
            call.danger(said, "alias_goto_identical")
        else:
            good.append(goto)
    return ",".join(dict.fromkeys(good))
