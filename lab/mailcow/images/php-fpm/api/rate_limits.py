"""Rate limits of domains and mailboxes: the Redis hash RL_VALUE, as Rspamd reads it."""

import re
from typing import Any

from api.call import Call, log
from api.objects import domain_exists, mailbox_domain
from api.php import empty, integer, string

_FRAMES = ("s", "m", "h", "d")
_VALUE = re.compile(r"(\d+) / 1([smhd])")


def limit_of(call: Call, name: str) -> Any:
    """Return {"value", "frame"} of a domain or mailbox, or False; the name counts with its case."""
    text = call.store.redis.hget("RL_VALUE", name) if name else None
    found = _VALUE.fullmatch(text or "")
    return {"value": found.group(1), "frame": found.group(2)} if found else False


def read(call: Call, name: str, kind: str) -> Any:
    """Answer get/rl-domain and get/rl-mbox; `kind` is domain or mailbox."""
    if name == "all":
        table = "SELECT domain FROM domain" if kind == "domain" else "SELECT username FROM mailbox"
        limits = [(limit_of(call, one), one) for one in call.store.column(table)]
        return [{**limit, kind: one} for limit, one in limits if limit] or {}
    return limit_of(call, name) or {}


def edit(call: Call, items: list[Any], attributes: dict[str, Any], kind: str) -> None:
    """Answer edit/rl-domain and edit/rl-mbox."""
    request = {"object": items, **attributes}
    for item in items:
        store_limit(call, string(item).lower(), request, kind)


def store_limit(call: Call, name: str, request: dict[str, Any], kind: str) -> None:
    """Set or remove one limit; the request is what the answer's log shows."""
    said = log("ratelimit", "edit", kind, request)
    frame = request.get("rl_frame")
    if frame not in _FRAMES:
        call.danger(said, "rl_timeframe")
        return
    known = domain_exists(call, name) if kind == "domain" else mailbox_domain(call, name) is not None
    if not known:
        call.danger(said, "access_denied")
        return
    if empty(request.get("rl_value")):
        call.store.redis.hdel("RL_VALUE", name)
    else:
        call.store.redis.hset("RL_VALUE", name, f"{integer(request['rl_value'])} / 1{frame}")
    call.success(said, ["rl_saved", name])
