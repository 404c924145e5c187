"""The steps of the engine's preview that count, as values."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, cast

OURS: Final = "pulumi-python:dynamic/mailstead:"
_PEOPLE: Final = frozenset(
    {
        "Alias",
        "DkimKey",
        "DkimPair",
        "DnsGate",
        "Domain",
        "Mailbox",
        "MoveIn",
        "MtaSts",
        "Roster",
        "VaultSecret",
        "WayOut",
    }
)
_PROVIDERS: Final = "pulumi:providers:"
_COMPONENTS: Final = "mailstead:"
"""Our components only group what counts."""
_SILENT: Final = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced", "discard-replaced"})
"""Steps that do nothing by themselves: parts of a replacement, and resources that stay."""


@dataclass(frozen=True, kw_only=True)
class Step:
    """What would happen to one resource."""

    op: str
    """``create``, ``update``, ``replace``, ``delete`` or ``import``."""
    urn: str
    old: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its inputs as they are recorded to be met; empty for a new one.

    What was taken over as it was is recorded with what it has, which may be another thing than it was asked for.
    """
    new: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """Its inputs as they will be; empty for one that goes."""
    provider: str = ""
    """Name of the provider that it is made through: ``mail-host-1``."""
    only_follows_host: bool = False
    """Its host is about to change, and the engine cannot compare anything on it: it shows all of it as updates."""

    @property
    def name(self) -> str:
        return self.urn.rpartition("::")[2]

    @property
    def stack(self) -> str:
        return self.urn.split("::")[0].removeprefix("urn:pulumi:")

    @property
    def type(self) -> str:
        """Its type, such as ``oci:Core/vcn:Vcn``."""
        return self.urn.split("::")[2].rpartition("$")[2]

    @property
    def kind(self) -> str:
        """For what people have: ``Mailbox``, ``VaultSecret`` …; empty for machines."""
        kind = self.type.removeprefix(OURS)
        return kind if self.type.startswith(OURS) and kind in _PEOPLE else ""


def steps_of(preview: Mapping[str, Any]) -> list[Step]:
    """Read the steps that count from the document of ``pulumi preview --json``."""
    steps = [step for step in map(_step, _entries(preview)) if _counts(step)]
    changing = {step.name for step in steps if step.type.startswith(_PROVIDERS)}
    return [replace(step, only_follows_host=_only_follows(step, changing)) for step in steps]


def _only_follows(step: Step, changing: Collection[str]) -> bool:
    return step.op == "update" and bool(step.kind) and step.provider in changing and step.old == step.new


def provider_inputs(preview: Mapping[str, Any], type_: str) -> dict[str, Mapping[str, Any]]:
    """Read the inputs that providers of a type would have, by their resource's name."""
    steps = [_step(entry) for entry in _entries(preview)]
    return {step.name: step.new for step in steps if step.type == type_ and step.new}


def _entries(preview: Mapping[str, Any]) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", preview.get("steps") or [])


def _step(entry: Mapping[str, Any]) -> Step:
    sides = [cast("dict[str, Any]", entry.get(side) or {}) for side in ("newState", "oldState")]
    provider = next((str(side["provider"]) for side in sides if side.get("provider")), "")
    new, old = (_inputs(side) for side in sides)
    outputs = cast("dict[str, Any]", sides[1].get("outputs") or {})
    old = {key: outputs.get(key, value) for key, value in old.items()}
    return Step(op=str(entry["op"]), urn=str(entry["urn"]), old=old, new=new, provider=_name_of(provider))


def _inputs(state: Mapping[str, Any]) -> dict[str, Any]:
    inputs = cast("dict[str, Any]", state.get("inputs") or {})
    return {key: value for key, value in inputs.items() if not key.startswith("__")}


def _name_of(provider: str) -> str:
    """Take the name out of a reference to a provider: its URN, then its id."""
    parts = provider.split("::")
    return parts[-2] if len(parts) > 1 else ""


def _counts(step: Step) -> bool:
    if step.op in _SILENT or step.type.startswith(("pulumi:pulumi:", _COMPONENTS)):
        return False
    return not (step.type.startswith(_PROVIDERS) and step.name.startswith("default"))
