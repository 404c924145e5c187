"""What the tests of the command line share."""

from pathlib import Path

import pytest

from tests.ops.workplace import Operator


@pytest.fixture
def operator(tmp_path: Path) -> Operator:
    """An operator whose machine has everything, and whose stack holds nothing yet."""
    return Operator(folder=tmp_path)
