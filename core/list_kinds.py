"""Kinds of values in the list of people: how each is read, and how JSON Schema and the reference say it.

One object holds a kind's limits, so that the reader, the schema and the reference cannot differ.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Protocol, TypeVar

import yaml

from core.suggestions import did_you_mean, shown
from core.yaml_text import NodeReader, described

Schema = dict[str, Any]
"""A piece of JSON Schema, draft 7."""
T_co = TypeVar("T_co", covariant=True)
_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", re.ASCII)
_LIMIT: Final = re.compile(r"[1-9][0-9]{0,8}/[smhd]", re.ASCII)
_SPELLED_OUT: Final = re.compile(r"([1-9][0-9]{0,8}) */ *([smhd])[a-z]*", re.ASCII)
_EMPTY: Final = "is empty; write it, or take the line out"
_UNSEEN: Final = "has blanks at an end or signs that cannot be seen; take them out"
_SECRET_PATH: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+-]*(/[A-Za-z0-9][A-Za-z0-9._@+-]*)*", re.ASCII)


@dataclass(frozen=True, kw_only=True)
class Whose:
    """Whose value is read."""

    of: str
    """Behind the value in a sentence: ``of bob``."""
    domain: str | None
    """The domain it stands under, as DNS has it; None when that one cannot be read."""


class Kind(Protocol[T_co]):
    """A kind of value."""

    @property
    def words(self) -> str:
        """What to write, for the reference: ``whole number from 1 to 9999``."""
        ...

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> T_co | None:
        """Take the value out of a node; None when it is wrong, which the reader has noted then."""
        ...

    def schema(self) -> Schema:
        """Say the same in JSON Schema, as far as it can."""
        ...


@dataclass(frozen=True)
class Judged:
    """A text that pleases a judge."""

    words: str
    judge: Callable[[str], str | None]
    more: Mapping[str, Any]
    """What JSON Schema can say of it besides being a text."""

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        return reader.judged(node, what, whose.of, self.judge)

    def schema(self) -> Schema:
        return {"type": "string", **self.more}


def line_of_text(longest: int, *, without: str = "") -> Judged:
    """Make the kind of a text that people read, in one line.

    Args:
        longest: Characters it may have.
        without: Characters that it may not hold.
    """

    def judge(value: str) -> str | None:
        if found := next((sign for sign in without if sign in value), None):
            return f"has a {found} in it, which mailcow drops; write it without"
        if value != value.strip() or not value.isprintable():
            return _UNSEEN if value.strip() else _EMPTY
        return _too_long(value, longest)

    return Judged("text", judge, {"minLength": 1, "maxLength": longest})


@dataclass(frozen=True)
class Lines:
    """A text of one line or more; read without blanks at its ends."""

    longest: int
    words = "text, of several lines if you like"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        value = reader.judged(node, what, whose.of, self._judge)
        return None if value is None else value.strip()

    def _judge(self, value: str) -> str | None:
        plain = value.strip()
        if not re.sub(r"[\n\t]", "", plain).isprintable():
            return _UNSEEN
        return _too_long(plain, self.longest) if plain else _EMPTY

    def schema(self) -> Schema:
        return {"type": "string", "minLength": 1}


def _too_long(value: str, longest: int) -> str | None:
    if len(value) <= longest:
        return None
    return f"is {len(value)} characters long and {longest} are taken; write a shorter one"


def matching(pattern: str, words: str, why_and_what: str) -> Judged:
    """Make the kind of a text that fits a pattern."""
    expected = re.compile(pattern, re.ASCII)
    return Judged(
        words, lambda value: None if expected.fullmatch(value) else why_and_what, {"pattern": f"^({pattern})$"}
    )


def one_of(*choices: str) -> Judged:
    """Make the kind of a text that is one of a few."""
    all_of_them = ", ".join(choices)

    def judge(value: str) -> str | None:
        if value in choices:
            return None
        meant = did_you_mean(value, choices)
        return f"is not known here; {f'did you mean {meant}?' if meant else f'known are {all_of_them}'}"

    return Judged(" or ".join(f"`{choice}`" for choice in choices), judge, {"enum": list(choices)})


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    least: int
    most: int
    example: int

    @property
    def words(self) -> str:
        return f"whole number from {self.least} to {self.most}"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> int | None:
        return reader.whole_number(node, what, whose.of, least=self.least, most=self.most, example=self.example)

    def schema(self) -> Schema:
        return {"type": "integer", "minimum": self.least, "maximum": self.most}


class YesOrNo:
    """True or false."""

    words = "`true` or `false`"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> bool | None:
        return reader.yes_or_no(node, what, whose.of)

    def schema(self) -> Schema:
        return {"type": "boolean"}


class Day:
    """A day, with or without quotes: YAML calls one a text and the other a date."""

    words = "day, `YYYY-MM-DD`"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> date | None:
        if not isinstance(node, yaml.ScalarNode):
            reader.note(node, f"{what} {whose.of} {described(node)} and not a date; write YYYY-MM-DD")
            return None
        value: str = node.value
        if not _DAY.fullmatch(value):
            said = f"{what} {shown(value)} {whose.of}"
            reader.note(node, f"{said} is not a date; write YYYY-MM-DD, such as 2027-01-31")
            return None
        try:
            return date.fromisoformat(value)
        except ValueError:
            reader.note(node, f"{what} {value} {whose.of} is a day that no calendar has; write a real one")
            return None

    def schema(self) -> Schema:
        return {"type": "string", "format": "date", "pattern": f"^{_DAY.pattern}$"}


class SendingLimit:
    """Messages in a span of time; read as ``100/h``, or as empty text for none."""

    words = "`100/h` (or `s`, `m`, `d`), or `none`"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        if isinstance(node, yaml.ScalarNode) and node.value in {"0", "none"}:
            return ""
        return reader.judged(node, what, whose.of, self._judge)

    def _judge(self, value: str) -> str | None:
        if _LIMIT.fullmatch(value):
            return None
        meant = _SPELLED_OUT.fullmatch(value.lower())
        example = f"{meant[1]}/{meant[2]}" if meant else "100/h, with s, m, h or d behind the slash, or none"
        return f"is no number of messages in a span of time; write {example}"

    def schema(self) -> Schema:
        return {"anyOf": [{"type": "string", "pattern": f"^({_LIMIT.pattern}|none|0)$"}, {"const": 0}]}


@dataclass(frozen=True)
class SecretPath:
    """Where in Vault a secret is. A value that is none is never shown: it may be the secret itself."""

    folder: str

    @property
    def words(self) -> str:
        return f"path in Vault, below `{self.folder}/`"

    def read(self, reader: NodeReader, node: yaml.Node, what: str, whose: Whose) -> str | None:
        value = node.value if isinstance(node, yaml.ScalarNode) else None
        if isinstance(value, str) and _SECRET_PATH.fullmatch(value) and value.startswith(f"{self.folder}/"):
            return value
        reader.note(
            node,
            f"{what} {whose.of} is no path below {self.folder}/ in Vault; put the secret there and write"
            f" {self.folder}/ and its name, never the secret itself",
        )
        return None

    def schema(self) -> Schema:
        return {"type": "string", "pattern": f"^{re.escape(self.folder)}/"}
