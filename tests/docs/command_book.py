"""Which commands the documents have typed, and how each is known to be right: ``commands.yml`` says it.

Three classes: run by a test that is named, only read by the real command line's parser, or not run here with a reason.
``python -m tests.docs.command_book`` prints how many there are of each; the build does.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import yaml

from tests.docs.page_run import commands_in
from tests.docs.pages import PAGES, ROOT, name

BOOK = Path(__file__).with_name("commands.yml")
_BLOCK = re.compile(r"^( *)```(sh|console)\n(.*?)^ *```", re.DOTALL | re.MULTILINE)
_OURS = re.compile(r"^(?:\./)?mailstead ")
_BETWEEN_FUNCTIONS = re.compile(r"\n\n\n(?=@|def |class )")


@dataclass(frozen=True)
class Typed:
    """One command of a page."""

    page: str
    text: str
    """As it stands there, without a comment behind it; may be several lines."""

    @property
    def shape(self) -> str:
        """What it is listed as: of ours name and options, because what they are about is an example; else itself."""
        return shape_of(self.text) if self.is_ours else self.text

    @property
    def is_ours(self) -> bool:
        return bool(_OURS.match(self.text))

    @property
    def words(self) -> list[str]:
        """What our own command line is given; without what its output goes to."""
        return _words(self.text)


def _words(text: str) -> list[str]:
    return re.split(r"\s+", re.split(r"\s[|<>]", _OURS.sub("", text))[0].strip())


def shape_of(text: str) -> str:
    """Take what is an example out of a command of ours: ``mailstead rotate --app-passwords --stack``."""
    words = _words(text)
    command = next(words[:size] for size in (2, 1) if size == 1 or (len(words) > 1 and is_group(words[0])))
    command = [word for word in command if re.fullmatch(r"[a-z][a-z-]*", word)]
    options = sorted({word.partition("=")[0] for word in words if word.startswith("-")})
    return " ".join(["mailstead", *command, *options])


@cache
def _groups() -> frozenset[str]:
    import typer.main  # noqa: PLC0415 — the page harness needs none of the command line

    from ops.cli import app  # noqa: PLC0415

    commands: dict[str, Any] = getattr(typer.main.get_command(app), "commands", {})
    return frozenset(name for name, one in commands.items() if hasattr(one, "commands"))


def is_group(word: str) -> bool:
    """Say whether a command of ours has commands below it."""
    return word in _groups()


def typed() -> Iterator[Typed]:
    """Give every command of every page; of a screen that is shown, what stands behind the prompt."""
    for page in PAGES:
        for indent, kind, body in _BLOCK.findall(page.read_text(encoding="utf-8")):
            lines = "\n".join(line.removeprefix(indent) for line in body.splitlines()) + "\n"
            whole = commands_in(lines) if kind == "sh" else _behind_prompts(lines)
            yield from (Typed(name(page), text) for command in whole if (text := _bare(command)))


def _behind_prompts(screen: str) -> Iterator[str]:
    return (line.removeprefix("$ ") for line in screen.splitlines() if line.startswith("$ "))


def _bare(command: str) -> str:
    """Leave comments out."""
    lines = [re.sub(r"(^|\s)#.*$", "", line).rstrip() for line in command.splitlines()]
    return "\n".join(line for line in lines if line).strip()


@cache
def book() -> dict[str, Any]:
    """Read what is written down."""
    return cast("dict[str, Any]", yaml.safe_load(BOOK.read_text(encoding="utf-8")))


def whole_pages() -> dict[str, str]:
    """Give the pages that a test runs whole, each with the test."""
    return cast("dict[str, str]", book()["run_whole"])


def run_by() -> dict[str, Sequence[str]]:
    """Give what runs commands, as ``file::function``, each with the commands."""
    return cast("dict[str, Sequence[str]]", book()["run_by"])


def parsed_only() -> Sequence[str]:
    """Give the shapes that only the parser has read."""
    return cast("Sequence[str]", book()["parsed_only"])


def not_run() -> list[str]:
    """Give the commands that are not run, whatever the reason."""
    return [command for commands in cast("dict[str, list[str]]", book()["not_run"]).values() for command in commands]


def left_out_of_whole_pages() -> frozenset[str]:
    """Give the commands that a run of a whole page passes over: not run, or run by something else."""
    return frozenset((*not_run(), *(command for commands in run_by().values() for command in commands)))


def speaks_to_vault(text: str) -> bool:
    """Say whether a command is one of those that ``test_openbao_page.py`` runs on a real server."""
    return bool(re.search(r"\bvault [a-z]|^read ", text))


def sets_the_shell(text: str) -> bool:
    """Say whether a command is one of those that ``test_commands.py`` runs in a shell."""
    return bool(re.match(r"(export|cd|unset) |\(umask ", text))


@cache
def typed_by_a_test(shape: str) -> str:
    """Find a test that types a command of ours with all of its options; gives its file, or nothing.

    ``--stack`` is every command's and is left out. A test types a command as its words one behind the other, as
    ``run("dns", "zone")``, and its options in the same function or among its parameters.
    """
    command = [word for word in shape.split()[1:] if not word.startswith("-")]
    options = [word for word in shape.split() if word.startswith("-") and word not in {"--stack", "-s"}]
    # Tests often have a function that puts the command's or the group's name in front of what each of them types.
    group, rest = command[:1], command[1:]
    ways = [("", _call(command)), (_call(group, goes_on=True), _call(rest))]
    for file, functions in _tests().items():
        beside = "".join(text for other, texts in _tests().items() if _folder(other) == _folder(file) for text in texts)
        near = beside if "/lab/" in file else "".join(functions)
        for opening, call in ways:
            if re.search(opening, near) and any(_types(call, options, text) for text in functions):
                return file
    return ""


def _folder(file: str) -> str:
    return file.rpartition("/")[0]


def _types(call: str, options: Sequence[str], text: str) -> bool:
    return bool(re.search(call, text)) and all(f'"{option}"' in text for option in options)


def _call(words: Sequence[str], *, goes_on: bool = False) -> str:
    """Write a pattern for a call with words as its first arguments; with more that is passed on, or not."""
    typing = r"\b(?:run|command|mailstead|invoke|restore)\((?:app, \[)?"
    if not words:
        return typing
    first = r",\s*".join(f'"{word}"' for word in words)
    return rf"{typing}\s*{first}\s*" + (r",\s*\*" if goes_on else r"[,\])]")


@cache
def _tests() -> dict[str, list[str]]:
    """Read the functions of the tests, with what is written above each of them."""
    folder = ROOT / "tests"
    stories = [path for part in ("stories", "outside", "backup") for path in (folder / "lab" / part).rglob("*.py")]
    files = sorted((*(folder / "ops").glob("test_*.py"), *stories, folder / "lab" / "service.py"))
    return {name(file): _BETWEEN_FUNCTIONS.split(file.read_text(encoding="utf-8")) for file in files}


def class_of(one: Typed) -> str:
    """Say how a command is known to be right: run, parsed, not run; empty when nobody knows."""
    if one.shape in not_run():
        return "not run"
    if one.is_ours:
        return "run" if typed_by_a_test(one.shape) else "parsed" * (one.shape in parsed_only())
    known = one.page in whole_pages() or any(one.text in commands for commands in run_by().values())
    return "run" if known or speaks_to_vault(one.text) or sets_the_shell(one.text) else ""


def counted() -> str:
    """Say how many commands there are of each class."""
    classes = [class_of(one) for one in typed()]
    return (
        f"commands in the documents: {len(classes)}, of which a test runs {classes.count('run')}, "
        f"only the parser has read {classes.count('parsed')}, "
        f"{classes.count('not run')} need a cloud, a download, a person or the whole machine; "
        f"unknown {classes.count('')}"
    )


if __name__ == "__main__":
    print(counted())  # noqa: T201
