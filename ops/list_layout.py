"""How a list of people is laid out as YAML: what is short stands in one line, the rest line by line."""

import re
from itertools import chain
from typing import Any, Final

import yaml

from core.list_form import as_plain
from core.people import MailList

SCHEMA_LINE: Final = "# yaml-language-server: $schema=docs/reference/mail_list.schema.json\n"
"""First line of a list: by it editors complete and check the file. The path is seen from the list's folder."""
_HEAD: Final = f"{SCHEMA_LINE}# Who has a mailbox. The one file that changes when people come and go.\n"
_LONGEST_LINE: Final = 100
_NEVER_FOLDED: Final = 1 << 20
_NUMBER: Final = re.compile(r"^(?:[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-fA-F]+)$")
"""Numbers of YAML 1.2 (core schema, 10.3.2)."""
_NEVER_IN_ONE_LINE: Final = frozenset({"domains", "users"})


def list_text(mail_list: MailList) -> str:
    """Write a list in its shortest form; reading it gives the same list."""
    return _HEAD + laid_out(as_plain(mail_list))


def laid_out(value: object) -> str:
    """Write texts, numbers, days, lists and dictionaries as YAML, ending with a line break."""
    node = _node(value)
    _lay_out(node)
    return _written(node)


def in_one_line(value: object) -> str:
    """Write the same within one line, without a line break; a text of several lines has its own in quotes."""
    node = _node(value)
    _flatten(node)
    return _written(node).removesuffix("...\n").rstrip("\n")


class _Indented(yaml.SafeDumper):
    """Moves the items of a list to the right of its key; the library calls it with these two."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: ARG002, FBT001, FBT002
        super().increase_indent(flow, False)


# Editors read YAML 1.2, and the library knows 1.1 alone: what they would take for a number is quoted too.
_Indented.add_implicit_resolver(  # pyright: ignore[reportUnknownMemberType]
    "tag:yaml.org,2002:float", _NUMBER, list("-+.0123456789")
)


def _node(value: object) -> yaml.Node:
    # The same library reads the list: it quotes what it would take for something else than a text.
    representer = yaml.representer.SafeRepresenter(sort_keys=False)
    return representer.represent_data(value)  # pyright: ignore[reportUnknownMemberType]


def _written(node: yaml.Node) -> str:
    return yaml.serialize(  # pyright: ignore[reportUnknownMemberType]
        node, Dumper=_Indented, allow_unicode=True, width=_NEVER_FOLDED
    )


def _lay_out(node: yaml.Node) -> None:
    """Choose one line or several for a piece, after its own pieces."""
    if isinstance(node, yaml.ScalarNode):
        node.style = "|" if "\n" in node.value else node.style
    for inner in _inside(node):
        _lay_out(inner)
    if isinstance(node, yaml.CollectionNode):
        keys = {key.value for key, _ in node.value} if isinstance(node, yaml.MappingNode) else frozenset[str]()
        node.flow_style = _NEVER_IN_ONE_LINE.isdisjoint(keys) and all(map(_is_flat, _inside(node)))
        node.flow_style = node.flow_style and _width(node) < _LONGEST_LINE


def _flatten(node: yaml.Node) -> None:
    if isinstance(node, yaml.ScalarNode):
        node.style = '"' if "\n" in node.value else node.style
    elif isinstance(node, yaml.CollectionNode):
        node.flow_style = True
    for inner in _inside(node):
        _flatten(inner)


def _inside(node: yaml.Node) -> list[yaml.Node]:
    values: list[Any] = node.value if isinstance(node, yaml.CollectionNode) else []
    return list(chain.from_iterable(values)) if isinstance(node, yaml.MappingNode) else values


def _is_flat(node: yaml.Node) -> bool:
    if isinstance(node, yaml.ScalarNode):
        return node.style != "|"
    return isinstance(node, yaml.CollectionNode) and bool(node.flow_style)


def _width(node: yaml.Node) -> int:
    return len(", ") + (len(node.value) if isinstance(node, yaml.ScalarNode) else sum(map(_width, _inside(node))))
