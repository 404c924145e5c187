"""Every command that the documents have typed is run by a test, or it is written down why not."""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import typer
import typer.main

from ops.cli import app
from tests.docs.command_book import (
    Typed,
    book,
    class_of,
    not_run,
    parsed_only,
    run_by,
    sets_the_shell,
    shape_of,
    speaks_to_vault,
    typed,
    typed_by_a_test,
    whole_pages,
)
from tests.docs.page_run import commands_in
from tests.docs.pages import ROOT

COMMANDS = list(typed())
OURS = sorted({one.text: one for one in COMMANDS if one.is_ours}.items())
# Typer carries a copy of Click of its own, whose base of all such errors it does not name.
USAGE = typer.BadParameter.__bases__[0]
EXAMPLES = {"prod", "dev", "pulumi", "--stack"}


def parse(words: list[str]) -> None:
    """Read words as the command line does, group by group, and run nothing."""
    group: Any = typer.main.get_command(app)
    context = group.make_context("mailstead", words)
    while hasattr(group, "commands") and (rest := [*context._protected_args, *context.args]):
        name, group, rest = group.resolve_command(context, rest)
        context = group.make_context(name, rest, parent=context)


@pytest.mark.parametrize("one", [one for _, one in OURS], ids=[text for text, _ in OURS])
def test_the_real_command_line_takes_what_a_page_has_typed(one: Typed) -> None:
    parse(one.words)


@pytest.mark.parametrize("words", [["upp"], ["up", "--stakc", "prod"], ["rotate"], ["up", "one-too-many"]])
def test_what_the_command_line_would_not_take_is_found(words: list[str]) -> None:
    with pytest.raises(USAGE):
        parse(words)


def test_every_command_is_run_by_a_test_or_written_down() -> None:
    unknown = sorted({f"{one.page}: {one.shape}" for one in COMMANDS if not class_of(one)})

    assert unknown == [], "let a test type it as the page does, or put it into tests/docs/commands.yml"


def test_what_is_written_down_is_still_in_a_page() -> None:
    shapes, texts = {one.shape for one in COMMANDS}, {one.text for one in COMMANDS}
    listed = [command for commands in run_by().values() for command in commands]

    assert [command for command in (*listed, *not_run()) if command not in texts] == []
    assert [shape for shape in parsed_only() if shape not in shapes] == []
    assert [page for page in whole_pages() if not (ROOT / page).is_file()] == []


@pytest.mark.parametrize("place", sorted({*run_by(), *whole_pages().values()}))
def test_what_runs_a_command_is_there_and_holds_its_words(place: str) -> None:
    file, _, function = place.partition("::")
    text = (ROOT / file).read_text(encoding="utf-8")

    assert f"def {function}(" in text
    for command in run_by().get(place, ()):
        words = re.findall(r"(?<!\S)(?:--)?[a-z][a-z-]+(?!\S)", command)
        missing = [word for word in words if word not in EXAMPLES and f'"{word}"' not in text]
        assert missing in ([], ["role_id"], ["--file"]), f"{file} does not run {command}"


def test_reasons_are_given_for_all_that_is_not_run() -> None:
    assert all(len(str(reason)) > 20 and commands for reason, commands in book()["not_run"].items())


def test_lines_that_only_set_the_shell_do_so(tmp_path: Path) -> None:
    lines = dict.fromkeys(one.text for one in COMMANDS if sets_the_shell(one.text) and one.page not in whole_pages())
    script = "\n".join(f"(set -euo pipefail\n{line}\n)" for line in lines)

    ended = subprocess.run(
        ["bash", "-e"],
        input=script,
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert (ended.returncode, ended.stderr) == (0, "")
    assert len(lines) >= 5
    assert (tmp_path / "mailstead-passphrase").stat().st_mode & 0o077 == 0


def test_a_command_is_listed_by_its_name_and_options_and_not_by_its_example() -> None:
    assert shape_of("./mailstead rotate alice@example.com --app-passwords --stack prod") == (
        "mailstead rotate --app-passwords --stack"
    )
    assert shape_of("mailstead dns --stack prod --json | jq -r '.[]'") == "mailstead dns --json --stack"


def test_a_test_that_types_a_command_is_told_from_one_that_only_names_it() -> None:
    assert typed_by_a_test("mailstead handover --unwrap")
    assert not typed_by_a_test("mailstead handover --nobody-has-this")
    assert not typed_by_a_test("mailstead nothing")


def test_commands_of_several_lines_are_whole() -> None:
    block = "a |\n  b\nfor x in 1; do\n  c\ndone\nd \\\n  e\n\nf <<'X'\ntext\nX\n"

    assert list(commands_in(block))[:3] == ["a |\n  b", "for x in 1; do\n  c\ndone", "d \\\n  e"]


def test_lines_for_vault_are_told_from_words_about_it() -> None:
    assert speaks_to_vault("x=$(vault read -field=y z)")
    assert not speaks_to_vault("cd foundation/vault")
