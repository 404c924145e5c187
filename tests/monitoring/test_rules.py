"""Alerts are code with tests: each rule has one that raises it and a runbook of its own name."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

PROJECT = Path(__file__).parents[2]
ALERTS = PROJECT / "monitoring" / "alerts"
RUNBOOKS = PROJECT / "docs" / "runbooks"
FILES = sorted(ALERTS.glob("*.yml"))
SECTIONS = ["What it means for people", "What to do", "When to wake somebody else"]
TESTS = sorted((ALERTS / "tests").glob("*.yml"))


def rules() -> dict[str, dict[str, Any]]:
    groups = [group for file in FILES for group in yaml.safe_load(file.read_text())["groups"]]
    return {rule["alert"]: rule for group in groups for rule in group["rules"]}


def judged(*arguments: str) -> None:
    done = subprocess.run(["promtool", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_prometheus_takes_the_rules(file: Path) -> None:
    judged("check", "rules", str(file))


@pytest.mark.parametrize("file", TESTS, ids=lambda file: file.name)
def test_each_rule_is_raised_when_it_should_be_and_not_a_little_before(file: Path) -> None:
    judged("test", "rules", str(file))


def test_no_rule_is_without_a_test_that_raises_it() -> None:
    raised = {
        case["alertname"]
        for file in TESTS
        for test in yaml.safe_load(file.read_text())["tests"]
        for case in test["alert_rule_test"]
        if case["exp_alerts"]
    }

    assert raised == set(rules())


def test_each_rule_says_what_is_wrong_and_where_its_runbook_is() -> None:
    for name, rule in rules().items():
        if name == "Watchdog":
            continue
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith(".")
        assert rule["annotations"]["runbook_url"] == f"docs/runbooks/{name}.md"
        assert rule["labels"]["severity"] in {"warning", "critical"}


def test_there_is_a_runbook_for_each_rule_and_none_without_one() -> None:
    assert {page.stem for page in RUNBOOKS.glob("*.md")} - {"README"} == set(rules()) - {"Watchdog"}


@pytest.mark.parametrize("page", sorted(RUNBOOKS.glob("*.md")), ids=lambda page: page.stem)
def test_a_runbook_says_what_it_means_what_to_do_and_whom_to_wake(page: Path) -> None:
    title, *parts = re.split(r"^##? ", page.read_text(encoding="utf-8"), flags=re.MULTILINE)[1:]

    assert title.splitlines()[0] == page.stem
    assert len(title.splitlines()) > 1
    assert [part.splitlines()[0] for part in parts] == SECTIONS
    assert all(part.partition("\n")[2].strip() for part in parts)
    assert "\n1. " in parts[1]


def test_what_alertmanager_holds_back_or_sends_elsewhere_are_alerts_that_there_are() -> None:
    text = (PROJECT / "monitoring" / "prometheus" / "alertmanager.yml").read_text()

    assert set(re.findall(r'alertname !?= "(\w+)"', text)) <= set(rules())


def test_a_runbook_types_commands_as_they_work_in_the_project_with_two_stack_files_in_it() -> None:
    typed = [
        (page.name, command)
        for page in sorted(RUNBOOKS.glob("*.md"))
        for command in re.findall(r"`((?:\./)?mailstead [^`]+)`", page.read_text(encoding="utf-8"))
    ]

    assert len(typed) > 20
    assert [one for one in typed if not (one[1].startswith("./") and " --stack " in one[1])] == []
