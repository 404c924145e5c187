"""A preview in words: what happens to whom, from the engine's own document."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, cast

Kind = Literal["adds", "changes", "closes", "deletes", "recreates", "replaces"]

_OURS = "pulumi-python:dynamic/mailstead:"
_PEOPLE = frozenset(f"{_OURS}{name}" for name in ("Alias", "DkimKey", "Domain", "Mailbox", "Roster", "VaultSecret"))
# Our components only group what counts.
_COMPONENTS = "mailstead:"
# Steps that do nothing by themselves: parts of a replacement, and resources that stay.
_SILENT = frozenset({"same", "read", "refresh", "create-replacement", "delete-replaced", "discard-replaced"})


@dataclass(frozen=True, kw_only=True)
class Happening:
    """One thing an update would do.

    Attributes:
        kind: What sort of change; ``recreates`` is a mailbox that was deleted behind the program's back.
        subject: Whom or what it is about: an address, a domain or a resource's name.
        sentence: What happens, starting with a verb.
        about_people: Whether it is about people rather than machines.
    """

    kind: Kind
    subject: str
    sentence: str
    about_people: bool


@dataclass(frozen=True, kw_only=True)
class Words:
    """A whole preview in words.

    Attributes:
        happenings: What would happen, people first.
        unchanged: How many resources stay as they are.
        follows_host: How many people are shown as updates only because their host is about to change.
    """

    happenings: tuple[Happening, ...]
    unchanged: int
    follows_host: int

    @property
    def only_people(self) -> bool:
        """Whether the update touches people and nothing else, so that all of it can be done again safely."""
        return bool(self.happenings) and all(happening.about_people for happening in self.happenings)


def words_of(preview: Mapping[str, Any], *, recorded: frozenset[str]) -> Words:
    """Put a preview into words.

    Args:
        preview: The document of ``pulumi preview --json``.
        recorded: Addresses that the stack's recorded Roster holds: a mailbox that would be created for one
            of them was there before, and comes back empty.
    """
    steps = [step for step in cast("list[dict[str, Any]]", preview.get("steps") or []) if _counts(step)]
    happenings = [happening for step in steps if (happening := _happening(step, recorded)) is not None]
    summary = cast("dict[str, int]", preview.get("changeSummary") or {})
    happenings.sort(key=lambda happening: (not happening.about_people, happening.subject, happening.kind))
    return Words(
        happenings=tuple(happenings),
        unchanged=int(summary.get("same", 0)),
        follows_host=sum(_only_follows_host(step) for step in steps),
    )


def _counts(step: Mapping[str, Any]) -> bool:
    kind, name = _type(step), str(step["urn"]).rpartition("::")[2]
    if step.get("op") in _SILENT or kind.startswith(("pulumi:pulumi:", _COMPONENTS)):
        return False
    return not (kind.startswith("pulumi:providers:") and name.startswith("default"))


def _happening(step: Mapping[str, Any], recorded: frozenset[str]) -> Happening | None:
    if _only_follows_host(step):
        return None
    kind, op, name = _type(step), str(step["op"]), str(step["urn"]).rpartition("::")[2]
    if kind not in _PEOPLE:
        return _machine(op, kind, name)
    describe = {
        "Mailbox": _mailbox,
        "VaultSecret": _secret,
        "Domain": _domain,
        "Alias": _alias,
        "DkimKey": _dkim,
    }
    word = kind.removeprefix(_OURS)
    return describe[word](op, name, step, recorded) if word in describe else None


def _mailbox(op: str, name: str, step: Mapping[str, Any], recorded: frozenset[str]) -> Happening:
    old, new = _inputs(step, "oldState"), _inputs(step, "newState")
    if op == "create" and name in recorded:
        return _person("recreates", name, "is made again, EMPTY: the mailbox was deleted outside of this program")
    if op == "create":
        return _person("adds", name, f"gets a mailbox of {new.get('quota_mib', 0):.0f} MiB")
    if op == "delete":
        return _person("deletes", name, "is deleted, with all mail in it")
    if op == "replace":
        return _person("recreates", name, "is deleted, with all mail in it, and made again, EMPTY")
    if old.get("active") and not new.get("active"):
        return _person("closes", name, f"is closed; the mail is kept until {new.get('kept_until') or 'further notice'}")
    changed = ", ".join(sorted(key for key in new if not key.startswith("__") and old.get(key) != new[key]))
    return _person("changes", name, f"is changed ({changed or 'details'})")


def _secret(op: str, name: str, _step: Mapping[str, Any], recorded: frozenset[str]) -> Happening | None:
    if op == "create" and name in recorded:
        return _person("recreates", name, "gets a NEW first password: the one in Vault is gone")
    if op == "delete":
        return _person("deletes", name, "loses the first password in Vault, with its metadata")
    if op == "replace":
        return _person("replaces", name, "gets a NEW first password in Vault")
    return _person("adds", name, "gets a first password in Vault") if op == "create" else None


def _domain(op: str, name: str, _step: Mapping[str, Any], _recorded: frozenset[str]) -> Happening:
    sentences: dict[str, tuple[Kind, str]] = {
        "create": ("adds", "becomes a mail domain"),
        "delete": ("deletes", "stops being a mail domain"),
        "replace": ("recreates", "is deleted and made again as a mail domain"),
    }
    kind, sentence = sentences.get(op, ("changes", "gets other limits"))
    return _person(kind, name, sentence)


def _alias(op: str, name: str, step: Mapping[str, Any], _recorded: frozenset[str]) -> Happening:
    goto = ", ".join(cast("list[str]", _inputs(step, "newState").get("goto") or []))
    if op == "delete":
        return _person("deletes", name, "is no longer an alias")
    return _person("adds" if op == "create" else "changes", name, f"goes to {goto}")


def _dkim(op: str, name: str, _step: Mapping[str, Any], _recorded: frozenset[str]) -> Happening:
    if op == "create":
        return _person("adds", name, "gets a DKIM key; its DNS record is among the outputs")
    if op == "delete":
        return _person("deletes", name, "loses its DKIM key")
    return _person("replaces", name, "gets a new DKIM key; its DNS record changes")


def _person(kind: Kind, subject: str, sentence: str) -> Happening:
    return Happening(kind=kind, subject=subject, sentence=sentence, about_people=True)


def _machine(op: str, kind: str, name: str) -> Happening:
    what = kind.rpartition(":")[2]
    verbs: dict[str, tuple[Kind, str]] = {
        "create": ("adds", "is made"),
        "delete": ("deletes", "is deleted"),
        "replace": ("replaces", "is replaced by a new one"),
        "import": ("adds", "is taken over"),
    }
    verb, sentence = verbs.get(op, ("changes", "is changed"))
    return Happening(kind=verb, subject=name, sentence=f"({what}) {sentence}", about_people=False)


def _only_follows_host(step: Mapping[str, Any]) -> bool:
    """While a host is about to change, the engine shows everybody on it as an update."""
    if step.get("op") != "update" or _type(step) not in _PEOPLE:
        return False
    return _inputs(step, "oldState") == _inputs(step, "newState")


def _inputs(step: Mapping[str, Any], side: str) -> dict[str, Any]:
    state = cast("dict[str, Any]", step.get(side) or {})
    return cast("dict[str, Any]", state.get("inputs") or {})


def _type(step: Mapping[str, Any]) -> str:
    return str(step["urn"]).split("::")[2].rpartition("$")[2]


def recorded_addresses(exported: Mapping[str, Any]) -> frozenset[str]:
    """Read the addresses that the stack's Roster has recorded from an exported state."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    return frozenset(_roster_addresses(resources))


def _roster_addresses(resources: list[dict[str, Any]]) -> Iterator[str]:
    for resource in resources:
        if resource.get("type") == f"{_OURS}Roster":
            yield from cast("dict[str, Any]", resource.get("inputs") or {}).get("addresses") or {}
