"""Prints a preview's words: as text for people, as JSON for machines."""

import json
from collections import Counter
from typing import Any

from rich.console import Console
from rich.text import Text

from ops.words import Happening, Kind, Words

_MARKS: dict[Kind, tuple[str, str]] = {
    "adds": ("+", "green"),
    "changes": ("~", "yellow"),
    "closes": ("-", "yellow"),
    "deletes": ("-", "bold red"),
    "recreates": ("!", "bold red"),
    "replaces": ("±", "bold magenta"),
}


def print_words(words: Words, console: Console) -> None:
    """Print what would happen: people by name, machines by name, the rest as a figure."""
    if not words.happenings:
        console.print("Nothing changes.", end=" " if words.unchanged else "\n")
    for happening in words.happenings:
        console.print(_line(happening))
    if words.follows_host:
        console.print(f"  {words.follows_host} resources of people follow their host and stay as they are.")
    console.print(f"{words.unchanged} resources stay as they are.")


def _line(happening: Happening) -> Text:
    mark, colour = _MARKS[happening.kind]
    return Text(f"  {mark} ", style=colour).append(f"{happening.subject} {happening.sentence}", style="default")


def as_json(words: Words) -> str:
    """Give the same as JSON: ``happenings``, ``unchanged``, ``follows_host``, ``counts`` by kind."""
    document: dict[str, Any] = {
        "happenings": [
            {
                "kind": happening.kind,
                "subject": happening.subject,
                "sentence": happening.sentence,
                "about_people": happening.about_people,
            }
            for happening in words.happenings
        ],
        "unchanged": words.unchanged,
        "follows_host": words.follows_host,
        "counts": dict(Counter(happening.kind for happening in words.happenings)),
    }
    return json.dumps(document, indent=2)
