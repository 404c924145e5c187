"""YAML text → nodes that know their lines; what cannot be read is said in our words."""

import re
from collections.abc import Callable, Iterable, Iterator
from typing import Final

import yaml

from core.errors import InputError, Problem
from core.suggestions import shown, unknown_key

_STRING: Final = "tag:yaml.org,2002:str"
_NULL: Final = "tag:yaml.org,2002:null"
_TRAPS: Final = {
    "tag:yaml.org,2002:bool": "means true or false to YAML",
    "tag:yaml.org,2002:int": "is a number to YAML",
    "tag:yaml.org,2002:float": "is a number to YAML",
    "tag:yaml.org,2002:timestamp": "is a date to YAML",
    _NULL: "is nothing to YAML",
}
# What the parser says → what an operator can do with it. The first that occurs in its text is taken.
_IN_OUR_WORDS: Final = (
    ("cannot start any token", "this character cannot stand here; indent with spaces, and quote text that holds signs"),
    ("mapping values are not allowed", "a colon stands where none may be; check the line above, or quote the text"),
    ("could not find expected ':'", "a colon is missing; write `key: value`"),
    ("expected <block end>", "the indentation does not fit the lines above; line it up with its siblings"),
    ("expected ',' or", "a bracket is not closed or a comma is missing; check [ ] and { }"),
    ("found unexpected end of stream", "a quote is not closed; close it"),
    ("undefined alias", "* refers to a name that no & gave; quote the text if it begins with *"),
    ("expected a single document", "a second document begins; take the line --- out"),
    ("found duplicate anchor", "the same & name is given twice; take one out"),
)
_FALLBACK: Final = "this is not YAML; check indentation, colons and quotes here and in the line above"
_UNREADABLE: Final = "cannot be read"


def compose(text: str, file: str) -> yaml.Node | None:
    """Read text into nodes; None when there is nothing but comments.

    Raises:
        InputError: The text is not YAML.
    """
    try:
        node: yaml.Node | None = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.reader.ReaderError as problem:
        line = text.count("\n", 0, problem.position) + 1
        message = f"{_UNREADABLE}: a control character stands here; take it out and save the file as UTF-8"
        raise InputError([Problem(file, line, message)]) from None
    except yaml.MarkedYAMLError as problem:
        raise InputError([_in_our_words(problem, file)]) from None
    except (yaml.YAMLError, RecursionError, ValueError):
        raise InputError([Problem(file, None, f"{_UNREADABLE}: {_FALLBACK}")]) from None
    return node


def _in_our_words(problem: yaml.MarkedYAMLError, file: str) -> Problem:
    said = f"{problem.context or ''} {problem.problem or ''}"
    words = next((ours for theirs, ours in _IN_OUR_WORDS if theirs in said), _FALLBACK)
    mark = problem.problem_mark or problem.context_mark
    if mark is None:
        return Problem(file, None, f"{_UNREADABLE}: {words}")
    return Problem(file, mark.line + 1, f"{_UNREADABLE} from column {mark.column + 1} on: {words}")


def line_of(node: yaml.Node) -> int:
    """Line that a node begins in, from 1."""
    return node.start_mark.line + 1


class NodeReader:
    """Takes values out of nodes and keeps a problem for each that is not what it should be."""

    def __init__(self, file: str) -> None:
        """Start without problems."""
        self.file = file
        self.problems: list[Problem] = []

    def note(self, node: yaml.Node, message: str) -> None:
        """Keep a problem with the node's line."""
        self.problems.append(Problem(self.file, line_of(node), message))

    def mapping(self, node: yaml.Node, what: str, known: Iterable[str], example: str) -> dict[str, yaml.Node]:
        """Read ``key: value`` lines; unknown keys and keys written twice are problems.

        Args:
            node: Where they should be.
            what: What to call them.
            known: Keys that may be there.
            example: What to write when they are not ``key: value`` lines.
        """
        if not isinstance(node, yaml.MappingNode):
            self.note(node, f"{what} {described(node)} and not a set of keys; write {example}")
            return {}
        known = tuple(known)
        found: dict[str, yaml.Node] = {}
        for key, value in self.entries(node):
            if key.value not in known:
                self.note(key, unknown_key(key.value, known))
            else:
                found.setdefault(key.value, value)
        return found

    def entries(self, node: yaml.MappingNode) -> Iterator[tuple[yaml.ScalarNode, yaml.Node]]:
        """Go through a mapping's keys and values; a key that is written twice is a problem."""
        first: dict[str, yaml.Node] = {}
        for key, value in node.value:
            if not isinstance(key, yaml.ScalarNode):
                self.note(key, f"a key {described(key)}; write a word")
                continue
            if key.value in first:
                line = line_of(first[key.value])
                self.note(key, f"key {shown(key.value)} is written twice, first in line {line}; write it once")
                continue
            first[key.value] = key
            yield key, value

    def items(self, node: yaml.Node | None, what: str, example: str) -> list[yaml.Node]:
        """Read a list; nothing at all counts as an empty one."""
        if node is None or is_nothing(node):
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.note(node, f"{what} {described(node)} and not a list; write {example}")
            return []
        return list(node.value)

    def text(self, node: yaml.Node, what: str, of: str = "") -> str | None:
        """Read a text; what YAML takes for something else has to be quoted.

        Args:
            node: Where it should be.
            what: What to call it, in front of what is written there.
            of: Whose it is, behind what is written there: ``of example.com``.
        """
        whose = f" {of}" if of else ""
        if not isinstance(node, yaml.ScalarNode):
            self.note(node, f"{what}{whose} {described(node)} and not a text; write one name")
        elif node.tag == _STRING:
            return node.value
        elif is_nothing(node) and not node.value:
            self.note(node, f"{what}{whose} is empty; write it, or take the line out")
        elif node.tag in _TRAPS:
            value = shown(node.value)
            self.note(node, f'{what} {value}{whose} {_TRAPS[node.tag]}; write "{value}", with the quotes')
        else:
            self.note(node, f"{what} {shown(node.value)}{whose} is something of its own to YAML; put it in quotes")
        return None

    def judged(self, node: yaml.Node, what: str, of: str, judge: Callable[[str], str | None]) -> str | None:
        """Read a text that has to please a judge.

        Args:
            node: Where it should be.
            what: What to call it.
            of: Whose it is.
            judge: Says what is wrong as ``<why not>; <what to do>``, or None.
        """
        value = self.text(node, what, of)
        wrong = None if value is None else judge(value)
        if value is None or wrong is None:
            return value
        self.note(node, f"{what} {shown(value)}{' ' * bool(of)}{of} {wrong}")
        return None

    def whole_number(self, node: yaml.Node, what: str, of: str, *, least: int, most: int, example: int) -> int | None:
        """Read a whole number, written in digits and without quotes."""
        value: str = node.value if isinstance(node, yaml.ScalarNode) else ""
        if isinstance(node, yaml.ScalarNode) and node.tag == _STRING and value.isdigit():
            self.note(node, f"{what} {shown(value)} {of} is a text; write it without the quotes")
            return None
        if re.fullmatch(r"0|[1-9][0-9]{0,9}", value, re.ASCII) and least <= int(value) <= most:
            return int(value)
        wrong = f"{shown(value)} {of} is" if isinstance(node, yaml.ScalarNode) else f"{of} {described(node)} and"
        self.note(node, f"{what} {wrong} not a whole number from {least} to {most}; write for example {example}")
        return None

    def yes_or_no(self, node: yaml.Node, what: str, of: str) -> bool | None:
        """Read ``true`` or ``false``; YAML's other words for them mean a text to editors."""
        if isinstance(node, yaml.ScalarNode) and node.style is None and node.value in {"true", "false"}:
            return bool(node.value == "true")
        wrong = (
            f"{shown(str(node.value))} {of} is" if isinstance(node, yaml.ScalarNode) else f"{of} {described(node)} and"
        )
        self.note(node, f"{what} {wrong} not true or false; write true or false, without quotes")
        return None


def is_nothing(node: yaml.Node) -> bool:
    """Say whether a value was left out, as in ``users:`` with nothing behind it."""
    return isinstance(node, yaml.ScalarNode) and node.tag == _NULL


def described(node: yaml.Node) -> str:
    """Say what a node is: ``is a list``."""
    if isinstance(node, yaml.SequenceNode):
        return "is a list"
    if isinstance(node, yaml.MappingNode):
        return "is a set of keys"
    return f"is {shown(str(node.value))}"
