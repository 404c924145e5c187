"""What happens to the gate before a domain's people, in one sentence."""

from typing import Any, cast

from ops.happening import Happening, Kind
from ops.steps import Step


def gate(step: Step) -> Happening:
    """Say what happens to one."""
    kind, sentence = _told(step)
    return Happening(kind=kind, subject=step.name, sentence=sentence, about_people=True)


def _told(step: Step) -> tuple[Kind, str]:
    stops = step.new.get("mode") == "fail"
    ending = "its mailboxes and aliases wait for that" if stops else "what is not right is said, and nothing waits"
    match step.op:
        case "create":
            return "adds", f"has its DNS asked for {_wanted(step)}; {ending}"
        case "delete":
            return "changes", "waits for its DNS no longer"
        case _ if step.old.get("records") == step.new.get("records"):
            return "changes", f"has its DNS asked again, which was not right before; {ending}"
        case _:
            return "changes", f"has its DNS asked for {_wanted(step)}, as other ones are required now; {ending}"


def _wanted(step: Step) -> str:
    records: Any = step.new.get("records")
    if not isinstance(records, list):  # the server's address or key is not known yet
        return "the required records"
    count = len(cast("list[Any]", records))
    return f"{count} required record{'s' if count != 1 else ''}"
