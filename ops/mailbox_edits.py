"""What differs between two states of a mailbox, in words."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, cast

from core.people import PROTOCOLS
from ops.figures import listing

Inputs = Mapping[str, Any]

DEFAULTS: Final[Inputs] = {
    "protocols": list(PROTOCOLS),
    "change_password": False,
    "sending_limit": "",
    "tags": [],
    "mail": "refuse",
    "forward_to": [],
    "keep_copy": True,
    "auto_reply": "",
}
"""A mailbox about which the list says nothing special; also what an older state means that lacks an input."""
_PROTOCOL_NAMES: Final = {
    "imap": "IMAP",
    "pop3": "POP3",
    "smtp": "SMTP",
    "sieve": "Sieve",
    "eas": "ActiveSync",
    "dav": "CalDAV and CardDAV",
}
_SPANS: Final = {"s": "a second", "m": "a minute", "h": "an hour", "d": "a day"}


def edits(old: Inputs, new: Inputs) -> Iterator[str]:
    """Say what becomes different about the mailbox itself."""
    if _differ(old, new, "full_name"):
        yield f"is now called {new.get('full_name')}"
    if _differ(old, new, "quota_mib"):
        yield f"quota {quota(old)} → {quota(new)} MiB"
    yield from _ways_in(_texts(old, "protocols"), _texts(new, "protocols"))
    if _differ(old, new, "sending_limit"):
        yield _sending(str(new.get("sending_limit") or ""))
    if new.get("change_password") and not old.get("change_password"):
        yield "has to choose a password at the next log-in"
    if _differ(old, new, "tags"):
        yield from _tags(_texts(old, "tags"), _texts(new, "tags"))


def rules(old: Inputs, new: Inputs) -> Iterator[str]:
    """Say what becomes different about the mail that comes: where it goes, what is answered, how long it is kept."""
    if _differ(old, new, "kept_until"):
        yield f"the mail is kept until {until(new)} instead of {until(old)}"
    if not new.get("active", True) and _differ(old, new, "mail"):
        yield mail_that_comes(new)
        return
    if _differ(old, new, "forward_to") or (_texts(new, "forward_to") and _differ(old, new, "keep_copy")):
        yield forwarding(old, new)
    if _differ(old, new, "auto_reply"):
        yield "senders get another automatic reply" if new.get("auto_reply") else "senders get no automatic reply"


def mail_that_comes(new: Inputs) -> str:
    """Say what happens to mail that still comes to a closed mailbox."""
    match new.get("mail"):
        case "forward":
            copy = "" if new.get("keep_copy", True) else " and NO copy stays"
            told = f"new mail goes to {listing(_texts(new, 'forward_to'))}{copy}"
        case "keep":
            told = "new mail is still taken in"
        case _:
            return "new mail is refused"
    return f"{told}, and senders get an automatic reply" if new.get("auto_reply") else told


def forwarding(old: Inputs, new: Inputs) -> str:
    """Say where mail goes on to."""
    to = _texts(new, "forward_to")
    if not to:
        return f"mail no longer goes on to {listing(_texts(old, 'forward_to'))}"
    return f"mail goes on to {listing(to)} and {'a' if new.get('keep_copy', True) else 'NO'} copy stays"


def quota(state: Inputs) -> str:
    """Write a quota in MiB: ``2,048``."""
    return f"{float(state.get('quota_mib') or 0):,.0f}"


def until(state: Inputs) -> str:
    """Write until when mail is kept."""
    return str(state.get("kept_until") or "further notice")


def only_ways_in(new: Inputs) -> str:
    """Say by which protocols a mailbox is open that is not open by all."""
    protocols = _texts(new, "protocols")
    return f"may use {_named(protocols)} only" if protocols else "may use no mail program, only the web page"


def _ways_in(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    opened, closed = _without(after, before), _without(before, after)
    for verb, protocols in (("may use", opened), ("may no longer use", closed)):
        if protocols:
            yield f"{verb} {_named(protocols)}"


def _named(protocols: Sequence[str]) -> str:
    return listing([_PROTOCOL_NAMES.get(name, name) for name in protocols])


def _sending(limit: str) -> str:
    number, _, span = limit.partition("/")
    return f"may send {number} messages {_SPANS.get(span, span)}" if limit else "may send without a limit of its own"


def _tags(before: Sequence[str], after: Sequence[str]) -> Iterator[str]:
    for verb, tags in (("is tagged", _without(after, before)), ("is no longer tagged", _without(before, after))):
        if tags:
            yield f"{verb} {listing(tags)}"


def _without(items: Sequence[str], others: Sequence[str]) -> list[str]:
    return [item for item in items if item not in others]


def _differ(old: Inputs, new: Inputs, key: str) -> bool:
    return (old.get(key) or None) != (new.get(key) or None)


def _texts(state: Inputs, key: str) -> list[str]:
    return [str(item) for item in cast("list[object]", state.get(key) or [])]
