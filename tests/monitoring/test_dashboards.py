"""Dashboards ask for figures that there are, in a language that Prometheus takes."""

import json
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.monitoring.known_metrics import asked_for, known

FOLDER = Path(__file__).parents[2] / "monitoring" / "dashboards"
BOARDS = sorted(FOLDER.glob("*.json"))


def expressions(board: dict[str, Any]) -> Iterator[str]:
    for panel in board["panels"]:
        for target in panel["targets"]:
            yield target["expr"]


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.name)
def test_each_expression_asks_for_a_known_figure(file: Path) -> None:
    for expression in expressions(json.loads(file.read_text())):
        named = asked_for(expression)
        assert named, expression
        assert named <= known(), expression


@pytest.mark.parametrize("file", BOARDS, ids=lambda file: file.name)
def test_prometheus_takes_each_expression(file: Path, tmp_path: Path) -> None:
    rules = [
        {"record": f"a{number}", "expr": expression.replace("$host", ".*")}
        for number, expression in enumerate(expressions(json.loads(file.read_text())))
    ]
    (tmp_path / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": rules}]}))
    done = subprocess.run(
        ["promtool", "check", "rules", str(tmp_path / "rules.yml")], capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


def test_there_is_one_for_mail_flow_hosts_and_backups_each_with_a_name_of_its_own() -> None:
    boards = [json.loads(file.read_text()) for file in BOARDS]

    assert {file.stem for file in BOARDS} == {"mail-flow", "host", "backups"}
    assert len({board["uid"] for board in boards}) == len(boards)
