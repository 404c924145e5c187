"""Faults on demand, taken from Redis by the next call of a route; nothing sets them but the lab's tests.

A fault is a JSON object `{"mode", "seconds"}` on the list `LAB_FAULTS:<action>/<category>` (one call takes one off
its left end), or in the string `LAB_FAULT_ALWAYS:<action>/<category>` (every call). Modes:

- `empty_after`, `empty_before`: 200 with an empty body, after or without the effect of the call;
- `bad_gateway`: what nginx answers when php-fpm is down: 502 to GET, 405 to POST, in HTML, without effect;
- `no_dockerapi`: what PHP answers when the container dockerapi is down: 500 in HTML, without effect;
- `rubbish_dockerapi`: dockerapi answers nonsense to delete/mailbox, get/status/containers and get/status/vmail;
- `slow`: wait `seconds` before doing anything;
- `slow_inside`: wait `seconds` between reading and writing (add and edit mailbox, add alias and DKIM key), where
  nothing is locked: calls at the same time lose updates, overshoot limits, or die of a key that is there by now;
- `timeout_after`, `timeout_before`: no answer for `seconds`, then a cut, after or without the effect;
- `cut_after`, `cut_before`: close the connection without an answer, after or without the effect;
- `half_delete`: delete/mailbox dies of a deadlock: empty body, mailbox half there (`username` null);
- `pause_after`: after the effect set `LAB_PAUSED:<route>`, and answer only after `seconds` or when that key is gone.
"""

import json
import time
from dataclasses import dataclass
from typing import Any

MODES = (
    "empty_after",
    "empty_before",
    "bad_gateway",
    "no_dockerapi",
    "rubbish_dockerapi",
    "slow",
    "slow_inside",
    "timeout_after",
    "timeout_before",
    "cut_after",
    "cut_before",
    "half_delete",
    "pause_after",
)


@dataclass(frozen=True)
class Fault:
    """What is to go wrong; `seconds` counts for those modes that wait."""

    mode: str
    seconds: float


def take(redis: Any, route: str) -> Fault | None:
    """Take the fault that is set for a route, if there is one."""
    text = redis.lpop(f"LAB_FAULTS:{route}") or redis.get(f"LAB_FAULT_ALWAYS:{route}")
    if not text:
        return None
    given = json.loads(text)
    return Fault(mode=given["mode"], seconds=float(given.get("seconds", 60)))


def pause(redis: Any, route: str, seconds: float) -> None:
    """Hold the answer back until the test removes the key, the time is over or Redis is gone."""
    key = f"LAB_PAUSED:{route}"
    redis.set(key, "1", ex=int(seconds) + 1)
    end = time.monotonic() + seconds
    while time.monotonic() < end and redis.exists(key):
        time.sleep(0.05)
