"""Prints a preview: as text for people, as JSON for machines."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, Final

from rich.console import Console
from rich.text import Text

from ops.figures import count
from ops.happening import Happening, Kind
from ops.words import Words

EXIT_NOTHING: Final = 0
EXIT_REFUSED: Final = 3
EXIT_CHANGES: Final = 10
EXIT_CLOSES: Final = 11
EXIT_DELETES: Final = 12

FROM_THE_LIST: Final = "What the list alone tells, beside what is recorded; the engine has not checked it:"
_MOST_ALIKE: Final = 40
"""So many lines about new people and about changes are read; who counts the rest, asks for JSON."""
_COLLAPSED: Final[frozenset[Kind]] = frozenset({"adds", "changes"})
_MARKS: Final[dict[Kind, tuple[str, str]]] = {
    "refused": ("✗", "bold red"),
    "deletes": ("-", "bold red"),
    "recreates": ("!", "bold red"),
    "closes": ("-", "yellow"),
    "replaces": ("±", "bold magenta"),
    "reopens": ("+", "green"),
    "changes": ("~", "yellow"),
    "adds": ("+", "green"),
}


def exit_code(words: Words) -> int:
    """Say by a number what an update would do; the worst of it counts."""
    kinds = {happening.kind for happening in words.happenings}
    if words.reasons or "refused" in kinds:
        return EXIT_REFUSED
    if kinds & {"deletes", "recreates"}:
        return EXIT_DELETES
    if "closes" in kinds:
        return EXIT_CLOSES
    return EXIT_CHANGES if kinds else EXIT_NOTHING


def print_words(words: Words, console: Console) -> None:
    """Print what would happen: people by name, machines in groups, the rest as a figure."""
    for reason in words.reasons:
        console.print(f"The preview failed: {reason}", style="red")
    print_happenings(words, console)


def print_happenings(words: Words, console: Console) -> None:
    """Print the same without the reasons why the engine's preview failed."""
    if words.source == "list" and words.happenings:
        console.print(FROM_THE_LIST)
    for line in _lines(words.happenings):
        console.print(line)
    for sentence in figures(words):
        console.print(sentence)


def figures(words: Words) -> Iterator[str]:
    """Say what has no line of its own."""
    if words.follows_host:
        follow = (
            "follows its host and stays as it is"
            if words.follows_host == 1
            else "follow their host and stay as they are"
        )
        yield f"{count(words.follows_host, 'resource')} of people {follow}."
    if words.source == "list":
        return
    stays = f"{count(words.unchanged, 'resource')} {'stays as it is' if words.unchanged == 1 else 'stay as they are'}."
    if not words.happenings:
        yield f"Nothing changes. {stays}" if words.unchanged else "Nothing changes."
    elif words.unchanged:
        yield stays


def shown(happenings: Iterable[Happening]) -> Iterator[Happening | tuple[Kind, int]]:
    """Give what gets a line, and of what is alike and many only so many, then how many more."""
    told: Counter[Kind] = Counter()
    for happening in happenings:
        told[happening.kind] += 1
        if happening.kind not in _COLLAPSED or told[happening.kind] <= _MOST_ALIKE:
            yield happening
    for kind in _COLLAPSED:
        if told[kind] > _MOST_ALIKE:
            yield kind, told[kind] - _MOST_ALIKE


def _lines(happenings: Iterable[Happening]) -> Iterator[Text]:
    for one in shown(happenings):
        if isinstance(one, Happening):
            mark, colour = _MARKS[one.kind]
            yield Text(f"  {mark} ", style=colour).append(f"{one.subject} {one.sentence}", style="default")
        else:
            kind, more = one
            mark, colour = _MARKS[kind]
            yield Text(f"  {mark} ", style=colour).append(f"… and {more:,} more of the kind; --json lists all")


def as_json(words: Words) -> str:
    """Give the same as JSON: ``happenings``, ``counts`` by kind, ``exit_code``, ``reasons`` and the figures."""
    document: dict[str, Any] = {
        "exit_code": exit_code(words),
        "counts": dict(Counter(happening.kind for happening in words.happenings)),
        "happenings": [_as_plain(happening) for happening in words.happenings],
        "unchanged": words.unchanged,
        "follows_host": words.follows_host,
        "source": words.source,
        "reasons": list(words.reasons),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)


def _as_plain(happening: Happening) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "kind": happening.kind,
        "subject": happening.subject,
        "sentence": happening.sentence,
        "about_people": happening.about_people,
    }
    if happening.held is not None:
        login = happening.held.last_login
        plain["mailbox"] = {
            "bytes": happening.held.bytes_used,
            "messages": happening.held.messages,
            "last_login": datetime.fromtimestamp(login, tz=UTC).isoformat() if login else None,
        }
    if happening.not_reachable:
        plain["mailbox"] = "not reachable"
    if happening.parts:
        plain["parts"] = list(happening.parts)
    return plain
