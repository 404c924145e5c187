"""What happens to a mail domain and its DKIM key, in one sentence."""

from collections.abc import Iterator, Mapping
from typing import Any

from ops.facts import Facts
from ops.happening import Happening, Kind
from ops.steps import Step

_LIMITS = {
    "max_quota_mib": "largest mailbox",
    "quota_mib": "all mailboxes together",
    "default_quota_mib": "usual mailbox",
}
_NUMBERS = {"max_mailboxes": "mailboxes", "max_aliases": "aliases"}


def domain(steps: Mapping[str, Step], *, facts: Facts) -> Happening:
    """Say what happens to one domain.

    Args:
        steps: What would happen to what it has, by kind: ``Domain``, ``DkimKey``.
        facts: What its server tells.
    """
    name = next(iter(steps.values())).name
    domain, key = steps.get("Domain"), steps.get("DkimKey")
    kind, sentence = _key(key) if domain is None else _domain(domain, key, facts)
    return Happening(kind=kind, subject=name, sentence=sentence, about_people=True)


def _domain(step: Step, key: Step | None, facts: Facts) -> tuple[Kind, str]:
    key_op = key.op if key else ""
    match step.op:
        case "create" if step.name in facts.domains:
            return _there_already(step, facts)
        case "create":
            with_key = ", with a DKIM key" if key_op == "create" else ""
            return "adds", f"becomes a mail domain{with_key}; its DNS records are to be entered"
        case "delete":
            with_key = ", and its DKIM key goes" if key_op == "delete" else ""
            return "deletes", f"stops being a mail domain{with_key}"
        case "replace":
            return "recreates", "is deleted and made again as a mail domain"
        case _:
            told = [*_limits(step.old, step.new), *([_key(key)[1]] if key else [])]
            return "changes", "; ".join(told) or "is brought to what the list says"


def _there_already(step: Step, facts: Facts) -> tuple[Kind, str]:
    owner = facts.domains[step.name]
    if owner == step.stack:
        return "adds", "is a mail domain of the server already, from an earlier run, and is taken up"
    if owner is None and facts.adopt:
        return "adds", "is taken over as it is, limits and all"
    whose = f"belongs to stack {owner}" if owner else "was not made by Mailstead"
    return "refused", f"is a mail domain of the server already and {whose}, and `up` refuses it"


def _limits(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for key, what in _LIMITS.items():
        if old.get(key) != new.get(key):
            yield f"{what} {_number(old, key)} → {_number(new, key)} MiB"
    for key, what in _NUMBERS.items():
        if old.get(key) != new.get(key):
            yield f"at most {_number(new, key)} {what} instead of {_number(old, key)}"


def _key(step: Step | None) -> tuple[Kind, str]:
    match step.op if step else "":
        case "create":
            return "adds", "gets a DKIM key; its DNS record is to be entered"
        case "delete":
            return "deletes", "loses its DKIM key"
        case "update":
            return "changes", _key_changes(step.old, step.new) if step else ""
        case _:
            return "replaces", "gets a NEW DKIM key; its DNS record changes"


def _key_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Say how far one key follows another: named, taken to sign with, retired."""
    before, now = old.get("selector"), new.get("selector")
    if before != now:
        return f"signs with DKIM key {now} instead of {before}, whose record stays for mail on its way"
    following, retired = new.get("next"), old.get("retired")
    if following and following != old.get("next"):
        return f"gets a further DKIM key {following}, which does not sign yet; its DNS record is to be entered"
    if retired and retired != new.get("retired"):
        return f"is done with DKIM key {retired}; its DNS record can go"
    return "keeps its DKIM key, and nothing follows it"


def _number(state: Mapping[str, Any], key: str) -> str:
    return f"{float(state.get(key) or 0):,.0f}"
