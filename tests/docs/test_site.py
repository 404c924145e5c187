"""The documents as a site: what is in it, where, and that it asks nobody else for anything."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from docs.site_hooks import for_the_site, navigation
from tests.docs.pages import ROOT

KINDS = ["Tutorial", "How-to guides", "Reference", "Explanation"]


def build(project: Path, folder: Path) -> subprocess.CompletedProcess[str]:
    """Build as CI/check.sh does."""
    command = [Path(sys.executable).parent / "mkdocs", "build", "--strict", "--site-dir", folder]
    env = {**os.environ, "NO_MKDOCS_2_WARNING": "1"}
    return subprocess.run(command, cwd=project, env=env, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site, built as the check builds it."""
    folder = tmp_path_factory.mktemp("site")
    built = build(ROOT, folder)
    assert built.returncode == 0, built.stderr
    return folder


def test_the_navigation_has_the_four_kinds_of_documents_in_their_order() -> None:
    nav = navigation((ROOT / "docs" / "README.md").read_text(encoding="utf-8"))

    assert [name for section in nav for name in section] == ["Documents", *KINDS]
    decisions = nav[-1]["Explanation"][-1]["Decisions"]
    assert len(decisions) == 1 + len(list((ROOT / "docs" / "adr").glob("*.md")))


def test_sections_and_groups_of_the_contents_become_those_of_the_navigation() -> None:
    contents = "## A\n- [One](one.md)\n### B\n- [`Two`](two.md)\n- [Three](three.md)\n## C\n- [Four](four.md)\n"

    assert navigation(contents)[1:] == [
        {"A": [{"One": "one.md"}, {"B": [{"Two": "two.md"}, {"Three": "three.md"}]}]},
        {"C": [{"Four": "four.md"}]},
    ]


def test_a_page_of_the_site_links_to_what_the_site_has_and_says_the_rest_in_words() -> None:
    text = "[a](../core/ports.py) [b](how-to/drift.md#x) [c](adr/) [d](https://example.com) [e](#f) `[g](../h)`"

    assert (
        for_the_site(text, page="README.md")
        == "a [b](how-to/drift.md#x) c [d](https://example.com) [e](#f) `[g](../h)`"
    )
    assert for_the_site("[a](../../foundation/vault/x.hcl)", page="how-to/vault.md") == "a"


@pytest.mark.parametrize("dead", ["[x](nowhere.md)", "[x](#nowhere)", "[x](how-to/drift.md#nowhere)"])
def test_a_link_that_leads_nowhere_fails_the_build(dead: str, tmp_path: Path) -> None:
    """What is not logged is not counted: with --quiet, --strict lets everything pass."""
    shutil.copytree(ROOT / "docs", tmp_path / "docs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "mkdocs.yml", tmp_path)
    page = tmp_path / "docs" / "README.md"
    page.write_text(f"{page.read_text(encoding='utf-8')}\n{dead}\n", encoding="utf-8")

    built = build(tmp_path, tmp_path / "site")

    assert built.returncode != 0
    assert "nowhere" in built.stderr


def test_no_page_makes_a_browser_ask_somebody_else(site: Path) -> None:
    loaded = re.compile(r"<(?:script|link|img|iframe|source)\b[^>]*?\b(?:src|href)=[\"']?((?:https?:)?//[^\"' >]+)")
    pages = list(site.rglob("*.html"))

    assert len(pages) > 40
    assert {found for page in pages for found in loaded.findall(page.read_text(encoding="utf-8"))} == set()


def test_no_placeholder_of_a_template_is_lost_in_the_site(site: Path) -> None:
    """A browser takes `<DOMAIN>` for a tag of its own and shows nothing."""
    for page in site.rglob("*.html"):
        assert re.findall(r"<[A-Z]+(?:_[A-Z]+)*>", page.read_text(encoding="utf-8")) == [], page.name


def test_programs_are_no_part_of_the_site(site: Path) -> None:
    assert list(site.rglob("*.py")) == []
