"""What happens to machines, grouped: one line a mail host and sort of change, whatever it is made of."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from core.names import OPS_HOST, host_name
from ops.certificate_words import CERTIFICATE, certificate
from ops.figures import count, listing
from ops.happening import Happening, Kind
from ops.steps import Step
from ops.upgrade_words import is_upgrade, upgrade

_HOST: Final = re.compile(re.escape(host_name(0)).replace("0", r"[0-9]+") + "|" + re.escape(OPS_HOST))
_MACHINE: Final = "oci:Core/instance:Instance"
_VOLUME: Final = "oci:Core/volume:Volume"
_ADDRESS: Final = "oci:Core/publicIp:PublicIp"
_RECORDS: Final = "oci:Dns/rrset:Rrset"
_OFFSITE: Final = ("oci:ObjectStorage/", "oci:Identity/")
_BUCKET: Final = "the bucket for backups"
_NETWORK: Final = "the network"
_DNS: Final = "DNS"
_CLOUD: Final = "oci:"
_NAMED: Final = {
    _MACHINE: ("machine", "machines"),
    _VOLUME: ("volume", "volumes"),
    _ADDRESS: ("address", "addresses"),
    _RECORDS: ("record set", "record sets"),
}
_SET_UP: Final = ("command:remote:", "pulumi-python:dynamic/mailstead:")
"""Scripts and files that are brought to a host, and what is read from it."""
_TIES: Final = ("pulumi:providers:", "oci:Core/volumeAttachment:")
"""They only hold other things together, and are not worth a word."""
_VERBS: Final[dict[str, tuple[Kind, str]]] = {
    "create": ("adds", "is made"),
    "delete": ("deletes", "is deleted"),
    "replace": ("replaces", "is replaced by a new one"),
    "import": ("adds", "is taken over"),
}


def machines(steps: Iterable[Step]) -> list[Happening]:
    """Say what happens to machines and networks, hosts with the same fate together."""
    by_subject: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        by_subject[_subject(step)].append(step)
    fates: defaultdict[tuple[Kind, str], list[str]] = defaultdict(list)
    for subject, of_it in sorted(by_subject.items()):
        for kind, sentence in _fates(subject, of_it):
            fates[kind, sentence].append(subject)
    return [
        Happening(
            kind=kind,
            subject=listing(subjects) if len(subjects) == 1 else f"each of {listing(subjects)}",
            sentence=sentence,
            about_people=False,
            parts=tuple(_part(step) for subject in subjects for step in by_subject[subject]),
        )
        for (kind, sentence), subjects in fates.items()
    ]


def _subject(step: Step) -> str:
    host = _HOST.match(step.name)
    if host:
        return host[0]
    if step.type == _RECORDS:
        return _DNS
    if step.type.startswith(_OFFSITE):
        return _BUCKET
    return _NETWORK if step.type.startswith(_CLOUD) else step.name


def _fates(subject: str, steps: Sequence[Step]) -> Iterator[tuple[Kind, str]]:
    """Give the sentences about one host or the network: what would be lost first."""
    yield from _parts(subject, [step for step in steps if step.type != CERTIFICATE and not is_upgrade(step)])
    yield from (upgrade(step) for step in steps if is_upgrade(step))
    yield from (certificate(step) for step in steps if step.type == CERTIFICATE)


def _parts(subject: str, steps: Sequence[Step]) -> Iterator[tuple[Kind, str]]:
    of_op: defaultdict[str, list[Step]] = defaultdict(list)
    for step in steps:
        of_op[step.op if step.op in _VERBS else "update"].append(step)
    is_new = any(step.type == _MACHINE for step in of_op["create"]) or not (_HOST.match(subject) or subject == _DNS)
    for volume in [step for step in of_op["replace"] if step.type == _VOLUME]:
        yield "recreates", f"loses ALL that is on volume {volume.name}, which is replaced by a new one"
    for step in [step for step in of_op["replace"] if step.type != _VOLUME]:
        yield "replaces", _replaced(step)
    if of_op["delete"]:
        kind: Kind = "deletes" if any(_is_more_than_set_up(step) for step in of_op["delete"]) else "changes"
        gone = _composition(of_op["delete"])
        yield kind, f"loses {gone}" if gone else "is no longer connected"
    made = [*of_op["create"], *of_op["import"]]
    if made:
        yield "adds", _made(subject, _composition(made), is_new=is_new)
    if of_op["update"]:
        yield "changes", _updated(of_op["update"])


def _made(subject: str, parts: str, *, is_new: bool) -> str:
    if not parts:
        return "is connected"
    if not is_new:
        return f"gets {parts}"
    return "is made" if subject in {_NETWORK, _BUCKET} else f"is made: {parts}"


def _replaced(step: Step) -> str:
    match step.type:
        case machine if machine == _MACHINE and step.name.startswith(OPS_HOST):
            return "gets a new machine with another address, and begins to measure anew"
        case machine if machine == _MACHINE:
            return "gets a new machine; its volumes and its address stay"
        case address if address == _ADDRESS:
            return "gets another address; DNS records change"
        case _:
            return f"{step.name} is replaced by a new one"


def _updated(steps: Sequence[Step]) -> str:
    set_up = [step for step in steps if step.type.startswith(_SET_UP)]
    others = [step for step in steps if not step.type.startswith((*_SET_UP, *_TIES))]
    told: list[str] = []
    if others:
        told.append(f"is changed: {listing(sorted({_one(step) for step in others}))}")
    if set_up:
        names = sorted(_HOST.sub("", step.name).removeprefix("-") for step in set_up)
        told.append(f"{count(len(set_up), 'set-up step')} run again ({listing(names)})")
    return "; ".join(told) or "is reached in another way"


def _composition(steps: Sequence[Step]) -> str:
    """Say what a host is made of: ``machine, 2 volumes, address, 7 set-up steps``; empty for nothing but ties."""
    counts = Counter(step.type for step in steps)
    told = [
        one if counts[kind] == 1 else f"{counts[kind]} {many}" for kind, (one, many) in _NAMED.items() if counts[kind]
    ]
    set_up = sum(number for kind, number in counts.items() if kind.startswith(_SET_UP))
    others = sum(
        number for kind, number in counts.items() if not kind.startswith((*_SET_UP, *_TIES)) and kind not in _NAMED
    )
    told += [count(set_up, "set-up step")] * bool(set_up) + [count(others, "other part")] * bool(others)
    return ", ".join(told)


def _one(step: Step) -> str:
    return _NAMED[step.type][0] if step.type in _NAMED and step.type != _RECORDS else step.name


def _is_more_than_set_up(step: Step) -> bool:
    return not step.type.startswith((*_SET_UP, *_TIES))


def _part(step: Step) -> str:
    what = step.type.rpartition(":")[2]
    return f"{step.name} ({what}) {_VERBS.get(step.op, ('changes', 'is changed'))[1]}"
