"""From the text that the engine gives to a value: a text, a whole number, true or false, a list."""

import json
import re
from dataclasses import dataclass
from typing import Any, Final, Literal, cast

import yaml

from core.suggestions import shown

Value = str | int | bool | tuple[str, ...] | tuple[int, ...]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """What sort of value a key takes."""

    of: Literal["text", "number", "choice", "texts", "sizes"]
    text: str
    """What to call it in a table."""


_KINDS: Final[dict[Any, Kind]] = {
    str: Kind(of="text", text="text"),
    int: Kind(of="number", text="whole number"),
    bool: Kind(of="choice", text="true or false"),
    tuple[str, ...]: Kind(of="texts", text="list of texts"),
    tuple[int, int]: Kind(of="sizes", text="list of two whole numbers"),
}


def kind_of(annotation: object) -> Kind:
    """Find the kind that belongs to a field's type."""
    return _KINDS[annotation]


def written(value: object) -> str:
    """Write a value as it stands in a stack file."""
    if isinstance(value, tuple):
        return f"[{', '.join(map(str, cast('tuple[object, ...]', value)))}]"
    return str(value).lower() if isinstance(value, bool) else str(value)


def read_value(raw: str, kind: Kind) -> Value:
    """Turn the engine's text into a value.

    Args:
        raw: A scalar's text as it is, or a structure as JSON; a list written by hand may be YAML's ``[a, b]``.
        kind: What is expected.

    Raises:
        ValueError: ``<value> <why not>; <what to do>``.
    """
    if kind.of == "texts":
        return tuple(_text_item(item) for item in _items(raw, "[example.com]"))
    if kind.of == "sizes":
        return _sizes(raw)
    if raw[:1] + raw[-1:] in {"{}", "[]"}:
        # Not shown: it may be a secret that stands here by mistake.
        raise ValueError(f"is a structure and not a {'text' if kind.of == 'text' else kind.text}; write one value")
    if kind.of == "number":
        return _number(raw)
    if kind.of == "choice":
        return _choice(raw)
    return raw


def _number(raw: str) -> int:
    if not re.fullmatch(r"-?[0-9]{1,9}", raw, re.ASCII):
        raise ValueError(f"{shown(raw)} is not a whole number; write digits only")
    return int(raw)


def _choice(raw: str) -> bool:
    if raw.lower() not in {"true", "false"}:
        raise ValueError(f"{shown(raw)} is neither true nor false; write true or false")
    return raw.lower() == "true"


def _sizes(raw: str) -> tuple[int, ...]:
    items = _items(raw, "[50, 50]")
    if len(items) != 2:
        raise ValueError(f"has {len(items)} sizes; write two, for mail and for backups: [50, 50]")
    return tuple(_number(str(item)) for item in items)


def _text_item(item: object) -> str:
    if not isinstance(item, str):
        raise ValueError(f"{shown(str(item))} is not a text; put it in quotes")  # noqa: TRY004 — about input
    return item


def _items(raw: str, example: str) -> list[object]:
    try:
        # YAML holds JSON, and takes the [a, b] of somebody who typed it on a command line.
        value: Any = json.loads(raw) if raw.startswith('["') else yaml.safe_load(raw)
    except (ValueError, yaml.YAMLError, RecursionError):
        value = None
    if not isinstance(value, list):
        raise ValueError(f"{shown(raw)} is not a list; write {example}")  # noqa: TRY004 — about input
    return cast("list[object]", value)
