"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.ops.adopting import Desk
from tests.ops.workplace import Operator


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """An operator whose machine has everything, and whose stack holds nothing yet."""
    return Operator(folder=tmp_path)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """An operator who takes over the server of a small company."""
    return Desk(folder=tmp_path)


@pytest.fixture
def here(operator: Operator, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """The operator in her project's folder, for commands that run in this process."""
    monkeypatch.chdir(operator.project_folder)
    monkeypatch.delenv("PULUMI_STACK", raising=False)
    for name, value in operator.env.items():
        monkeypatch.setenv(name, value)
    return operator
