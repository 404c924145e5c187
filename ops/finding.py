"""One finding of `mailstead doctor`."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was looked at.

    Attributes:
        name: What was looked at.
        ok: Whether it is as it should be.
        found: What was found, in one sentence.
        mend: The command or the step that mends it; empty when nothing has to be mended.
    """

    name: str
    ok: bool
    found: str
    mend: str = ""
