"""The list of figures is what programs write, and rules and dashboards ask for nothing else."""

import re

import pytest

from tests.monitoring.known_metrics import PROJECT, asked_for, known, listed, ours
from tests.monitoring.test_rules import rules

# mail_ in our programs that is no figure: keys of files, volumes, the list of people.
NO_FIGURES = {"mail_bytes", "mail_crypt", "mail_list"}


@pytest.mark.parametrize("name", rules())
def test_a_rule_asks_for_figures_that_there_are(name: str) -> None:
    asked = asked_for(str(rules()[name]["expr"]))

    assert asked or name == "Watchdog"
    assert asked <= known()


@pytest.mark.parametrize("name", ours())
def test_a_figure_of_ours_is_written_by_the_program_that_is_named(name: str) -> None:
    file, labels = ours()[name]
    text = (PROJECT / file).read_text(encoding="utf-8")

    assert re.search(rf"\b{name}\b", text)
    for label in labels:
        assert re.search(rf'\b{label}=|["{{]{label}\b', text), label


def test_no_program_writes_a_figure_that_is_not_listed() -> None:
    folders = {"monitoring/collectors": "*.*", "backup": "*.sh", "backup/host": "*.sh"}
    programs = [file for folder, those in folders.items() for file in (PROJECT / folder).glob(those)]
    written = {
        name for file in programs for name in re.findall(r"\bmail_[a-z_]*[a-z]\b", file.read_text(encoding="utf-8"))
    }

    assert written - NO_FIGURES == set(ours())


def test_each_figure_of_ours_says_what_it_is() -> None:
    for writer in listed()["ours"].values():
        assert writer["every"]
        assert all(str(figure["says"]).endswith(".") for figure in writer["figures"].values())
