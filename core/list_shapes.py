"""Values made of others in the list of people: lists, and sets of keys that are read as one table says."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar, cast

import yaml

from core.list_kinds import Kind, Schema, Whose, one_of
from core.suggestions import did_you_mean, shown
from core.yaml_text import NodeReader, is_nothing, line_of

T = TypeVar("T")


@dataclass(frozen=True)
class ListOf(Generic[T]):
    """A list; what cannot be read is left out, and noted."""

    item: Kind[T]
    example: str
    what: str = ""
    """What to call one of them; else the key's name."""
    least: int = 0

    @property
    def words(self) -> str:
        return f"list of: {self.item.words}"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> tuple[T, ...] | None:
        nodes = reader.items(node, f"{what} {whose.of}".rstrip(), self.example)
        if isinstance(node, yaml.SequenceNode | yaml.ScalarNode) and len(node.value) < self.least:
            reader.note(node, f"{what} {whose.of} is empty; write for example {self.example}, or take the line out")
        read = (self.item.read(reader, item, self.what or what, whose) for item in nodes)
        return tuple(item for item in read if item is not None)

    def schema(self) -> Schema:
        kind: Schema = {"type": "array", "minItems": self.least} if self.least else {"type": ["array", "null"]}
        return {**kind, "items": self.item.schema()}


@dataclass(frozen=True)
class OneOrMore(Generic[T]):
    """One value, or a list of them, each once."""

    item: Kind[T]
    example: str

    @property
    def words(self) -> str:
        return f"{self.item.words}; or a list"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> tuple[T, ...] | None:
        if isinstance(node, yaml.SequenceNode):
            return ListOf(self.item, self.example, least=1).read(reader, node, what, whose)
        one = self.item.read(reader, node, what, whose)
        return None if one is None else (one,)

    def schema(self) -> Schema:
        one = self.item.schema()
        return {"anyOf": [one, {"type": "array", "items": one, "minItems": 1}]}


@dataclass(frozen=True)
class SomeOf:
    """Some of a few words; read in the order of these, whatever the list's."""

    choices: tuple[str, ...]

    @property
    def words(self) -> str:
        return f"list of: {', '.join(f'`{choice}`' for choice in self.choices)}"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> tuple[str, ...] | None:
        found = ListOf(one_of(*self.choices), f"[{', '.join(self.choices[:2])}]", least=1)
        read = found.read(reader, node, what, whose)
        return None if read is None else tuple(choice for choice in self.choices if choice in read)

    def schema(self) -> Schema:
        return {"type": "array", "items": {"enum": list(self.choices)}, "minItems": 1}


@dataclass(frozen=True, kw_only=True)
class Key(Generic[T]):
    """A word that may stand before a colon."""

    name: str
    kind: Kind[T]
    meaning: str
    """A sentence for editors and the reference."""
    default: str = ""
    """What holds when it is not there, for the reference; empty where that is nothing at all."""
    missing: str = ""
    """``has no name``: what to say of a set of keys that lacks it. Empty: it may be left out."""
    what: str = ""
    """What to call its value in a problem; else its name."""


class Values:
    """What was read from a set of keys."""

    def __init__(self, node: yaml.MappingNode, nodes: Mapping[str, yaml.Node], read: Mapping[str, object]) -> None:
        """Keep it.

        Args:
            node: The set.
            nodes: Each known key that is written, with its value's node.
            read: Each of them with its value, None where that could not be read.
        """
        self.node = node
        self.line = line_of(node)
        self.unknown_keys = len(nodes) < len(node.value)
        self._nodes = nodes
        self._read = read

    def get(self, key: Key[T]) -> T | None:
        """Give a key's value; None when it is not there or could not be read."""
        return cast("T | None", self._read.get(key.name))

    def has(self, key: Key[Any]) -> bool:
        """Say whether a key is written."""
        return key.name in self._nodes

    def where(self, key: Key[Any]) -> yaml.Node:
        """Give where a key's value is; the whole set when it is not there."""
        return self._nodes.get(key.name, self.node)

    def each(self, key: Key[tuple[T, ...]]) -> tuple[T, ...]:
        """Give the items of a key's list; none when it is not there."""
        return self.get(key) or ()

    def is_whole(self, key: Key[tuple[Any, ...]]) -> bool:
        """Say whether every item of a key's list could be read."""
        node = self._nodes.get(key.name)
        if isinstance(node, yaml.SequenceNode):
            return len(node.value) == len(self.each(key))
        return node is None or is_nothing(node)


@dataclass(frozen=True, kw_only=True)
class Shape:
    """A set of keys."""

    title: str
    """``A user``: heading in the reference."""
    example: str
    """What to write, in one line."""
    keys: tuple[Key[Any], ...]
    """In the order of the reference; if the first is called ``name``, the others are spoken of as that one's."""
    rules: Mapping[str, Any] = field(default_factory=dict[str, Any])
    """What JSON Schema can say of several keys together."""
    is_domain: bool = False
    """Whether the names below it are of the domain that its name is."""

    @property
    def words(self) -> str:
        return f"[keys](#{self.title.lower().replace(' ', '-')})"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> Values | None:
        """Read every key that is there; None when these are no keys at all."""
        known = [key.name for key in self.keys]
        nodes = reader.mapping(node, f"{what} {whose.of}".rstrip(), known, self.example)
        if not isinstance(node, yaml.MappingNode):
            return None
        read: dict[str, object] = {}
        who, inner = f"{what} {whose.of}".rstrip(), whose
        if whose.of and self.keys[0].name != "name":
            inner = Whose(of=f"of {who}", domain=whose.domain)
        meant = _meant(node, known)
        for key in self.keys:
            if key.name in nodes:
                read[key.name] = key.kind.read(reader, nodes[key.name], key.what or key.name, inner)
            elif key.missing and key.name not in meant:
                reader.note(node, f"{who} {key.missing}; write {self.example}")
                meant = set(known)  # the example says what else is missing
            if key.name == "name":
                who, inner = self._named(nodes.get(key.name), read.get(key.name), what, whose)
        return Values(node, nodes, read)

    def _named(self, node: yaml.Node | None, name: object, what: str, whose: Whose) -> tuple[str, Whose]:
        """Say what to call the set, and whose its values are, once its name is known."""
        domain = cast("str | None", name) if self.is_domain else whose.domain
        if isinstance(node, yaml.ScalarNode) and node.value:
            return f"{what} {shown(node.value)}", Whose(of=f"of {shown(node.value)}", domain=domain)
        return f"{what} {whose.of}".rstrip(), Whose(of=whose.of or "of this domain", domain=domain)

    def schema(self) -> Schema:
        properties = {key.name: {"description": key.meaning, **key.kind.schema()} for key in self.keys}
        required = [key.name for key in self.keys if key.missing]
        found: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
        return {**found, **({"required": required} if required else {}), **self.rules}


def _meant(node: yaml.MappingNode, known: list[str]) -> set[str]:
    """Say which keys unknown ones probably mean: those are not missing, only mistyped."""
    written = [str(key.value) for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    return {did_you_mean(word, known) or "" for word in written if word not in known}


@dataclass(frozen=True)
class ShortOr(Generic[T]):
    """A value in its short form, or a set of keys that says more."""

    short: Kind[T]
    long: Shape

    @property
    def words(self) -> str:
        return f"{self.short.words}; or {self.long.words}"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> T | Values | None:
        return (self.long if isinstance(node, yaml.MappingNode) else self.short).read(reader, node, what, whose)

    def schema(self) -> Schema:
        return {"anyOf": [self.short.schema(), self.long.schema()]}
