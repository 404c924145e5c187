"""A preview as Markdown, for a comment on a pull request: a table by person, machines folded away."""

from collections.abc import Iterable, Iterator
from typing import Final

from ops.figures import count
from ops.happening import Happening, Kind
from ops.preview_report import FROM_THE_LIST, figures, shown
from ops.words import Words

_WORDS: Final[dict[Kind, str]] = {
    "refused": "**refused**",
    "deletes": "**deleted**",
    "recreates": "**made again, empty**",
    "closes": "**closed**",
    "replaces": "replaced",
    "reopens": "reopened",
    "changes": "changed",
    "adds": "new",
}
_MARKDOWN: Final = str.maketrans({character: f"\\{character}" for character in "\\`*_[]<>|#"})


def marker(stack: str) -> str:
    """Give the line by which a bot finds the comment that it wrote before, to write this one over it."""
    return f"<!-- mailstead preview of stack {stack} -->"


def as_markdown(words: Words, *, stack: str) -> str:
    """Write a preview.

    Args:
        words: The preview.
        stack: Whose it is.
    """
    people = [happening for happening in words.happenings if happening.about_people]
    machines = [happening for happening in words.happenings if not happening.about_people]
    return (
        "\n".join(
            [
                marker(stack),
                f"### Mail: what `mailstead up` would do to stack {_text(stack)}",
                "",
                *_reasons(words),
                *_table(people),
                *_machines(machines),
                *figures(words),
            ]
        ).rstrip()
        + "\n"
    )


def _reasons(words: Words) -> Iterator[str]:
    if not words.reasons:
        return
    yield "**The preview failed, so this cannot be done:**"
    yield ""
    yield from (f"- {_text(reason)}" for reason in words.reasons)
    yield ""
    if words.happenings:
        yield FROM_THE_LIST
        yield ""


def _table(people: Iterable[Happening]) -> Iterator[str]:
    rows = list(shown(people))
    if not rows:
        return
    yield "| who | | what happens |"
    yield "| --- | --- | --- |"
    for one in rows:
        if isinstance(one, Happening):
            yield f"| {_text(one.subject)} | {_WORDS[one.kind]} | {_text(one.sentence)} |"
        else:
            kind, more = one
            yield f"| … | {_WORDS[kind]} | and {more:,} more of the kind |"
    yield ""


def _machines(machines: Iterable[Happening]) -> Iterator[str]:
    found = list(machines)
    if not found:
        return
    parts = [part for happening in found for part in happening.parts]
    yield from (f"- {_text(one.subject)} {_text(one.sentence)}" for one in found)
    yield ""
    yield f"<details><summary>{count(len(parts), 'resource')} of machines</summary>"
    yield ""
    yield from (f"- {_text(part)}" for part in parts)
    yield ""
    yield "</details>"
    yield ""


def _text(text: str) -> str:
    """Show text as it is, whatever stands in it: addresses and names are other people's words."""
    return " ".join(text.split()).translate(_MARKDOWN)
