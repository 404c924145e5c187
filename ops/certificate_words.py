"""What happens to a mail host's certificate, in one sentence."""

from collections.abc import Mapping
from typing import Any, Final, cast

from ops.figures import count, listing
from ops.happening import Kind
from ops.steps import OURS, Step

CERTIFICATE: Final = f"{OURS}Certificate"
_MOST_NAMED: Final = 4


def certificate(step: Step) -> tuple[Kind, str]:
    """Say what happens to one, without whose it is."""
    wanted, before = _names(step.new), _names(step.old)
    match step.op:
        case "delete":
            return "changes", "has no certificate asked for any longer; the one that it has stays until it expires"
        case "create":
            return "adds", f"has a certificate asked for, with {count(len(wanted), 'name')}"
        case _ if step.old.get("instance_id") != step.new.get("instance_id"):
            return "changes", f"has its certificate looked at anew, with {count(len(wanted), 'name')}"
        case _ if new := sorted(wanted - before):
            return "changes", f"has a certificate asked for that holds {_told(new)} too"
        case _ if gone := sorted(before - wanted):
            return "changes", f"needs no certificate for {_told(gone)} any longer"
        case _:
            return "changes", "has its certificate asked for again, which was not complete before"


def _told(names: list[str]) -> str:
    more = len(names) - _MOST_NAMED
    return listing([*names[:_MOST_NAMED], f"{more} more"] if more > 0 else names)


def _names(state: Mapping[str, Any]) -> set[str]:
    names: Any = state.get("names")
    return set(map(str, cast("list[Any]", names))) if isinstance(names, list) else set()
