"""One call on its way through the code: who calls, what it said so far, what it may use."""

import time
from dataclasses import dataclass, field
from typing import Any

from api.settings import Settings
from api.store import Store


class HttpError(Exception):
    """The call is refused before it reaches mailcow's functions: a status, and a text as `msg`."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status


class RouteMissingError(HttpError):
    """No such route."""

    def __init__(self) -> None:
        super().__init__(404, "route not found")


class EmptyAnswerError(Exception):
    """The route answers 200 with an empty body without having failed."""


class RefusedError(Exception):
    """The call ends here; what is to be said has been said."""


@dataclass
class Call:
    """What a handler sees.

    `role` is "rw", "ro" or the empty text for a caller without a key; `messages` are the answer of a write, in
    order; `query` holds the parameters after the route.
    """

    settings: Settings
    store: Store
    role: str
    query: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list)
    fault: str = ""
    """Mode of the fault that was asked for (faults.py), for the functions in whose midst it happens."""
    fault_seconds: float = 0

    def say(self, kind: str, log: list[Any], msg: Any) -> None:
        """Add a message to the answer."""
        self.messages.append({"type": kind, "log": log, "msg": msg})

    def success(self, log: list[Any], msg: Any) -> None:
        """Say that something was done."""
        self.say("success", log, msg)

    def danger(self, log: list[Any], msg: Any) -> None:
        """Say that something was refused."""
        self.say("danger", log, msg)

    def dawdle(self) -> None:
        """Stand between what was read and what will be written, where nothing is locked: others get in here."""
        if self.fault == "slow_inside":
            time.sleep(self.fault_seconds)

    def tags(self) -> list[str]:
        """Return the tags a read is to be narrowed to."""
        return [tag for tag in self.query.get("tags", "").split(",") if tag]


def log(*parts: Any) -> list[Any]:
    """Build the `log` of most functions: names, then the request with its passwords starred."""
    return [starred(part) for part in parts]


def mailbox_log(action: str, kind: str, data: Any) -> list[Any]:
    """Build the `log` of mailcow's largest function, which ends in its unused fourth argument."""
    return ["mailbox", action, kind, starred(data), None]


def fields(request: Any) -> dict[str, Any]:
    """Return the named fields of an add's body; a list has none."""
    return request if isinstance(request, dict) else {}


def starred(data: Any) -> Any:
    """Replace the passwords at the top level of an object; lists and nested objects stay in clear."""
    if isinstance(data, dict):
        return {key: "*" if "pass" in key.lower() else value for key, value in data.items()}
    return data
