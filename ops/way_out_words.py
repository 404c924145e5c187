"""What happens to the way that a domain's mail leaves by, in one sentence."""

from collections.abc import Mapping
from typing import Any

from ops.happening import Happening, Kind
from ops.steps import Step


def way_out(step: Step) -> Happening:
    """Say what happens to one."""
    kind, sentence = _told(step)
    return Happening(kind=kind, subject=step.name, sentence=sentence, about_people=True)


def _told(step: Step) -> tuple[Kind, str]:
    match step.op:
        case "create":
            return "adds", f"has its mail leave by {_relay(step.new)}"
        case "delete":
            return "changes", "has its mail leave directly again"
        case _:
            return "changes", _changed(step.old, step.new)


def _changed(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    if not old.get("host"):
        return f"has its mail leave by {_relay(new)} again, and not as somebody set by hand"
    if _relay(old) != _relay(new):
        return f"has its mail leave by {_relay(new)} instead of {_relay(old)}"
    if old.get("tls") != new.get("tls"):
        return f"has its relay held to TLS {new.get('tls')}"
    if old.get("user") != new.get("user"):
        return f"logs in at {_relay(new)} as {new.get('user') or 'nobody'}"
    return f"gets the newer password of {_relay(new)} from Vault"


def _relay(state: Mapping[str, Any]) -> str:
    return f"{state.get('host')}:{float(state.get('port') or 0):.0f}"
