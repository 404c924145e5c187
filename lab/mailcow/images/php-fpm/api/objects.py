"""Questions that many routes ask: does it exist, and where does it belong."""

from typing import Any

from api.call import Call


def domain_exists(call: Call, name: str) -> bool:
    """Whether there is a domain (not an alias domain) of that folded name."""
    return call.store.value("SELECT 1 FROM domain WHERE domain = %(name)s", {"name": name}) is not None


def target_of(call: Call, name: str) -> str | None:
    """Return the domain an alias domain stands for, or None."""
    return call.store.value("SELECT target_domain FROM alias_domain WHERE alias_domain = %(name)s", {"name": name})


def mailbox_domain(call: Call, username: str) -> str | None:
    """Return the domain of a mailbox row, whole or half-deleted, or None."""
    return call.store.value("SELECT domain FROM mailbox WHERE username = %(name)s", {"name": username})


def whole_mailbox(call: Call, username: str) -> dict[str, Any] | None:
    """Return the rows of a mailbox that a delete has not left half-way, or None."""
    return call.store.row(
        "SELECT mailbox.*, quota2.bytes, quota2.messages FROM mailbox JOIN quota2 USING (username)"
        " WHERE mailbox.username = %(name)s",
        {"name": username},
    )
