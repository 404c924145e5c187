"""The mail servers that the tests here share."""

from collections.abc import Iterator

import pytest

from lab.world import World
from tests.lab.mailcow.mail_servers import MailServers, running


@pytest.fixture(scope="session")
def servers(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServers]:
    """Mail servers with a few people, without the API."""
    with running(world, tmp_path_factory.mktemp("mailcow")) as started:
        yield started
