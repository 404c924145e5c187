"""The tables of resource classes: which arguments a class knows, what is wrong with given ones, what changed."""

from __future__ import annotations

import difflib
import json
import re
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING, Any

import yaml
from pulumi.provider.experimental.provider import PropertyDiffKind

from lab.plugins.values import UNKNOWN, is_asset

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

_PRIMITIVES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
}


@dataclass(frozen=True)
class Field:
    """One argument of a class or of a nested object."""

    type: str
    """string, boolean, integer, number, any, asset, `[type]`, `{type}` or the name of a nested type."""
    required: bool = False
    replaces: bool = False
    """A change of it replaces the resource (ForceNew)."""
    replacing_keys: frozenset[str] = frozenset()
    """Keys of a map whose change replaces the resource."""
    computed: bool = False
    """The cloud fills it in: leaving it out later is no change."""
    is_set: bool = False
    """A list whose order says nothing."""
    unsupported: bool = False
    """The stand-in refuses it rather than ignoring it."""


@dataclass(frozen=True)
class ResourceClass:
    """The arguments of one resource class or data source."""

    token: str
    inputs: Mapping[str, Field]
    types: Mapping[str, Mapping[str, Field]] = field(default_factory=dict[str, "Mapping[str, Field]"])
    outputs: tuple[str, ...] = ()
    """What is known only once it is made, unless it was given."""


@dataclass(frozen=True)
class Problem:
    """What is wrong with one argument, by its path."""

    path: str
    reason: str


@dataclass(frozen=True)
class Difference:
    """How one argument differs between what is recorded and what is asked for."""

    path: str
    kind: PropertyDiffKind

    @property
    def replaces(self) -> bool:
        return self.kind.name.endswith("_REPLACE")


@cache
def load_classes(file: Path) -> Mapping[str, ResourceClass]:
    """The classes that a table file describes, by token."""
    document = yaml.safe_load(file.read_text(encoding="utf-8"))
    return {
        token: ResourceClass(
            token=token,
            inputs=_fields(body["inputs"]),
            types={name: _fields(lines) for name, lines in body.get("types", {}).items()},
            outputs=tuple(body.get("outputs", "").split()),
        )
        for token, body in document.items()
    }


def _fields(lines: Mapping[str, str]) -> dict[str, Field]:
    return {name: parse_field(line) for name, line in lines.items()}


def parse_field(line: str) -> Field:
    """Read one line of a table, such as `string, required, replaces`."""
    type_, *words = [word.strip() for word in line.split(",")]
    replacing_keys: frozenset[str] = frozenset()
    plain: set[str] = set()
    for word in words:
        if word.startswith("replaces on "):
            replacing_keys = frozenset(word.split()[2:])
        elif word in {"required", "replaces", "computed", "set", "unsupported"}:
            plain.add(word)
        else:
            raise ValueError(f"table line {line!r} has the unknown word {word!r}")
    return Field(
        type=type_,
        required="required" in plain,
        replaces="replaces" in plain,
        replacing_keys=replacing_keys,
        computed="computed" in plain,
        is_set="set" in plain,
        unsupported="unsupported" in plain,
    )


def problems(resource_class: ResourceClass, inputs: Mapping[str, Any]) -> list[Problem]:
    """Everything wrong with the names and types of a resource's inputs; unknown values pass."""
    return list(_object_problems(resource_class, resource_class.inputs, inputs, ""))


def _object_problems(
    owner: ResourceClass, fields: Mapping[str, Field], values: Mapping[str, Any], prefix: str
) -> Iterator[Problem]:
    for name, value in values.items():
        if value is None:
            continue
        if name not in fields:
            close = difflib.get_close_matches(name, fields, n=1)
            advice = f'; did you mean "{close[0]}"?' if close else ""
            yield Problem(prefix + name, f'argument "{prefix + name}" is not known to {owner.token}{advice}')
            continue
        if fields[name].unsupported and value not in (False, [], {}):
            reason = f'argument "{prefix + name}" of {owner.token} is real, but the lab does not provide it'
            yield Problem(prefix + name, reason)
            continue
        yield from _value_problems(owner, fields[name].type, value, prefix + name)
    for name, spec in fields.items():
        if spec.required and values.get(name) is None:
            reason = (
                f'Missing required argument: The argument "{prefix + name}" is required, but no definition was found.'
            )
            yield Problem(prefix + name, reason)


def _value_problems(owner: ResourceClass, type_: str, value: Any, path: str) -> Iterator[Problem]:
    if value == UNKNOWN or type_ == "any":
        return
    wrong = _kind_problem(type_, value, path)
    if wrong:
        yield Problem(path, wrong)
        return
    if type_.startswith("["):
        for number, item in enumerate(value):
            yield from _value_problems(owner, type_[1:-1], item, f"{path}[{number}]")
    elif type_.startswith("{"):
        for key, item in value.items():
            yield from _value_problems(owner, type_[1:-1], item, f"{path}.{key}")
    elif type_ in owner.types:
        yield from _object_problems(owner, owner.types[type_], value, f"{path}.")


def _kind_problem(type_: str, value: Any, path: str) -> str:
    """Why a value cannot be of a type at all; empty when it can."""
    if type_ == "asset":
        return "" if is_asset(value) else f'argument "{path}" takes an asset or an archive'
    if type_ in _PRIMITIVES:
        fits = isinstance(value, _PRIMITIVES[type_]) and isinstance(value, bool) == (type_ == "boolean")
        return "" if fits else f'argument "{path}" takes a {type_}, not {json.dumps(value, default=str)}'
    if type_.startswith("["):
        return "" if isinstance(value, list) else f'argument "{path}" takes a list'
    return "" if isinstance(value, dict) else f'argument "{path}" takes an object'


def differences(
    resource_class: ResourceClass, recorded: Mapping[str, Any], wanted: Mapping[str, Any]
) -> list[Difference]:
    """What differs between the recorded properties of a resource and its new inputs, argument by argument."""
    found: list[Difference] = []
    _compare_objects(resource_class, resource_class.inputs, recorded, wanted, _Place("", replaces=False, found=found))
    return found


@dataclass(frozen=True)
class _Place:
    """Where a comparison stands, and where it puts what it finds."""

    path: str
    replaces: bool
    found: list[Difference]

    def at(self, step: str, *, replaces: bool) -> _Place:
        return _Place(self.path + step, replaces=self.replaces or replaces, found=self.found)

    def differs(self, word: str) -> None:
        kind = PropertyDiffKind[f"{word}_REPLACE" if self.replaces else word]
        self.found.append(Difference(self.path, kind))


def _compare_objects(
    owner: ResourceClass,
    fields: Mapping[str, Field],
    recorded: Mapping[str, Any],
    wanted: Mapping[str, Any],
    place: _Place,
) -> None:
    for name, spec in fields.items():
        step = f".{name}" if place.path else name
        old, new = recorded.get(name), wanted.get(name)
        if new is None and spec.computed:
            continue
        _compare(owner, spec, old, new, place.at(step, replaces=spec.replaces))


def _compare(owner: ResourceClass, spec: Field, old: Any, new: Any, place: _Place) -> None:
    if _same(old, new):
        return
    if old is None or new is None:
        # To a provider of this kind an argument that was not given and an empty one are the same.
        if (new if old is None else old) in (False, 0, "", [], {}):
            return
        place.differs("ADD" if old is None else "DELETE")
    elif spec.is_set and isinstance(old, list) and isinstance(new, list):
        _compare_sets(old, new, place)  # pyright: ignore[reportUnknownArgumentType] -- JSON
    elif isinstance(old, list) and isinstance(new, list):
        inner = Field(type=spec.type[1:-1])
        for number in range(max(len(old), len(new))):  # pyright: ignore[reportUnknownArgumentType]
            pair = [side[number] if number < len(side) else None for side in (old, new)]  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
            _compare(owner, inner, pair[0], pair[1], place.at(f"[{number}]", replaces=False))
    elif isinstance(old, dict) and isinstance(new, dict):
        if spec.type.startswith("{"):
            inner = Field(type=spec.type[1:-1])
            for key in sorted({*old, *new}):  # pyright: ignore[reportUnknownArgumentType, reportUnknownVariableType]
                step = place.at(f".{key}", replaces=key in spec.replacing_keys)
                _compare(owner, inner, old.get(key), new.get(key), step)  # pyright: ignore[reportUnknownMemberType, reportUnknownArgumentType]
        else:
            _compare_objects(owner, owner.types[spec.type], old, new, place)  # pyright: ignore[reportUnknownArgumentType]
    else:
        place.differs("UPDATE")


def _compare_sets(old: Sequence[Any], new: Sequence[Any], place: _Place) -> None:
    gone = [number for number, item in enumerate(old) if not any(_same(item, other) for other in new)]
    come = [number for number, item in enumerate(new) if not any(_same(item, other) for other in old)]
    for number in sorted({*gone, *come}):
        word = "UPDATE" if number in gone and number in come else "DELETE" if number in gone else "ADD"
        place.at(f"[{number}]", replaces=False).differs(word)
    if not gone and not come and len(old) != len(new):
        place.differs("UPDATE")


def _same(old: Any, new: Any) -> bool:
    """Equal as the cloud sees it: null and absent are one, order of keys says nothing."""
    return _canonical(old) == _canonical(new)


def _canonical(value: Any) -> str:
    return re.sub(r"(?<=\d)\.0\b", "", json.dumps(_without_nulls(value), sort_keys=True, default=str))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    return value
