"""Lists of ``tag=value;``, which DKIM, DMARC, MTA-STS and TLS reports are written in (RFC 6376, 3.2)."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class TagList:
    """What was read of one record."""

    tags: dict[str, str]
    """By the tag's name as it was written, in the record's order; blanks around values are no part of them."""
    mistakes: tuple[str, ...]

    def first(self) -> tuple[str, str]:
        """Give the first tag with its value; both empty where there is none."""
        return next(iter(self.tags.items()), ("", ""))


def read_tags(text: str) -> TagList:
    """Read a list; what is no tag is left out and named."""
    tags: dict[str, str] = {}
    mistakes: list[str] = []
    for part in text.split(";"):
        if not part.strip():
            continue
        name, equals, value = (piece.strip() for piece in part.partition("="))
        if not equals:
            mistakes.append(f"{part.strip()[:40]!r} is no tag=value")
        elif name in tags:
            mistakes.append(f"{name}= stands there twice")
        else:
            tags[name] = value
    return TagList(tags=tags, mistakes=tuple(mistakes))
