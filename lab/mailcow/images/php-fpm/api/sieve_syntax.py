"""Is a text a Sieve script? Grammar of RFC 5228, section 8, and that every extension in use is required.

mailcow refuses a script that its own parser does not take; the words of this refusal are ours.
"""

import re
from dataclasses import dataclass

_TOKEN = re.compile(
    r"""
    (?P<blank>\s+|\#[^\n]*(?:\n|\Z)|/\*.*?\*/)
  | (?P<multiline>text:[ \t]*(?:\#[^\n]*)?\r?\n(?:.*?\r?\n)?\.\r?(?:\n|\Z))
  | (?P<string>"(?:[^"\\]|\\.)*")
  | (?P<number>\d+[KMGkmg]?)
  | (?P<tag>:[A-Za-z_]\w*)
  | (?P<identifier>[A-Za-z_]\w*)
  | (?P<mark>[][{}(),;])
    """,
    re.VERBOSE | re.DOTALL,
)
_BLOCKS = {"if", "elsif", "else"}
_COMMANDS = {"require", "stop", "keep", "discard", "redirect", *_BLOCKS}
_TESTS = {"address", "allof", "anyof", "envelope", "exists", "false", "header", "not", "size", "true"}
_EXTENSIONS = {
    "addflag": "imap4flags",
    "addheader": "editheader",
    "body": "body",
    "currentdate": "date",
    "date": "date",
    "deleteheader": "editheader",
    "ereject": "ereject",
    "envelope": "envelope",
    "fileinto": "fileinto",
    "hasflag": "imap4flags",
    "mailboxexists": "mailbox",
    "reject": "reject",
    "removeflag": "imap4flags",
    "set": "variables",
    "setflag": "imap4flags",
    "string": "variables",
    "vacation": "vacation",
    ":copy": "copy",
    ":create": "mailbox",
    ":flags": "imap4flags",
    ":seconds": "vacation-seconds",
}


class SieveError(Exception):
    """The text is no script; says where and why."""


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    line: int


def check(script: str) -> None:
    """Check a script.

    Raises:
        SieveError: it is none, or uses what it does not require.
    """
    _Reader(_tokens(script)).script()


def _tokens(script: str) -> list[_Token]:
    found: list[_Token] = []
    place = 0
    while place < len(script):
        line = script.count("\n", 0, place) + 1
        match = _TOKEN.match(script, place)
        if match is None:
            raise SieveError(f"line {line}: unexpected character {script[place]!r}")
        if match.lastgroup != "blank":
            found.append(_Token(str(match.lastgroup), match.group(), line))
        place = match.end()
    return found


class _Reader:
    """Reads tokens by the grammar."""

    def __init__(self, tokens: list[_Token]) -> None:
        self._tokens = tokens
        self._place = 0
        self._required: set[str] = set()

    def script(self) -> None:
        while self._next() is not None:
            self._command()

    def _command(self) -> None:
        word = self._take("identifier", "a command")
        name = word.text.lower()
        if name not in _COMMANDS and name not in _EXTENSIONS:
            raise SieveError(f"line {word.line}: unknown command {word.text}")
        self._is_required(name, word)
        strings = self._arguments()
        if name == "require":
            self._required.update(strings)
        if name in _BLOCKS:
            self._take_mark("{")
            while not self._is_mark("}"):
                self._command()
            self._take_mark("}")
        else:
            self._take_mark(";")

    def _arguments(self) -> list[str]:
        """Read what follows a word, a test or tests last; gives the strings."""
        strings: list[str] = []
        while (token := self._next()) is not None:
            if token.kind in {"string", "multiline"}:
                strings.append(self._take(token.kind, "a string").text.strip('"'))
            elif token.kind in {"number", "tag"}:
                self._is_required(self._take(token.kind, "an argument").text.lower(), token)
            elif self._is_mark("["):
                strings += self._string_list()
            elif self._is_mark("("):
                self._tests()
                break
            elif token.kind == "identifier":
                self._test()
                break
            else:
                break
        return strings

    def _string_list(self) -> list[str]:
        self._take_mark("[")
        strings = [self._take("string", "a string").text.strip('"')]
        while self._is_mark(","):
            self._take_mark(",")
            strings.append(self._take("string", "a string").text.strip('"'))
        self._take_mark("]")
        return strings

    def _tests(self) -> None:
        self._take_mark("(")
        self._test()
        while self._is_mark(","):
            self._take_mark(",")
            self._test()
        self._take_mark(")")

    def _test(self) -> None:
        word = self._take("identifier", "a test")
        name = word.text.lower()
        if name not in _TESTS and name not in _EXTENSIONS:
            raise SieveError(f"line {word.line}: unknown test {word.text}")
        self._is_required(name, word)
        self._arguments()

    def _is_required(self, name: str, token: _Token) -> None:
        extension = _EXTENSIONS.get(name)
        if extension is not None and extension not in self._required:
            raise SieveError(f'line {token.line}: {token.text} needs require "{extension}"')

    def _next(self) -> _Token | None:
        return self._tokens[self._place] if self._place < len(self._tokens) else None

    def _is_mark(self, text: str) -> bool:
        token = self._next()
        return token is not None and token.kind == "mark" and token.text == text

    def _take_mark(self, text: str) -> None:
        if not self._is_mark(text):
            raise SieveError(f"{self._where()}: {text} expected")
        self._place += 1

    def _take(self, kind: str, name: str) -> _Token:
        token = self._next()
        if token is None or token.kind != kind:
            raise SieveError(f"{self._where()}: {name} expected")
        self._place += 1
        return token

    def _where(self) -> str:
        token = self._next()
        return f"line {token.line}, at {token.text}" if token else "at the end"
