"""Tags of domains and mailboxes: lists that grow by edit and shrink by routes of their own."""

from typing import Any

from api.call import Call, mailbox_log
from api.objects import domain_exists, mailbox_domain
from api.php import folded, sequence, string

TAG_LIMIT = 26
"""So many tags are kept; the message speaks of 25."""

_COLUMNS = {"domain": "domain", "mailbox": "username"}


def tags_of(call: Call, kind: str, name: str) -> list[str]:
    """Return the tags in the database's order; `kind` is domain or mailbox."""
    column = _COLUMNS[kind]
    return call.store.column(
        f"SELECT tag_name FROM tags_{kind} WHERE {column} = %(name)s ORDER BY tag_name",  # noqa: S608 — two fixed words
        {"name": name},
    )


def names_with(call: Call, kind: str, tags: list[str]) -> list[str]:
    """Return the names of objects that have a tag containing one of the texts."""
    column = _COLUMNS[kind]
    names: set[str] = set()
    for tag in tags:
        names.update(
            call.store.column(
                f"SELECT {column} FROM tags_{kind} WHERE tag_name LIKE %(tag)s",  # noqa: S608 — two fixed words
                {"tag": f"%{tag}%"},
            )
        )
    return sorted(names)


def add(call: Call, kind: str, name: str, tags: Any, said: list[Any]) -> None:
    """Insert tags; a tag that a domain has already throws, on a mailbox it is ignored."""
    wanted = tags if isinstance(tags, list) else []
    ignore = "IGNORE" if kind == "mailbox" else ""
    for position, tag in enumerate(wanted):
        if position == TAG_LIMIT:
            call.say("warning", said, ["tag_limit_exceeded", "limit 25"])
            break
        if string(tag) == "":
            continue
        call.store.run(
            f"INSERT {ignore} INTO tags_{kind} ({_COLUMNS[kind]}, tag_name) VALUES (%(name)s, %(tag)s)",  # noqa: S608 — fixed words
            {"name": name, "tag": string(tag)},
        )


def delete(call: Call, kind: str, name: str, items: list[Any]) -> None:
    """Answer delete/domain/tag and delete/mailbox/tag."""
    column = _COLUMNS[kind]
    said = mailbox_log("delete", f"tags_{kind}", {"tags": items, column: name})
    known = domain_exists(call, folded(name)) if kind == "domain" else mailbox_domain(call, name) is not None
    if not known:
        call.danger(said, "access_denied")
        return
    for tag in sequence(items):
        call.store.run(
            f"DELETE FROM tags_{kind} WHERE {column} = %(name)s AND tag_name = %(tag)s",  # noqa: S608 — two fixed words
            {"name": name, "tag": string(tag)},
        )
        call.success(said, [f"{kind}_modified", name])
