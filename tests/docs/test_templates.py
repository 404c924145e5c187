"""Templates of guides and the security checklist can be read as they are, and say what is so."""

import re

import pytest

from core import ports
from ops.guides import CHECKLIST, GUIDES
from tests.docs.pages import ROOT

DOCS = ROOT / "docs"
TEMPLATES = [*GUIDES, CHECKLIST]
LINES = [line for line in (DOCS / CHECKLIST).read_text(encoding="utf-8").splitlines() if line.startswith("- [ ] ")]


@pytest.mark.parametrize("template", TEMPLATES)
def test_placeholders_stand_where_no_browser_takes_them_for_its_own(template: str) -> None:
    text = (DOCS / template).read_text(encoding="utf-8")
    loose = re.sub(r"`[^`\n]*`", "", text)

    assert re.findall(r"<[A-Z_]+>", loose) == []


def test_the_gmail_guide_has_the_ports_that_were_asked_for() -> None:
    text = (DOCS / "gmail_setup_guide.md").read_text(encoding="utf-8")

    for port in (ports.IMAPS, ports.POP3S, ports.SUBMISSION):
        assert f"**{port}**" in text
    assert "`user@<DOMAIN>`" in text
    assert "STARTTLS" in text
    assert "As of November 2026" in text


@pytest.mark.parametrize("guide", GUIDES)
def test_guides_name_no_port_that_the_server_does_not_open(guide: str) -> None:
    text = (DOCS / guide).read_text(encoding="utf-8")

    named = {int(number) for number in re.findall(r"\b(25|110|143|443|465|587|993|995|4190)\b", text)}
    assert named <= set(ports.PUBLIC)


@pytest.mark.parametrize("line", LINES, ids=lambda line: line[6:60])
def test_a_line_of_the_checklist_links_to_code_that_is_there(line: str) -> None:
    links = re.findall(r"\[([^\]]+)\]\(([^)]+)\)", line.removeprefix("- [ ] "))

    assert links, "name the code that makes it true, or put it into the table of what is done by hand"
    for words, target in links:
        named, *symbols = re.findall(r"`([^`]+)`", words)
        file = (DOCS / target).resolve()
        assert file == ROOT / named
        text = file.read_text(encoding="utf-8")
        assert [symbol for symbol in symbols if not re.search(rf"\b{re.escape(symbol)}\b", text)] == []


def test_every_line_of_the_second_part_says_who_does_it() -> None:
    _, _, by_hand = (DOCS / CHECKLIST).read_text(encoding="utf-8").partition("## What somebody does by hand")
    rows = [line.split("|")[1].strip() for line in by_hand.splitlines() if line.startswith("| ")]

    assert len(rows) > 10
    assert all(rows)
