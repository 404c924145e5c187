"""Values as the engine's wire hands them over: numbers as floats, unknowns as a marker, absent ones missing."""

from collections.abc import Iterable
from typing import Any, cast

from pulumi.runtime import rpc

Properties = dict[str, Any]
"""What the engine hands a provider and takes back: only JSON's types, and the marker of an unknown."""


def is_unknown(value: object) -> bool:
    """Tell whether a value is known only after the update; the marker may stand for any type."""
    return value == rpc.UNKNOWN


def whole(value: Any) -> Any:
    """Return the int that became a float on the wire; anything else as it is."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def lower(value: Any) -> Any:
    """Return text in lower case; an unknown, which is not text, as it is."""
    return value.lower() if isinstance(value, str) and not is_unknown(value) else value


def lower_list(value: Any) -> Any:
    """Return texts in lower case, each once, sorted; an unknown as it is."""
    if isinstance(value, str) or not isinstance(value, Iterable):
        return value
    texts = [lower(text) for text in cast("Iterable[Any]", value)]
    return sorted(set(texts), key=str)


def changed(olds: Properties, news: Properties, keys: Iterable[str]) -> list[str]:
    """Return which keys differ between recorded outputs and new inputs; an unknown differs from everything."""
    return sorted(key for key in keys if is_unknown(news.get(key)) or whole(olds.get(key)) != whole(news.get(key)))


def recorded(properties: Properties, keys: Iterable[str]) -> Properties:
    """Return the given keys as they shall stand in the state: whole numbers, nothing of the plugin's own."""
    return {key: whole(properties[key]) for key in keys if properties.get(key) is not None}
