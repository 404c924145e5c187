"""What happens to addresses that lead to others, in words: further names, aliases, lists, catch-alls."""

from collections.abc import Mapping, Sequence

from core.desired import AliasKind
from ops.figures import listing
from ops.happening import Happening, Kind
from ops.steps import Step


def alias(step: Step, kinds: Mapping[str, AliasKind]) -> Happening:
    """Say what happens to one.

    Args:
        step: What would happen.
        kinds: What each address of the list is.
    """
    before, after = _targets(step.old), _targets(step.new)
    kind = _kind_of(step.name, before or after, kinds)
    say = {"create": _made, "delete": _deleted, "replace": _made}.get(step.op, _changed)
    verb, sentence = say(kind, before, after)
    return Happening(kind=verb, subject=step.name, sentence=sentence, about_people=True)


def leads_to(step: Step, kinds: Mapping[str, AliasKind]) -> str | None:
    """Give the one address that a new alias leads to; None for a list, a catch-all, and where it is no new one."""
    targets = _targets(step.new)
    if step.op != "create" or len(targets) != 1 or _kind_of(step.name, targets, kinds) not in {"role", "alias"}:
        return None
    return targets[0]


def _kind_of(address: str, targets: Sequence[str], kinds: Mapping[str, AliasKind]) -> AliasKind:
    if address.startswith("@"):
        return "catch_all"
    # One that goes is not in the list any more; what it was shows in how many it led to.
    return kinds.get(address, "list" if len(targets) > 1 else "alias")


def _made(kind: AliasKind, _before: Sequence[str], after: Sequence[str]) -> tuple[Kind, str]:
    match kind:
        case "list":
            return "adds", f"becomes a list of {listing(after)}"
        case "catch_all":
            return "adds", f"becomes the catch-all: mail to unknown addresses goes to {listing(after)}"
        case _:
            return "adds", f"leads to {listing(after)}"


def _changed(kind: AliasKind, before: Sequence[str], after: Sequence[str]) -> tuple[Kind, str]:
    came = [target for target in after if target not in before]
    went = [target for target in before if target not in after]
    if kind == "list":
        parts = [f"is joined by {listing(came)}"] * bool(came) + [f"is left by {listing(went)}"] * bool(went)
        return "changes", "; ".join(parts) or "is brought to what the list says"
    what = "mail to unknown addresses goes to" if kind == "catch_all" else "leads to"
    if not came and not went:
        return "changes", "is brought to what the list says"
    return "changes", f"{what} {listing(after)} instead of {listing(before)}"


def _deleted(kind: AliasKind, before: Sequence[str], _after: Sequence[str]) -> tuple[Kind, str]:
    match kind:
        case "list":
            return "deletes", f"is no longer a list; it had {listing(before)}"
        case "catch_all":
            return "deletes", "is no longer the catch-all: mail to unknown addresses is refused"
        case _:
            return "deletes", f"no longer leads to {listing(before)}"


def _targets(inputs: Mapping[str, object]) -> list[str]:
    goto = inputs.get("goto")
    return [str(target) for target in goto] if isinstance(goto, list) else []  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType] — what is in it becomes text
