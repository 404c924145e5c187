"""`mailstead guides`."""

import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ops import guides
from ops.cli import app
from tests.ops.workplace import Operator, state

PEOPLE = """\
domains:
  - name: example.com
    users: [alice]
  - name: startup.io
    defaults: {protocols: [imap, smtp]}
    users: [carol]
"""


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, ["guides", *arguments])
    return result.exit_code, result.stdout, result.stderr


@pytest.fixture
def up(here: Operator) -> Operator:
    """An operator whose stack is up, with two domains on one host."""
    (here.project_folder / "mail_list.yml").write_text(PEOPLE)
    outputs = {"mail_hostnames": ["mail.example.com"]}
    here.scenario(state=state(resources=({"type": "pulumi:pulumi:Stack", "outputs": outputs},)))
    return here


def test_each_domain_gets_its_guides_with_its_names_in_them_and_no_placeholder_left(up: Operator) -> None:
    status, said, _ = run("--out", "guides")

    folder = up.project_folder / "guides"
    texts = {path.relative_to(folder): path.read_text() for path in sorted(folder.rglob("*.md"))}
    assert status == 0
    assert {path.parent.name for path in texts} == {"example.com", "startup.io", ""}
    assert len(texts) == 2 * len(guides.GUIDES) + 1
    assert sorted(said.split()) == [f"guides/{path}" for path in texts]
    for path, text in texts.items():
        assert not re.search(r"<[A-Z_]+>|<!--", text), path
        assert "mail.example.com" in text, path
        assert (path.parent.name or "startup.io") in text, path


def test_every_link_of_a_written_guide_leads_to_one_that_was_written_too(up: Operator) -> None:
    run("--out", "guides")

    for page in (up.project_folder / "guides").rglob("*.md"):
        targets = re.findall(r"\]\(([^)#]+)", page.read_text())
        assert [target for target in targets if "://" not in target and not (page.parent / target).exists()] == []


def test_a_domain_where_nobody_may_fetch_by_pop3_is_told_nothing_of_it(up: Operator) -> None:
    run("--out", "guides")

    folder = up.project_folder / "guides"
    whole = {name: "".join(page.read_text() for page in (folder / name).glob("*.md")) for name in guide_folders(folder)}
    assert "995" in whole["example.com"]
    assert not re.search(r"995|pop ?3|ActiveSync|CalDAV", whole["startup.io"], re.IGNORECASE)
    assert "993" in whole["startup.io"]


def guide_folders(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir() if path.is_dir()]


def test_one_domain_may_be_named_in_any_writing(up: Operator) -> None:
    status, _, _ = run("Startup.IO", "--out", "guides")

    assert status == 0
    assert guide_folders(up.project_folder / "guides") == ["startup.io"]


def test_a_domain_that_is_not_served_is_refused_with_the_one_that_was_meant(up: Operator) -> None:
    status, _, complained = run("startupp.io", "--out", "guides")

    assert (status, "did you mean startup.io?" in complained) == (3, True)


def test_without_a_host_nothing_is_written_and_it_is_said_when_its_name_is_known(here: Operator) -> None:
    status, _, complained = run("--out", "guides")

    assert (status, (here.project_folder / "guides").exists()) == (3, False)
    assert "its name is known after: mailstead up --stack dev" in complained


def test_a_template_with_an_unknown_placeholder_writes_nothing(
    up: Operator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for guide in (*guides.GUIDES, guides.CHECKLIST):
        (tmp_path / "docs" / guide).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "docs" / guide).write_text("plain")
    (tmp_path / "docs" / guides.CHECKLIST).write_text("<STACK> <WHO>")
    monkeypatch.setattr(guides, "DOCS", tmp_path / "docs")

    status, _, complained = run("--out", "guides")

    assert (status, (up.project_folder / "guides").exists()) == (3, False)
    assert "security_checklist.md asks for <WHO>" in complained


def test_a_folder_that_cannot_be_written_to_is_told(up: Operator) -> None:
    (up.project_folder / "guides").write_text("a file")

    status, _, complained = run("--out", "guides")

    assert status == 3
    assert "name another folder with --out" in complained
