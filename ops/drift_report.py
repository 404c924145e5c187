"""Prints what differs between the list and the servers: as text for people, as JSON for machines."""

import json
from collections import Counter
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console

from core.drift import FindingKind
from core.names import PROJECT, stack_file
from ops.drift import Advice, Drift
from ops.figures import count, listing

EXIT_NONE: Final = 0
EXIT_DIFFERS: Final = 10

_HEADS: Final[dict[FindingKind, str]] = {
    "missing": "Missing on the server",
    "changed": "Changed on the server",
    "unknown": "Not in the list, made by hand",
    "left_over": "Not in the list, and with this stack's mark",
}


def exit_code(drift: Drift) -> int:
    """Say by a number whether anything differs."""
    return EXIT_DIFFERS if drift.advice else EXIT_NONE


def print_drift(drift: Drift, console: Console, *, stack: str, adopts: bool) -> None:
    """Print the findings by sort, each with what to do.

    Args:
        drift: What was found.
        console: Where to.
        stack: The stack's name.
        adopts: Whether the stack takes over already what nobody has marked.
    """
    looked_at = f"{count(drift.mailboxes, 'mailbox', 'mailboxes')} of the list on {listing(drift.hostnames)}"
    if not drift.advice:
        console.print(f"No drift: {looked_at} are as the list says, and nothing else is there.")
        return
    for kind, head in _HEADS.items():
        of_kind = [advice for advice in drift.advice if advice.finding.kind == kind]
        if of_kind:
            console.print(f"{head} ({len(of_kind):,}):", style="bold")
        for advice in of_kind:
            _print(advice, console)
        if of_kind and kind == "unknown" and not adopts:
            console.print(
                f"  To take something over, {stack_file(stack)} has to say {PROJECT}:adopt: true in that update."
            )
    console.print(f"Compared: {looked_at}.")


def _print(advice: Advice, console: Console) -> None:
    finding = advice.finding
    holds = f" ({advice.holds})" if advice.holds else ""
    console.print(f"  {finding.what} {finding.name}{holds}")
    for one in finding.differences:
        console.print(f"      {one.field}: in the list {one.wanted}; on the server {one.found}")
    for what, told in (("mend", advice.mend), ("take over", advice.adopt), ("or remove", advice.remove)):
        if told:
            console.print(f"      {what}: {told}", style="yellow")


def as_json(drift: Drift) -> str:
    """Give the same as JSON: ``findings``, ``counts`` by kind, ``exit_code``, ``mailboxes``, ``servers``."""
    findings: list[dict[str, Any]] = []
    for advice in drift.advice:
        told = {"holds": advice.holds, "mend": advice.mend, "adopt": advice.adopt, "remove": advice.remove}
        findings.append({**asdict(advice.finding), **{key: value for key, value in told.items() if value}})
    document = {
        "exit_code": exit_code(drift),
        "counts": dict(Counter(advice.finding.kind for advice in drift.advice)),
        "findings": findings,
        "mailboxes": drift.mailboxes,
        "servers": list(drift.hostnames),
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
