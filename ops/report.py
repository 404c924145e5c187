"""Prints what was found out: as text for people, as JSON for machines."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.text import Text

from core.free_tier import budget, budget_table
from core.settings import ConfigKey, Settings
from ops.doctor import Finding
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


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print what the doctor found, one line each, and under it what mends it."""
    for finding in findings:
        console.print(f"{'ok  ' if finding.ok else 'MEND'}  {finding.name}: {finding.found}")
        if finding.mend:
            console.print(f"      {finding.mend}", style="yellow")


def print_config_keys(keys: Sequence[ConfigKey], console: Console) -> None:
    """Print the config keys, each name whole and alone on its line: it is there to be copied."""
    for key in keys:
        default = key.default_text if key.default_text == "required" else f"default: {key.default_text}"
        console.print(Text(key.name, style="bold").append(f"  ({key.type_text}; {default})", style="default"))
        console.print(f"    {key.meaning}")


def print_budget(settings: Settings, console: Console) -> None:
    """Print the plan beside the allowance."""
    rows = budget(settings)
    console.print(budget_table(rows))
    if settings.allow_paid and not all(row.ok for row in rows):
        console.print("allow_paid is set: what is beyond will be paid for.", style="yellow")


def budget_as_json(settings: Settings) -> str:
    """Give the plan beside the allowance as JSON: ``allow_paid`` and ``rows``."""
    rows = [{**asdict(row), "ok": row.ok} for row in budget(settings)]
    return json.dumps({"allow_paid": settings.allow_paid, "rows": rows}, indent=2)
