"""get/logs and get/fail2ban: lists and settings other containers keep in Redis."""

import json
import re
import time
from typing import Any

from api.call import Call, RouteMissingError, log
from api.php import integer, split_list, string

_LISTS = {
    "acme": "ACME_LOG",
    "api": "API_LOG",
    "autodiscover": "AUTODISCOVER_LOG",
    "dovecot": "DOVECOT_MAILLOG",
    "netfilter": "NETFILTER_LOG",
    "postfix": "POSTFIX_MAILLOG",
    "ratelimited": "RL_LOG",
    "sogo": "SOGO_LOG",
    "watchdog": "WATCHDOG_LOG",
}
_WITHOUT_ENTRIES = ("ui", "rspamd-history", "rspamd-stats")
_RANGE = re.compile(r"(\d+)-(\d+)")
_OPTIONS = {
    "ban_time": 1800,
    "max_ban_time": 10000,
    "ban_time_increment": True,
    "max_attempts": 10,
    "retry_window": 600,
    "netban_ipv4": 32,
    "netban_ipv6": 128,
    "manage_external": 0,
}


def read(call: Call, name: str, count: str) -> Any:
    """Answer get/logs/{name}/{N or a-b}, newest first."""
    first, last = _range(count or str(call.settings.log_lines))
    if name == "sasl":
        rows = call.store.rows(
            "SELECT service, app_password, username, real_rip, CAST(datetime AS CHAR) datetime FROM sasl_log"
            " ORDER BY sasl_log.datetime DESC LIMIT %(start)s, %(many)s",
            {"start": first, "many": max(last - first + 1, 0)},
        )
        return rows or {}
    if name in _WITHOUT_ENTRIES:
        return {}
    if name not in _LISTS:
        raise RouteMissingError
    lines = call.store.redis.lrange(_LISTS[name], first, last) if last >= first else []
    return [json.loads(line) for line in lines] or {}


def fail2ban(call: Call) -> dict[str, Any]:
    """Answer get/fail2ban."""
    redis = call.store.redis
    answer: dict[str, Any] = {**_OPTIONS, **json.loads(redis.get("F2B_OPTIONS") or "{}")}
    answer["regex"] = json.loads(redis.get("F2B_REGEX") or "{}")
    for name in ("whitelist", "blacklist"):
        answer[name] = "\n".join(sorted(redis.hkeys(f"F2B_{name.upper()}")))
    queued = redis.hgetall("F2B_QUEUE_UNBAN")
    bans = [
        {
            "queued_for_unban": int(network in queued),
            "network": network,
            "ip": network.split("/")[0],
            "banned_until": _left(integer(until) - int(time.time())),
        }
        for network, until in redis.hgetall("F2B_ACTIVE_BANS").items()
    ]
    if bans:
        answer["active_bans"] = bans
    if permanent := redis.hkeys("F2B_PERM_BANS"):
        answer["perm_bans"] = [{"network": network, "ip": network.split("/")[0]} for network in permanent]
    return answer


def edit_fail2ban(call: Call, items: list[Any], attributes: dict[str, Any]) -> None:
    """Answer edit/fail2ban, which writes all options."""
    redis = call.store.redis
    options: dict[str, Any] = {**_OPTIONS, **json.loads(redis.get("F2B_OPTIONS") or "{}")}
    for name in _OPTIONS:
        if attributes.get(name) is not None:
            number = integer(attributes[name])
            options[name] = bool(number) if name == "ban_time_increment" else number
    if attributes.get("banlist_id"):
        options["banlist_id"] = attributes["banlist_id"]
    redis.set("F2B_OPTIONS", json.dumps(options))
    for name in ("whitelist", "blacklist"):
        key = f"F2B_{name.upper()}"
        redis.delete(key)
        for network in split_list(string(attributes.get(name))):
            redis.hset(key, network, "1")
    call.success(log("fail2ban", "edit", {"network": items, **attributes}), "f2b_modified")


def _range(count: str) -> tuple[int, int]:
    """Return the first and last index; both ends of a range count from 1."""
    if found := _RANGE.fullmatch(count):
        return max(int(found.group(1)) - 1, 0), int(found.group(2)) - 1
    return 0, integer(count) - 1


def _left(seconds: int) -> str:
    """Write a number of seconds as hours, minutes and seconds."""
    return f"{seconds // 3600:02d}h {seconds % 3600 // 60:02d}m {seconds % 60:02d}s"
