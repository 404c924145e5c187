"""What the documents name is there: files, links, targets, commands, keys, outputs."""

import re
from pathlib import Path

import pytest
import typer.main

from core.settings import Settings
from docs.commands import commands_of
from ops.cli import app
from tests.docs.pages import FILES, PAGES, ROOT, commands, name, prose, spans

TOP = {path.relative_to(ROOT).parts[0] for path in FILES}
BASENAMES = {path.name for path in FILES}
ADRS = sorted((ROOT / "docs" / "adr").glob("*.md"))
# Files that a stack, a host or an engine has, and the repository has not.
ELSEWHERE = {"mailcow.conf", "world.json", "credentials.json", "daemon.json", "Pulumi.<stack>.yaml"}
COMMANDS = dict(commands_of(typer.main.get_command(app)))

every_page = pytest.mark.parametrize("page", PAGES, ids=name)


@every_page
def test_links_lead_somewhere(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#\s]+)[^)]*\)", prose(page))
    inside = [target for target in targets if "://" not in target and not target.startswith("mailto:")]

    assert [target for target in inside if not (page.parent / target).exists()] == []


def is_missing(span: str) -> bool:
    """Say whether a span names a file of the repository that is not there; most spans name none."""
    if not re.fullmatch(r"[\w.*/-]+", span):
        return False
    if "/" in span.strip("/"):
        return span.split("/", maxsplit=1)[0] in TOP and not list(ROOT.glob(span.rstrip("/")))
    looks_like_a_file = re.fullmatch(r"[\w-][\w.-]*\.(py|sh|yml|yaml|md|toml|txt|hcl)", span)
    return bool(looks_like_a_file) and span not in BASENAMES | ELSEWHERE


@every_page
def test_files_that_are_named_exist(page: Path) -> None:
    assert [span for span in spans(page) if is_missing(span)] == []


def test_a_file_that_is_not_there_would_be_found() -> None:
    assert [is_missing(span) for span in ("core/nothing.py", "nothing.py", "docs/nothing/", "core/*.nothing")] == [
        True
    ] * 4
    assert [is_missing(span) for span in ("core/settings.py", "settings.py", "docs/adr/", "mail/users/bob")] == [
        False
    ] * 4


@every_page
def test_make_targets_that_are_named_exist(page: Path) -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = {word for command in commands(page) for word in re.findall(r"^make ([a-z-]+)", command)}

    assert named - targets == set()


@every_page
def test_commands_and_options_that_are_named_exist(page: Path) -> None:
    for line in commands(page):
        for typed in re.findall(r"(?:^|\./)mailstead ([a-z]+[^|;&`]*)", line):
            words = re.findall(r"[a-z]+(?:-[a-z]+)*", typed)
            command = next((name for name in (" ".join(words[:2]), words[0]) if name in COMMANDS), "")
            assert command, line
            # A word behind a group's name is one of its commands.
            assert not (hasattr(COMMANDS[command], "commands") and re.match(rf"{command} [a-z]", typed)), line
            known = {option for parameter in COMMANDS[command].params for option in parameter.opts}
            assert set(re.findall(r"(?<!\w)--?[a-z][a-z-]*", typed)) <= known, line


@every_page
def test_config_keys_that_are_named_exist(page: Path) -> None:
    named = set(re.findall(r"\bmailstead:([a-z_]+)", page.read_text(encoding="utf-8")))

    assert named - set(Settings.model_fields) == set()


@pytest.mark.parametrize("command", sorted(COMMANDS))
def test_every_command_is_documented_and_its_help_has_an_example(command: str) -> None:
    reference = (ROOT / "docs" / "reference" / "command-line.md").read_text(encoding="utf-8")

    assert f"Example: mailstead {command}" in COMMANDS[command].help
    assert f"## `mailstead {command}`" in reference


def test_every_output_is_documented_and_no_other() -> None:
    reference = (ROOT / "docs" / "reference" / "outputs.md").read_text(encoding="utf-8")
    outputs, _, _ = reference.partition("## ")
    exported = re.findall(r'pulumi\.export\("(\w+)"', (ROOT / "__main__.py").read_text())

    assert sorted(re.findall(r"^\| `(\w+)` \|", outputs, re.MULTILINE)) == sorted(exported)


@pytest.mark.parametrize("adr", ADRS, ids=name)
def test_a_decision_has_its_number_a_date_and_a_status(adr: Path) -> None:
    text = adr.read_text(encoding="utf-8")

    assert text.startswith(f"# {adr.name[:4]}: ")
    assert re.search(r"^Date: \d{4}-\d\d-\d\d\. Status: (accepted|superseded by \d{4})\.$", text, re.MULTILINE)


def test_decisions_are_numbered_without_gaps() -> None:
    assert [int(adr.name[:4]) for adr in ADRS] == list(range(1, len(ADRS) + 1))


def test_every_page_below_docs_is_in_its_table_of_contents() -> None:
    contents = (ROOT / "docs" / "README.md").read_text(encoding="utf-8")
    folder = ROOT / "docs"
    listed = [page.relative_to(folder) for page in PAGES if folder in page.parents and "adr" not in page.parts]

    assert [str(page) for page in listed if page.name != "README.md" and f"({page})" not in contents] == []
