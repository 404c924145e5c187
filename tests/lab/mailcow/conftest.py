"""The mail servers that the tests here share, without the API and with it."""

import itertools
from collections.abc import Iterator

import pytest

from lab.world import World
from tests.lab.mailcow.api.service import ApiService
from tests.lab.mailcow.api_steps import DOMAIN, added
from tests.lab.mailcow.install_folder import InstallFolder
from tests.lab.mailcow.mail_servers import MailServers, running, with_api

_NUMBERS = itertools.count()


@pytest.fixture(scope="session")
def servers(world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServers]:
    """Mail servers with a few people, without the API."""
    with running(world, tmp_path_factory.mktemp("mailcow")) as started:
        yield started


@pytest.fixture(scope="module")
def mail_api(servers: MailServers, world: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiService]:
    """Give the API beside the mail servers, and a domain; other modules see what it is like without."""
    install = InstallFolder.clone(tmp_path_factory.mktemp("api"))
    with with_api(servers, world, install.path) as started:
        if not started.get(f"get/domain/{DOMAIN}"):
            started.post("add/domain", {"domain": DOMAIN, "mailboxes": 200, "key_size": 0})
        yield started


@pytest.fixture
def person(mail_api: ApiService) -> str:
    """Give a new person."""
    return added(mail_api, f"person{next(_NUMBERS)}")
