"""Words for problems: what was probably meant, and how to show what was written."""

import difflib
from collections.abc import Iterable
from typing import Final

_LONGEST_SHOWN: Final = 60


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """Find the known word that was probably meant; None when none is near."""
    near = difflib.get_close_matches(word[:_LONGEST_SHOWN].lower(), sorted(known), n=1, cutoff=0.6)
    return near[0] if near else None


def unknown_key(word: str, known: Iterable[str]) -> str:
    """Say that a key is unknown and what to do about it."""
    known = tuple(known)
    meant = did_you_mean(word, known)
    advice = f"did you mean {meant}?" if meant else f"known are {', '.join(known)}"
    return f"key {shown(word)} is unknown; {advice}"


def shown(value: str) -> str:
    """Show a value inside a sentence: visible, on one line, not too long."""
    if not value:
        return '""'
    short = value if len(value) <= _LONGEST_SHOWN else f"{value[:_LONGEST_SHOWN]}…"
    return short if short.isprintable() and short.strip() == short else ascii(short)
