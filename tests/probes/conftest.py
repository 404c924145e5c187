"""A world of name servers on loopback: the only sockets of the fast ring that these tests open."""

from collections.abc import Iterator

import pytest

from tests.probes.hosted import Hosted, hosted_world


@pytest.fixture
def hosted(socket_enabled: None) -> Iterator[Hosted]:
    """example.com as it should be."""
    with hosted_world() as world:
        yield world
