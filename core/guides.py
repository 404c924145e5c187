"""Guides for the people of a domain: a template becomes the text that somebody is sent.

A template is Markdown that can be read as it is. Three things in it are filled in or taken out:

- a placeholder, ``<DOMAIN>``: capitals between angle brackets;
- a part that only some get: from a line ``<!-- only with pop3 -->`` to the next line ``<!-- end -->``; or one line that
  holds the mark itself, as a row of a table does, which no line of its own may interrupt;
- a link to another file of the repository, which whoever is sent the text has not.
"""

import re
from collections.abc import Collection, Mapping
from typing import Final

from core.desired import DesiredState
from core.errors import RefusedError
from core.people import PROTOCOLS

IN_THE_TEMPLATE: Final = "template"
"""Mark of what stands in the template only; nobody ever has it."""

_PLACEHOLDER: Final = re.compile(r"<([A-Z][A-Z_]*)>")
_MARK: Final = re.compile(r" ?<!-- only with ([a-z0-9]+) -->")
_END: Final = "<!-- end -->"
_LINK: Final = re.compile(r"\[([^\]\n]+)\]\(([^)\s]+)\)")
_EMPTY_LINES: Final = re.compile(r"\n{3,}")


def rendered(
    template: str, *, name: str, values: Mapping[str, str], has: Collection[str], beside: Collection[str]
) -> str:
    """Fill a template in.

    Args:
        template: Its text.
        name: Its name, for errors.
        values: What to write for each placeholder, by its name without the brackets.
        has: The marks whose parts stay: protocols that the reader may use.
        beside: Base names of the files that lie in the same folder once they are rendered; links to them stay.

    Raises:
        RefusedError: A placeholder would be left, or a mark is wrong; nobody is sent such a text.
    """
    text = _relinked(_parts(template, name=name, has=has), beside)
    for key, value in values.items():
        text = text.replace(f"<{key}>", value)
    if left := sorted(set(_PLACEHOLDER.findall(text))):
        raise RefusedError(f"guide {name} asks for {', '.join(f'<{key}>' for key in left)}, which nobody has said")
    return _EMPTY_LINES.sub("\n\n", text).strip() + "\n"


def protocols_of(state: DesiredState, domain: str) -> frozenset[str]:
    """Say which of ``PROTOCOLS`` anybody of a domain may use; all of them as long as nobody is there."""
    people = [mailbox for mailbox in state.mailboxes if mailbox.domain == domain and mailbox.active]
    return frozenset(one for mailbox in people for one in mailbox.protocols) if people else frozenset(PROTOCOLS)


def _parts(template: str, *, name: str, has: Collection[str]) -> str:
    """Take out what the reader has not; checks every mark, also those of parts that go."""
    kept: list[str] = []
    inside: str | None = None
    for number, line in enumerate(template.splitlines(), start=1):
        mark = _MARK.search(line)
        if mark and mark[1] not in {*PROTOCOLS, IN_THE_TEMPLATE}:
            raise RefusedError(f"guide {name}, line {number}: nobody can have {mark[1]}; known are {_known()}")
        opens = mark is not None and not _MARK.sub("", line).strip()
        if (opens and inside) or (line.strip() == _END and not inside):
            raise RefusedError(
                f"guide {name}, line {number}: a part begins inside another, or ends without having begun"
            )
        if opens and mark:
            inside = mark[1]
        elif line.strip() == _END:
            inside = None
        elif (inside is None or inside in has) and (mark is None or mark[1] in has):
            kept.append(_MARK.sub("", line))
    if inside:
        raise RefusedError(f"guide {name}: the part for {inside} has no end; write {_END} on a line of its own")
    return "\n".join(kept)


def _relinked(text: str, beside: Collection[str]) -> str:
    """Keep links to the web and to files beside this one; of others, only their words."""

    def new(link: re.Match[str]) -> str:
        words, target = link[1], link[2]
        if "://" in target or target.startswith(("#", "mailto:")):
            return link[0]
        file, _, place = target.partition("#")
        base = file.rsplit("/", maxsplit=1)[-1]
        return f"[{words}]({base}{'#' if place else ''}{place})" if base in beside else words

    return _LINK.sub(new, text)


def _known() -> str:
    return ", ".join((*PROTOCOLS, IN_THE_TEMPLATE))
