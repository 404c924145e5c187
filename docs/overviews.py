"""Pages that list files: the guides with what is filled in, the decisions with their dates."""

import re
from collections.abc import Iterator
from pathlib import Path

from core.people import PROTOCOLS
from docs.tables import table
from ops.guides import CHECKLIST, DOCS, GUIDES

_EXPLANATION = DOCS / "explanation"


def guides(made: str) -> str:
    """Write the reference of guides.

    Args:
        made: The line that says what it is made from.
    """
    return (
        f"# Guides\n\n{made}\n"
        "What `mailstead guides` writes, from which template, with what filled in, "
        "and for which protocols there are parts that are left out where nobody may use them.\n\n"
        f"{table(('template', 'what it is', 'filled in', 'parts for'), _guides())}\n"
        "A part begins with a line `<!-- only with pop3 -->` and ends with `<!-- end -->`; "
        "in a table the mark stands at the end of its row.\n"
        f"Marks: {', '.join(f'`{one}`' for one in PROTOCOLS)}, and `template` for what is never sent.\n"
        "How to use them: [guides for your people](../how-to/guides.md).\n"
    )


def _guides() -> Iterator[tuple[str, ...]]:
    for guide in (*GUIDES, CHECKLIST):
        text = (DOCS / guide).read_text(encoding="utf-8")
        filled = dict.fromkeys(re.findall(r"<[A-Z_]+>", text))
        parts = dict.fromkeys(re.findall(r"<!-- only with (\w+) -->", text))
        yield (
            f"[`{guide}`](../{guide})",
            _title(text),
            ", ".join(f"`{one}`" for one in filled),
            ", ".join(one for one in parts if one in PROTOCOLS),
        )


def decisions(made: str) -> str:
    """Write the list of decisions.

    Args:
        made: The line that says what it is made from.
    """
    return (
        f"# Decisions\n\n{made}\n"
        "What was decided, when, and why; each is short.\n"
        "A decision that no longer holds stays, and names its successor.\n\n"
        f"{table(('decision', 'date', 'status'), _decisions())}"
    )


def _decisions() -> Iterator[tuple[str, ...]]:
    for file in sorted((DOCS / "adr").glob("*.md")):
        text = file.read_text(encoding="utf-8")
        said = re.search(r"^Date: (\S+)\. Status: (.+)\.$", text, re.MULTILINE)
        yield (f"[{_title(text)}]({_from_here(file)})", *(said.groups() if said else ("", "")))


def _title(text: str) -> str:
    return text.splitlines()[0].removeprefix("# ")


def _from_here(file: Path) -> str:
    return f"../{file.relative_to(_EXPLANATION.parent)}"
