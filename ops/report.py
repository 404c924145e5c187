"""Prints what was found out: as text for people, as JSON for machines."""

import json
from collections.abc import Sequence
from dataclasses import asdict

from rich.console import Console
from rich.text import Text

from core.free_tier import budget, budget_table
from core.settings import ConfigKey, Settings
from ops.finding import Finding


def print_findings(findings: Sequence[Finding], console: Console) -> None:
    """Print what the doctor found, one line each, and under it what mends it."""
    for finding in findings:
        console.print(f"{'ok  ' if finding.ok else 'MEND'}  {finding.name}: {finding.found}")
        if finding.mend:
            console.print(f"      {finding.mend}", style="yellow")


def print_config_keys(keys: Sequence[ConfigKey], console: Console) -> None:
    """Print the config keys, each name whole and alone on its line: it is there to be copied."""
    for key in keys:
        required = key.default_text.startswith("required")
        default = key.default_text if required else f"default: {key.default_text}"
        console.print(Text(key.name, style="bold").append(f"  ({key.type_text}; {default})", style="default"))
        console.print(f"    {key.meaning}")


def print_budget(settings: Settings, console: Console) -> None:
    """Print the plan beside the allowance."""
    rows = budget(settings)
    if not rows:
        console.print("Nothing is asked of the cloud: the server is there already (host: existing).")
        return
    console.print(budget_table(rows))
    if settings.allow_paid and not all(row.ok for row in rows):
        console.print("allow_paid is set: what is beyond will be paid for.", style="yellow")


def budget_as_json(settings: Settings) -> str:
    """Give the plan beside the allowance as JSON: ``allow_paid`` and ``rows``."""
    rows = [{**asdict(row), "ok": row.ok} for row in budget(settings)]
    return json.dumps({"allow_paid": settings.allow_paid, "rows": rows}, indent=2)
