"""One call on its way: who makes it, what has been said to it."""

from dataclasses import dataclass, field
from typing import Any

from tests.chaos.mailcow.tables import Tables


class HttpRefusal(Exception):  # noqa: N818 — an answer, not a failure
    """Refused before any function of mailcow's: a status and a text."""

    def __init__(self, status: int, msg: str) -> None:
        super().__init__(msg)
        self.status = status


class NothingSaid(Exception):  # noqa: N818 — an answer, not a failure
    """200 with an empty body, without anything having been thrown."""


class Refused(Exception):  # noqa: N818 — an answer, not a failure
    """The call ends here; what is to be said has been said."""


def no_route() -> HttpRefusal:
    """Refuse a route that is not known."""
    return HttpRefusal(404, "route not found")


@dataclass
class Call:
    """What a function sees of the call it answers."""

    tables: Tables
    role: str
    """rw, ro, or empty for a caller without a key."""
    query: dict[str, str]
    messages: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    dies: str = ""
    """A fault: where the code throws, ``half_deleted`` or ``half_made``."""

    def say(self, kind: str, log: list[Any], msg: Any) -> None:
        """Add a message to the answer."""
        self.messages.append({"type": kind, "log": log, "msg": msg})

    def success(self, log: list[Any], msg: Any) -> None:
        """Say that something was done."""
        self.say("success", log, msg)

    def danger(self, log: list[Any], msg: Any) -> None:
        """Say that something was not done."""
        self.say("danger", log, msg)

    def refuse(self, log: list[Any], msg: Any) -> Refused:
        """Say that the call is refused as a whole."""
        self.danger(log, msg)
        return Refused()

    def wanted_tags(self) -> list[str]:
        """Give the tags that a list is narrowed to."""
        return [tag for tag in self.query.get("tags", "").split(",") if tag]


def named(request: Any) -> dict[str, Any]:
    """Give the fields of an add's body; null counts as not given, and a list has none."""
    return {key: value for key, value in request.items() if value is not None} if isinstance(request, dict) else {}


def starred(value: Any) -> Any:
    """Hide the passwords of an object's first level; what is nested stays in clear."""
    if isinstance(value, dict):
        return {key: "*" if "pass" in key.lower() else inner for key, inner in value.items()}
    return value


def log(*parts: Any) -> list[Any]:
    """Build the log beside a message: what was called, and the request."""
    return [starred(part) for part in parts]


def mailbox_log(action: str, kind: str, request: Any) -> list[Any]:
    """Build the log of mailcow's largest function, which has a fourth argument that is never used."""
    return ["mailbox", action, kind, starred(request), None]
