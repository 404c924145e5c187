"""Sending limits of domains and mailboxes."""

from typing import Any

from tests.chaos.mailcow.call import Call, log
from tests.chaos.mailcow.php import empty, intval, text

_FRAMES = ("s", "m", "h", "d")


def read(call: Call, name: str, kind: str) -> Any:
    """Answer get/rl-domain and get/rl-mbox."""
    if name != "all":
        return call.tables.limit_of(name) or {}
    known = call.tables.domains if kind == "domain" else call.tables.mailboxes
    found = [(one, call.tables.limit_of(one)) for one in known]
    return [{**limit, kind: one} for one, limit in found if limit] or {}


def edit(call: Call, items: list[Any], attributes: dict[str, Any], kind: str) -> None:
    """Answer edit/rl-domain and edit/rl-mbox."""
    for item in items:
        store(call, text(item).lower(), {"object": items, **attributes}, kind)


def store(call: Call, name: str, request: dict[str, Any], kind: str) -> None:
    """Set or take away one limit."""
    said = log("ratelimit", "edit", kind, request)
    if request.get("rl_frame") not in _FRAMES:
        call.danger(said, "rl_timeframe")
        return
    if (name not in call.tables.domains) if kind == "domain" else call.tables.mailbox(name) is None:
        call.danger(said, "access_denied")
        return
    if empty(request.get("rl_value")):
        call.tables.limits.pop(name, None)
    else:
        call.tables.limits[name] = (str(intval(request["rl_value"])), text(request["rl_frame"]))
    call.success(said, ["rl_saved", name])
