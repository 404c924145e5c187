"""What the Python packages of the real providers say about a class: argument names, types, which are required."""

from __future__ import annotations

import collections.abc
import enum
import inspect
import types
import typing
from typing import Any

import pulumi
from pulumi import _types as pulumi_types

_PRIMITIVES = {str: "string", bool: "boolean", int: "integer", float: "number"}


def inputs_of(arguments_class: type) -> dict[str, tuple[str, bool]]:
    """The inputs of an `…Args` class: camelCase name → (type in the tables' words, is required)."""
    names = pulumi_types.input_type_py_to_pulumi_names(arguments_class)
    hints = _hints(arguments_class.__init__)
    parameters = inspect.signature(arguments_class.__init__).parameters
    return {
        names.get(python_name, python_name): (_word(hints[python_name]), parameter.default is parameter.empty)
        for python_name, parameter in parameters.items()
        if python_name not in {"self", "__self__"}
    }


def nested_classes(arguments_class: type) -> dict[str, type]:
    """Every `…Args` class an `…Args` class mentions, directly or through others, by its name without `Args`."""
    found: dict[str, type] = {}
    waiting = [arguments_class]
    while waiting:
        for hint in _hints(waiting.pop().__init__).values():
            for candidate in _classes_in(hint):
                name = candidate.__name__.removesuffix("Args")
                if name not in found:
                    found[name] = candidate
                    waiting.append(candidate)
    return found


def outputs_of(resource_class: type[pulumi.CustomResource]) -> set[str]:
    """Every property the engine may hand back for a resource class, in camelCase."""
    return set(pulumi_types.resource_pulumi_to_py_names(resource_class))


def arguments_of(function: Any) -> dict[str, str]:
    """The arguments of a data source's function in camelCase with their types."""
    hints = _hints(function)
    return {_camel(name): _word(hints[name]) for name in inspect.signature(function).parameters if name != "opts"}


def _camel(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(word.capitalize() for word in rest)


def _hints(function: Any) -> dict[str, Any]:
    # pulumi.Input refers to Output by name only.
    return typing.get_type_hints(function, localns={"Output": pulumi.Output, "T": Any})


def _unwrapped(hint: Any) -> Any:
    """The value type within Input[…] and Optional[…]."""
    while typing.get_origin(hint) in {typing.Union, types.UnionType}:
        arms = [
            arm
            for arm in typing.get_args(hint)
            if arm is not type(None)
            and typing.get_origin(arm) not in {collections.abc.Awaitable, pulumi.Output}
            and not (isinstance(arm, type) and arm.__name__.endswith("ArgsDict"))
        ]
        hint = arms[0]
    return hint


def _word(hint: Any) -> str:
    hint = _unwrapped(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin is collections.abc.Sequence:
        return f"[{_word(arguments[0])}]"
    if origin is collections.abc.Mapping:
        return f"{{{_word(arguments[1])}}}"
    if isinstance(hint, type) and issubclass(hint, enum.Enum):
        return "string"
    if hint is Any:
        return "any"
    return _PRIMITIVES.get(hint) or hint.__name__.removesuffix("Args")


def _classes_in(hint: Any) -> list[type]:
    hint = _unwrapped(hint)
    if isinstance(hint, type) and hint.__name__.endswith("Args"):
        return [hint]
    return [found for argument in typing.get_args(hint) for found in _classes_in(argument)]
