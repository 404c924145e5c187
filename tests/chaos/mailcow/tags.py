"""Tags of domains and mailboxes: edits only add to them, routes of their own take them away."""

from typing import Any

from tests.chaos.mailcow.call import Call, mailbox_log
from tests.chaos.mailcow.php import duplicate, folded, text
from tests.chaos.mailcow.tables import Row

_MOST = 26


def add(call: Call, kind: str, row: Row, wanted: Any, said: list[Any]) -> None:
    """Add tags to a row; one that a domain has already throws, a mailbox takes it."""
    for position, tag in enumerate(wanted if isinstance(wanted, list) else ()):
        if position == _MOST:
            call.say("warning", said, ["tag_limit_exceeded", "limit 25"])
            return
        word = text(tag)
        if word in row["tags"] and kind == "domain":
            raise duplicate(f"{word}-{row['domain']}", "tag_name")
        if word and word not in row["tags"]:
            row["tags"].append(word)


def delete(call: Call, kind: str, name: str, items: list[Any]) -> None:
    """Answer delete/domain/tag and delete/mailbox/tag."""
    column = "domain" if kind == "domain" else "username"
    said = mailbox_log("delete", f"tags_{kind}", {"tags": items, column: name})
    row = call.tables.domains.get(folded(name)) if kind == "domain" else call.tables.mailbox(name)
    if row is None:
        call.danger(said, "access_denied")
        return
    for tag in items:
        row["tags"] = [word for word in row["tags"] if word != text(tag)]
        call.success(said, [f"{kind}_modified", name])


def has_one(row: Row, wanted: list[str]) -> bool:
    """Whether one of the row's tags contains one of the texts."""
    return any(word.lower() in tag.lower() for word in wanted for tag in row["tags"])
