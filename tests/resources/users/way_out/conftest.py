"""Two domains on the server, the password of a relay in Vault, and the resource."""

import pytest

from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.way_out.ways import DOMAIN, OTHER, PASSWORD, PATH, make_domain
from tests.resources.users.wire import Life
from users.way_out import WayOutProvider


@pytest.fixture
def mailcow(mailcow: FakeMailcow) -> FakeMailcow:
    """A server with two domains of ours."""
    make_domain(mailcow, DOMAIN)
    make_domain(mailcow, OTHER)
    return mailcow


@pytest.fixture
def vault(vault: FakeVault) -> FakeVault:
    """A Vault with the password of the relay."""
    vault.write_version(PATH, {"password": PASSWORD})
    vault.calls.clear()
    return vault


@pytest.fixture
def life(living: Living) -> Life:
    """The way out of the first domain in the hands of the engine."""
    return living(WayOutProvider)


@pytest.fixture
def other(living: Living) -> Life:
    """The way out of the second domain."""
    return living(WayOutProvider)
