"""Edits of YAML text that leave everything else as it is written: comments, order, quotes, indentation.

A piece is found by the positions that the parser gives its node, and only its own characters change.
"""

from typing import Final

import yaml

from ops.list_layout import in_one_line, laid_out

_COMMENT: Final = "#"
_INDENT: Final = 2


def comments_of(text: str) -> list[str]:
    """Give every comment of a text, in order.

    Raises:
        yaml.YAMLError: The text is not YAML.
    """
    found: list[str] = []
    end = 0
    for token in yaml.scan(text, Loader=yaml.SafeLoader):
        # Between two tokens there is nothing but blanks and comments.
        lines = text[end : token.start_mark.index].splitlines()
        found += [line[line.index(_COMMENT) :].rstrip() for line in lines if _COMMENT in line]
        end = max(end, token.end_mark.index)
    return found


def value_of(mapping: yaml.MappingNode, key: str) -> yaml.Node | None:
    """Find the value of a key; None when the key is not there."""
    return next((value for name, value in mapping.value if name.value == key), None)


def without_item(text: str, items: yaml.SequenceNode, item: yaml.Node) -> str:
    """Take one item out of a list; its comments go with it.

    Args:
        text: The whole text.
        items: The list.
        item: One of its items.
    """
    if items.flow_style:
        begin, end = _flow_item(text, items.value, item)
    else:
        begin, end = _item_line(text, items, item), _line_end(text, _end_of(text, item))
    return text[:begin] + text[end:]


def _flow_item(text: str, nodes: list[yaml.Node], item: yaml.Node) -> tuple[int, int]:
    """Find an item between brackets, with the comma that is one too many without it."""
    place = next(number for number, node in enumerate(nodes) if node is item)
    if place + 1 < len(nodes):
        return item.start_mark.index, nodes[place + 1].start_mark.index
    return (_end_of(text, nodes[place - 1]) if place else item.start_mark.index), _end_of(text, item)


def _item_line(text: str, items: yaml.SequenceNode, item: yaml.Node) -> int:
    """Find the beginning of the line that an item's dash stands in; the dash may stand above its item."""
    column = items.start_mark.column
    begin = text.rfind("\n", 0, item.start_mark.index) + 1
    while begin and (text[begin : begin + column].strip() or text[begin + column : begin + column + 1] != "-"):
        begin = text.rfind("\n", 0, begin - 1) + 1
    return begin


def with_item(text: str, mapping: yaml.MappingNode, key: str, item: object, comments: list[str]) -> str:
    """Put one more item at the end of a key's list; a key that is not there is added.

    Args:
        text: The whole text.
        mapping: The set of keys.
        key: Its key.
        item: What to add: a text, or keys.
        comments: Comments to put in front of it, each with its sign.
    """
    items = value_of(mapping, key)
    if isinstance(items, yaml.SequenceNode) and items.flow_style:
        place = _end_of(text, items.value[-1]) if items.value else items.start_mark.index + 1
        added = in_one_line(item) if not items.value else f", {in_one_line(item)}"
        return _noted(text, place, comments, added)
    if mapping.flow_style and items is None:
        place = _end_of(text, mapping.value[-1][1])
        return _noted(text, place, comments, f", {key}: [{in_one_line(item)}]")
    if isinstance(items, yaml.SequenceNode):
        place, column, head = _line_end(text, _end_of(text, items)), items.start_mark.column, ""
    else:
        column = mapping.start_mark.column + _INDENT
        head = f"{' ' * mapping.start_mark.column}{key}:\n"
        if isinstance(items, yaml.ScalarNode):  # the key is there, with nothing or a word for nothing
            text = text[: items.start_mark.index] + text[items.end_mark.index :]
            place, head = _line_end(text, items.start_mark.index), ""
        else:
            place = _line_end(text, _end_of(text, mapping))
    lines = [*comments, *f"- {_item_text(item)}".splitlines()]
    added = "".join(f"{' ' * column}{line}\n" for line in lines)
    gap = "" if place == 0 or text[place - 1] == "\n" else "\n"
    return text[:place] + gap + head + added + text[place:]


def with_value(text: str, mapping: yaml.MappingNode, key: str, value: str) -> str:
    """Set a key to a word; one that is not there comes behind the set's first, and an empty word takes it out.

    Args:
        text: The whole text.
        mapping: The set of keys.
        key: Its key.
        value: The word.
    """
    name, found = next(((name, node) for name, node in mapping.value if name.value == key), (None, None))
    if name is not None and found is not None:
        if value:
            return text[: found.start_mark.index] + in_one_line(value) + text[_end_of(text, found) :]
        return _without_key(text, mapping, name, found)
    if not value:
        return text
    place = _end_of(text, mapping.value[0][1])
    said = f"{key}: {in_one_line(value)}"
    if mapping.flow_style:
        return f"{text[:place]}, {said}{text[place:]}"
    line_end = _line_end(text, place)
    gap = "" if text[line_end - 1] == "\n" else "\n"
    return f"{text[:line_end]}{gap}{' ' * mapping.start_mark.column}{said}\n{text[line_end:]}"


def _without_key(text: str, mapping: yaml.MappingNode, name: yaml.Node, value: yaml.Node) -> str:
    if mapping.flow_style:
        place = next(number for number, (one, _) in enumerate(mapping.value) if one is name)
        if place + 1 < len(mapping.value):
            return text[: name.start_mark.index] + text[mapping.value[place + 1][0].start_mark.index :]
        return text[: _end_of(text, mapping.value[place - 1][1])] + text[_end_of(text, value) :]
    begin = text.rfind("\n", 0, name.start_mark.index) + 1
    if text[
        begin : name.start_mark.index
    ].strip():  # it stands behind the dash of its set: the next key takes its place
        follower = next(one for number, (one, _) in enumerate(mapping.value) if number == 1)
        return text[: name.start_mark.index] + text[follower.start_mark.index :]
    return text[:begin] + text[_line_end(text, _end_of(text, value)) :]


def _item_text(item: object) -> str:
    """Write an item's lines: below the first, they are as far to the right as its dash needs."""
    if isinstance(item, str):
        return in_one_line(item)
    return "\n".join(f"{' ' * _INDENT}{line}".rstrip() for line in laid_out(item).splitlines()).lstrip()


def _noted(text: str, place: int, comments: list[str], added: str) -> str:
    """Insert something into a line, with comments above that line."""
    begin = text.rfind("\n", 0, place) + 1
    indent = text[begin : begin + len(text[begin:]) - len(text[begin:].lstrip(" "))]
    above = "".join(f"{indent}{comment}\n" for comment in comments)
    return text[:begin] + above + text[begin:place] + added + text[place:]


def _end_of(text: str, node: yaml.Node) -> int:
    """Find the place behind a node's last character: the parser's own mark is behind what follows it."""
    inner: list[yaml.Node] = []
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        inner = node.value if isinstance(node, yaml.SequenceNode) else [value for _, value in node.value]
    return _end_of(text, inner[-1]) if inner else len(text[: node.end_mark.index].rstrip())


def _line_end(text: str, place: int) -> int:
    """Find the beginning of the next line."""
    found = text.find("\n", place)
    return len(text) if found < 0 else found + 1
