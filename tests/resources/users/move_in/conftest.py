"""Alice, whose mail moves in: her mailbox, her password at the old provider, the resource."""

import pytest

from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.move_in.jobs import PASSWORD, PATH
from tests.resources.users.people import ADDRESS, row
from tests.resources.users.wire import Life
from users.move_in import MoveInProvider


@pytest.fixture
def mailcow(mailcow: FakeMailcow) -> FakeMailcow:
    """A server on which alice has a mailbox."""
    mailcow.mailboxes[ADDRESS] = row()
    return mailcow


@pytest.fixture
def vault(vault: FakeVault) -> FakeVault:
    """A Vault with the password that alice has at her old provider."""
    vault.write_version(PATH, {"password": PASSWORD})
    vault.calls.clear()
    return vault


@pytest.fixture
def life(living: Living) -> Life:
    """The resource in the hands of the engine."""
    return living(MoveInProvider)
