"""A preview in words: what happens to whom, from the engine's own document."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, cast

from core.desired import AliasKind
from ops.alias_words import alias, leads_to
from ops.domain_words import domain
from ops.facts import NOTHING_KNOWN, Facts
from ops.figures import listing
from ops.gate_words import gate
from ops.happening import Happening, Kind, Planned
from ops.machine_words import machines
from ops.mailbox_words import person
from ops.mta_sts_words import mta_sts
from ops.steps import OURS, Step, steps_of
from ops.way_out_words import way_out

_PERSON: Final = frozenset({"Mailbox", "VaultSecret", "MoveIn"})
_DOMAIN: Final = frozenset({"Domain", "DkimKey"})
_WORST_FIRST: Final[tuple[Kind, ...]] = (
    "refused",
    "deletes",
    "recreates",
    "closes",
    "replaces",
    "reopens",
    "changes",
    "adds",
)


@dataclass(frozen=True, kw_only=True)
class Words:
    """A whole preview in words."""

    happenings: tuple[Happening, ...]
    """What would happen, people first, the worst of it first."""
    unchanged: int = 0
    """How many resources stay as they are."""
    follows_host: int = 0
    """How many resources of people are shown as updates only because their host is about to change."""
    planned: Mapping[str, Planned] = field(default_factory=dict[str, Planned])
    """Every resource that would change, by URN."""
    reasons: tuple[str, ...] = ()
    """Why the engine's preview failed; the happenings are then what the list alone tells."""
    source: Literal["engine", "list"] = "engine"

    @property
    def only_people(self) -> bool:
        """Whether the update touches people and nothing else, so that all of it can be done again safely."""
        return bool(self.happenings) and all(happening.about_people for happening in self.happenings)


def words_of(
    preview: Mapping[str, Any],
    *,
    recorded: frozenset[str],
    facts: Facts = NOTHING_KNOWN,
    kinds: Mapping[str, AliasKind] | None = None,
) -> Words:
    """Put a preview into words.

    Args:
        preview: The document of ``pulumi preview --json``.
        recorded: Addresses that the stack's recorded Roster holds: a mailbox that would be created for one
            of them was there before, and comes back empty.
        facts: What servers and Vault tell.
        kinds: What each alias of the list is.
    """
    steps = steps_of(preview)
    counting = [step for step in steps if not step.only_follows_host]
    happenings = [
        *_people(counting, recorded, facts, kinds or {}),
        *machines(step for step in counting if not step.kind),
    ]
    summary = cast("dict[str, int]", preview.get("changeSummary") or {})
    return Words(
        happenings=in_order(happenings),
        unchanged=int(summary.get("same", 0)),
        follows_host=len(steps) - len(counting),
        planned=planned_of(counting),
    )


def planned_of(steps: Iterable[Step]) -> dict[str, Planned]:
    """Say by URN what is watched of a run that does these steps."""
    return {step.urn: _planned(step) for step in steps if step.kind != "Roster"}


def _planned(step: Step) -> Planned:
    if step.kind in _PERSON:
        return Planned(group="people", subject=step.name)
    return Planned(group="domains and aliases" if step.kind else "parts of machines", subject=step.urn)


def in_order(happenings: Iterable[Happening]) -> tuple[Happening, ...]:
    """Put people first, and the worst of it first."""
    return tuple(
        sorted(
            happenings,
            key=lambda happening: (
                not happening.about_people,
                _WORST_FIRST.index(happening.kind),
                happening.subject.rpartition("@")[::-1],
            ),
        )
    )


def _people(
    steps: Iterable[Step], recorded: frozenset[str], facts: Facts, kinds: Mapping[str, AliasKind]
) -> Iterator[Happening]:
    people: defaultdict[str, dict[str, Step]] = defaultdict(dict)
    domains: defaultdict[str, dict[str, Step]] = defaultdict(dict)
    aliases: list[Step] = []
    for step in steps:
        if step.kind in _PERSON:
            people[step.name][step.kind] = step
        elif step.kind in _DOMAIN:
            domains[step.name][step.kind] = step
        elif step.kind == "Alias":
            aliases.append(step)
        elif step.kind == "DnsGate":
            yield gate(step)
        elif step.kind == "WayOut":
            yield way_out(step)
        elif step.kind == "MtaSts":
            yield mta_sts(step)
    told = [person(of_her, recorded=name in recorded, facts=facts) for name, of_her in people.items()]
    yield from _with_further_names([one for one in told if one], aliases, kinds)
    for of_it in domains.values():
        yield domain(of_it, facts=facts)


def _with_further_names(
    people: Iterable[Happening], aliases: Iterable[Step], kinds: Mapping[str, AliasKind]
) -> Iterator[Happening]:
    """Say of somebody new in the same line which further addresses lead there; of all others in lines of their own."""
    new = {one.subject for one in people if one.kind == "adds"}
    further: defaultdict[str, list[str]] = defaultdict(list)
    for step in aliases:
        target = leads_to(step, kinds)
        if target in new:
            further[target].append(step.name)
        else:
            yield alias(step, kinds)
    for one in people:
        names = sorted(further[one.subject])
        told = f"; {listing(names)} {'lead' if len(names) > 1 else 'leads'} there too" if names else ""
        yield replace(one, sentence=f"{one.sentence}{told}")


def recorded_roster(exported: Mapping[str, Any]) -> Mapping[str, Any]:
    """Read what the stack's Roster has recorded from an exported state; empty when there is none."""
    deployment = cast("dict[str, Any]", exported.get("deployment") or {})
    resources = cast("list[dict[str, Any]]", deployment.get("resources") or [])
    rosters = [resource for resource in resources if resource.get("type") == f"{OURS}Roster"]
    return cast("dict[str, Any]", rosters[0].get("inputs") or {}) if rosters else {}


def recorded_addresses(exported: Mapping[str, Any]) -> frozenset[str]:
    """Read the addresses that the stack's Roster has recorded from an exported state."""
    return frozenset(recorded_roster(exported).get("addresses") or {})
