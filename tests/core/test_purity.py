"""Core decides and does nothing else: the linter says so of every line that would."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

CORE = Path(__file__).parents[2] / "core"


@pytest.mark.parametrize(
    "planted",
    [
        "import os",
        "import pathlib",
        "from pathlib import Path",
        "import random",
        "import secrets",
        "import time",
        "import socket",
        "import subprocess",
        "from datetime import date\n\n_X = date.today()",
        "from datetime import datetime\n\n_X = datetime.now()",
        "import datetime\n\n_X = datetime.datetime.now()",
        "_X = open('x')",
    ],
)
def test_a_clock_a_file_an_environment_or_dice_in_core_are_reported(planted: str) -> None:
    # `open` is no import: PTH123 of the project's own rules reports it.
    ruff = Path(sys.executable).parent / "ruff"
    command = [ruff, "check", "--output-format=json", "--stdin-filename", CORE / "planted.py", "-"]

    ran = subprocess.run(command, input=planted, capture_output=True, text=True, check=False, cwd=CORE.parent)

    assert {"TID251", "PTH123"} & {finding["code"] for finding in json.loads(ran.stdout)}


def test_core_itself_is_clean() -> None:
    ruff = Path(sys.executable).parent / "ruff"

    ran = subprocess.run(
        [ruff, "check", "--select=TID251", CORE], capture_output=True, text=True, check=False, cwd=CORE.parent
    )

    assert ran.returncode == 0, ran.stdout
