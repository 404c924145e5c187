"""How a check of DNS is told: a line for each record, and under it what is wrong and what to do."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any, Final

from rich.console import Console

from core.dns_finding import Finding, Verdict, failing, unasked

_MARKS: Final[Mapping[Verdict, tuple[str, str]]] = {
    "right": ("right  ", "green"),
    "weak": ("weak   ", "yellow"),
    "unknown": ("unknown", "yellow"),
    "wrong": ("WRONG  ", "red"),
    "missing": ("MISSING", "red"),
}
_LONGEST: Final = 100
_INDENT: Final = " " * 9


def print_check(findings: Sequence[Finding], console: Console) -> None:
    """Print every finding: verdict, type, name; where it is not right, both values, and what to do."""
    types, names = (max((len(getattr(one, key)) for one in findings), default=0) for key in ("type", "name"))
    for one in findings:
        mark, style = _MARKS[one.verdict]
        better = one.verdict in {"wrong", "missing"} and not one.required
        console.print(
            f"{mark.lower() if better else mark}  {one.type:{types}}  {one.name:{names}}"
            f"  {'required' if one.required else 'recommended'}",
            style="yellow" if better else style,
        )
        for flaw in one.flaws:
            console.print(f"{_INDENT}{flaw.message}")
            console.print(f"{_INDENT}→ {flaw.to_do}")
        if one.verdict not in {"right", "unknown"} and one.type not in {"NS", "TLS"}:
            console.print(f"{_INDENT}expected: {_short(one.expected)}", style="dim")
            console.print(f"{_INDENT}found:    {_short(' | '.join(one.found)) or 'nothing'}", style="dim")
    console.print(summary(findings))


def summary(findings: Sequence[Finding]) -> str:
    """Say in one line how it stands."""
    wrong, unheard = len(failing(findings)), len(unasked(findings))
    counted = Counter(one.verdict for one in findings)
    if not wrong and not unheard:
        rest = sum(number for verdict, number in counted.items() if verdict != "right")
        return f"Everything required is right.{f' {rest} recommended or weak could be better.' if rest else ''}"
    told = [f"{wrong} required wrong or missing"] * bool(wrong) + [f"{unheard} could not be asked"] * bool(unheard)
    return f"Not right yet: {', '.join(told)}, {counted['right']} of {len(findings)} right."


def as_json(findings: Sequence[Finding]) -> list[dict[str, Any]]:
    """Give findings for machines: each record with its verdict, both values and its flaws."""
    return [{**asdict(one), "verdict": one.verdict} for one in findings]


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[:60]}…{text[-30:]}"
