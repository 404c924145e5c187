"""Values as the engine's wire hands them over: numbers as floats, unknowns as a marker, absent ones missing."""

from collections.abc import Iterable
from typing import Any, cast

from pulumi.dynamic import DiffResult
from pulumi.output import Unknown
from pulumi.runtime import rpc

Properties = dict[str, Any]
"""What the engine hands a provider and takes back: only JSON's types, and the marker of an unknown."""


def is_unknown(value: object) -> bool:
    """Tell whether a value is known only after the update; the marker may stand for any type.

    On the wire it is a text; the plugin hands ``check`` and ``diff`` an object instead.
    """
    return isinstance(value, Unknown) or value == rpc.UNKNOWN


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


def normal(news: Properties, *, lowered: Iterable[str] = (), sets: Iterable[str] = ()) -> Properties:
    """Bring new inputs into the form that is recorded and compared.

    Args:
        news: Inputs as the engine hands them over.
        lowered: Keys of texts that upper case makes no other.
        sets: Keys of lists of such texts whose order means nothing.
    """
    inputs: Properties = {key: whole(value) for key, value in news.items()}
    inputs |= {key: lower(inputs.get(key)) for key in lowered}
    return inputs | {key: lower_list(inputs.get(key)) for key in sets}


def difference(
    olds: Properties, news: Properties, *, identity: Iterable[str], edited: Iterable[str], delete_first: bool = False
) -> DiffResult:
    """Compare recorded outputs with new inputs.

    Args:
        olds: What is recorded.
        news: What is asked for.
        identity: Keys that make it another object.
        edited: Keys that the object keeps its identity with.
        delete_first: Another object comes only when the old one has gone.
    """
    replaced = changed(olds, news, identity)
    return DiffResult(
        changes=bool(replaced or changed(olds, news, edited)),
        replaces=replaced,
        delete_before_replace=delete_first,
    )


def changed(olds: Properties, news: Properties, keys: Iterable[str]) -> list[str]:
    """Return which keys differ between recorded outputs and new inputs; an unknown differs from everything."""
    return sorted(key for key in keys if is_unknown(news.get(key)) or whole(olds.get(key)) != whole(news.get(key)))


def recorded(properties: Properties, keys: Iterable[str]) -> Properties:
    """Return the given keys as they shall stand in the state: whole numbers, nothing of the plugin's own."""
    return {key: whole(properties[key]) for key in keys if properties.get(key) is not None}
