"""A fresh pretended host for each test."""

from pathlib import Path

import pytest

from tests.scripts.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """Give an empty host."""
    return Machine(tmp_path)
