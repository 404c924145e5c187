"""The grammar of the list, walked through."""

from collections.abc import Iterator
from typing import Any

from core.list_keys import LIST_OF_PEOPLE
from core.list_shapes import ListOf, OneOrMore, Shape, ShortOr


def shapes_of(kind: Any = LIST_OF_PEOPLE) -> Iterator[Shape]:
    """Give every set of keys that the grammar knows, from the whole list down."""
    if isinstance(kind, Shape):
        yield kind
        for key in kind.keys:
            yield from shapes_of(key.kind)
    elif isinstance(kind, ListOf | OneOrMore):
        yield from shapes_of(kind.item)
    elif isinstance(kind, ShortOr):
        yield from shapes_of(kind.long)


def key_names() -> list[str]:
    """Give every word that may stand before a colon, each once."""
    return sorted({key.name for shape in shapes_of() for key in shape.keys})
