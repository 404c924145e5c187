"""Change every rule in every small way and see a test of it fail: ``python -m tests.monitoring.mutate_rules``.

Each comparison is turned round, each number that decides is made half as big again and half as big, each wait is
taken out and doubled; each matcher of a label is left out, each aggregation made another, each half of what is joined
left out. A change that no test notices is named, and the exit code is 1.
"""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from tests.monitoring.test_rules import FILES, TESTS

_TURNED = {">": "<=", "<": ">=", "==": "!=", ">=": "<"}
_COMPARISON = re.compile(r"(?<![=~!<>])(>=|==|>|<)(?![=~])")
_MATCHER = re.compile(r'\w+(?:=~|!~|!=|=)"[^"]*",?')
_AGGREGATED = {"sum": "count", "count": "max", "min": "max", "avg": "max"}
_AGGREGATION = re.compile(rf"\b({'|'.join(_AGGREGATED)})(?= by )")
_JOINED = re.compile(r"\s(?:or|unless|and)(?: on \(\w+\))?\s")
_NUMBER = re.compile(r'(?<![\w"{.\[:])\d+(?:\.\d+)?(?![\w"\]:])')


def changed(rule: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each change of a rule in words, and the rule with it."""
    expression = str(rule["expr"])
    if rule["alert"] == "Watchdog":  # it fires whatever its number is
        return
    outside = re.sub(r'"[^"]*"', lambda found: "_" * len(found[0]), expression)
    for found in _COMPARISON.finditer(outside):
        new = expression[: found.start()] + _TURNED[found[0]] + expression[found.end() :]
        yield f"{found[0]} at {found.start()} turned round", {**rule, "expr": new}
    for found in _NUMBER.finditer(outside):
        # Half as many as none is none.
        for factor in (1.5, 0.5) if float(found[0]) else (1.5,):
            number = f"{float(found[0]) * factor or factor:g}"
            new = expression[: found.start()] + number + expression[found.end() :]
            yield f"{found[0]} at {found.start()} made {number}", {**rule, "expr": new}
    for what, new in _changed_choice(expression):
        yield what, {**rule, "expr": new}
    if "for" in rule:
        yield "waits for nothing", {key: value for key, value in rule.items() if key != "for"}
        amount, unit = re.fullmatch(r"(\d+)(\w)", rule["for"]).groups()  # type: ignore[union-attr]
        yield "waits twice as long", {**rule, "for": f"{int(amount) * 2}{unit}"}


def _changed_choice(expression: str) -> Iterator[tuple[str, str]]:
    """Change which series count: by their labels, by how they are put together, by one half of what is joined."""
    for found in _MATCHER.finditer(expression):
        new = expression[: found.start()] + expression[found.end() :]
        yield f"without {found[0]}", new.replace(",}", "}")
    for found in _AGGREGATION.finditer(expression):
        new = expression[: found.start()] + _AGGREGATED[found[0]] + expression[found.end() :]
        yield f"{found[0]} made {_AGGREGATED[found[0]]}", new
    for found in _JOINED.finditer(expression):
        yield f"without what follows{found[0]}", expression[: found.start()]
        if found[0].strip().startswith(("or", "and")):
            yield f"without what precedes{found[0]}", expression[found.end() :]


def cases_of(alert: str) -> list[dict[str, Any]]:
    """Give the files of tests, each with the cases of this alert alone."""
    files = [yaml.safe_load(file.read_text()) for file in TESTS]
    own = [
        {**file, "tests": [case for case in file["tests"] if case["alert_rule_test"][0]["alertname"] == alert]}
        for file in files
    ]
    return [{**file, "rule_files": ["rules.yml"]} for file in own if file["tests"]]


def noticed(rule: dict[str, Any], tests: list[dict[str, Any]], folder: Path) -> bool:
    """Say whether a test of the rule fails."""
    (folder / "rules.yml").write_text(yaml.safe_dump({"groups": [{"name": "a", "rules": [rule]}]}))
    names = [f"tests-{number}.yml" for number in range(len(tests))]
    for name, content in zip(names, tests, strict=True):
        (folder / name).write_text(yaml.safe_dump(content))
    command = ["promtool", "test", "rules", *names]
    return subprocess.run(command, cwd=folder, capture_output=True, check=False).returncode != 0


def main() -> int:
    """Try all of them."""
    groups = [group for file in FILES for group in yaml.safe_load(file.read_text())["groups"]]
    tried, missed = 0, list[str]()
    with tempfile.TemporaryDirectory() as folder:
        for rule in (rule for group in groups for rule in group["rules"]):
            own = cases_of(rule["alert"])
            for what, new in changed(rule):
                tried += 1
                if not noticed(new, own, Path(folder)):
                    missed.append(f"{rule['alert']}: {what}")
    print(f"{tried} changes of rules, {tried - len(missed)} noticed", *missed, sep="\n")  # noqa: T201 — a program
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
