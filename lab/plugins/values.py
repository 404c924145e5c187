"""Between the engine's property values and plain Python values, where an unknown is a marker string."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pulumi
from pulumi.provider.experimental.property_value import PropertyValue
from pulumi.runtime import rpc

UNKNOWN: str = rpc.UNKNOWN
"""The engine's marker for a value that a preview cannot know. PropertyValue.computed cannot be sent (3.259)."""


def plain(properties: Mapping[str, PropertyValue] | None) -> dict[str, Any]:
    """Plain values of the engine's properties; secrets and dependencies are the engine's own business."""
    return {name: _plain(value) for name, value in (properties or {}).items()}


def properties(values: Mapping[str, Any]) -> dict[str, PropertyValue]:
    """The engine's properties of plain values; absent values (None) are left out."""
    return {name: _property(value) for name, value in values.items() if value is not None}


def is_asset(value: Any) -> bool:
    """Whether a plain value is an asset or an archive."""
    return isinstance(value, pulumi.Asset | pulumi.Archive)


def has_unknown(value: Any) -> bool:
    """Whether a plain value holds something that only `up` will know."""
    if isinstance(value, dict):
        return any(has_unknown(item) for item in value.values())  # pyright: ignore[reportUnknownVariableType] -- JSON
    if isinstance(value, list):
        return any(has_unknown(item) for item in value)  # pyright: ignore[reportUnknownVariableType]
    return value == UNKNOWN


def _plain(value: PropertyValue) -> Any:
    inner: Any = value.value
    if isinstance(inner, Mapping):
        return {str(key): _plain(item) for key, item in inner.items()}  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
    if isinstance(inner, Sequence) and not isinstance(inner, str):
        return [_plain(item) for item in inner]  # pyright: ignore[reportUnknownVariableType, reportUnknownArgumentType]
    if isinstance(inner, float) and inner.is_integer():
        return int(inner)  # numbers travel as doubles; the cloud's are mostly whole
    return inner


def _property(value: Any) -> PropertyValue:
    if isinstance(value, dict):
        inner: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]
        return PropertyValue({key: _property(item) for key, item in inner.items() if item is not None})
    if isinstance(value, list | tuple):
        items: list[Any] = list(value)  # pyright: ignore[reportUnknownArgumentType]
        return PropertyValue([_property(item) for item in items])
    if isinstance(value, int) and not isinstance(value, bool):
        return PropertyValue(float(value))
    return PropertyValue(value)
