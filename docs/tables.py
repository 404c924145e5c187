"""Tables in Markdown."""

import re
from collections.abc import Iterable, Sequence


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table; signs that Markdown or HTML would take for their own are escaped."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "".join(f"| {' | '.join(map(_cell, line))} |\n" for line in lines)


def _cell(text: str) -> str:
    # In a code span a backslash is shown, and < is safe there; | ends a cell even there.
    outside = re.split(r"(`[^`]*`)", text)
    return "".join(part if at % 2 else part.replace("<", "\\<") for at, part in enumerate(outside)).replace("|", "\\|")
