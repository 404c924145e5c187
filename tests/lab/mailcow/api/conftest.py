"""The API under test, started once."""

from collections.abc import Iterator

import pytest

from lab.world import World
from tests.lab.mailcow.api.service import ApiService, running


@pytest.fixture(scope="session")
def api(world: World) -> Iterator[ApiService]:
    """Give the API in containers on the lab's network."""
    with running(world) as service:
        yield service
