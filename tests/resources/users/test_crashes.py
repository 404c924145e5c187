"""Whatever moment a run dies at, the next one ends with each mailbox once and its password unchanged."""

from collections.abc import Callable

import pytest

from core.errors import MailcowUnavailableError, VaultUnreachableError
from mailcow.rows import NewMailbox
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living, start_process
from tests.resources.users.people import ADDRESS, PATH, found_domain, mailbox, row, secret
from tests.resources.users.wire import Life
from users.mailbox import MailboxProvider
from users.vault_secret import VaultSecretProvider


class DeathError(BaseException):
    """The process is killed."""


class DyingMailcow(FakeMailcow):
    """Does what it is asked, and then something dies."""

    def __init__(self) -> None:
        super().__init__()
        self.after_add: Callable[[], None] | None = None

    def add_mailbox(self, mailbox: NewMailbox, *, password: str) -> bool:
        made = super().add_mailbox(mailbox, password=password)
        then, self.after_add = self.after_add, None
        if then is not None:
            then()
        return made


def die() -> None:
    """Kill the process."""
    raise DeathError


@pytest.fixture
def mailcow() -> DyingMailcow:
    mailcow = DyingMailcow()
    found_domain(mailcow, "mailstead-dev")
    return mailcow


@pytest.fixture
def next_run(monkeypatch: pytest.MonkeyPatch, living: Living, mailcow: FakeMailcow, vault: FakeVault) -> Living:
    """Give birth to a resource in a new process that knows nothing of the last one."""

    def live(kind: type[VaultSecretProvider | MailboxProvider]) -> Life:
        start_process(monkeypatch, mailcow, vault)
        return living(kind)

    return live  # type: ignore[return-value] # pyright: ignore[reportReturnType]


def finish(next_run: Living) -> None:
    """Run again with nothing in the state, as after a run whose state was never written."""
    next_run(VaultSecretProvider).up(secret())
    next_run(MailboxProvider).up(mailbox())


def test_killed_between_password_and_mailbox(next_run: Living, mailcow: FakeMailcow, vault: FakeVault) -> None:
    next_run(VaultSecretProvider).up(secret())
    made = vault.secrets[PATH].versions[0]["password"]

    finish(next_run)

    assert vault.secrets[PATH].versions == [{"password": made}]
    assert mailcow.passwords == {ADDRESS: made}


def test_killed_between_the_making_of_a_mailbox_and_its_answer(
    next_run: Living, mailcow: DyingMailcow, vault: FakeVault, said: list[str]
) -> None:
    next_run(VaultSecretProvider).up(secret())
    made = vault.secrets[PATH].versions[0]["password"]
    mailcow.after_add = die
    with pytest.raises(DeathError):
        next_run(MailboxProvider).up(mailbox())

    finish(next_run)

    assert mailcow.changes.count(f"add mailbox {ADDRESS}") == 1
    assert mailcow.mailboxes == {ADDRESS: row()}
    assert mailcow.passwords == {ADDRESS: made}
    assert said == []


def test_killed_after_the_mailbox_and_before_the_state(
    next_run: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    finish(next_run)
    made = vault.secrets[PATH].versions[0]["password"]
    before = list(mailcow.changes)

    finish(next_run)

    assert mailcow.changes == before
    assert mailcow.passwords == {ADDRESS: made}


def test_mailcow_died_while_it_made_the_mailbox(next_run: Living, mailcow: DyingMailcow, vault: FakeVault) -> None:
    """Row without tag: mailcow writes them one after the other."""
    next_run(VaultSecretProvider).up(secret())

    def leave_half_made() -> None:
        mailcow.mailboxes[ADDRESS] = row(tags=())
        raise MailcowUnavailableError("not ready")

    mailcow.after_add = leave_half_made
    with pytest.raises(MailcowUnavailableError):
        next_run(MailboxProvider).up(mailbox())

    finish(next_run)

    assert mailcow.mailboxes == {ADDRESS: row()}
    assert mailcow.passwords[ADDRESS] == vault.secrets[PATH].versions[0]["password"]


@pytest.mark.parametrize("call", ["metadata", "read", "set_metadata"])
def test_vault_goes_away_while_a_mailbox_is_made(
    next_run: Living, mailcow: FakeMailcow, vault: FakeVault, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    next_run(VaultSecretProvider).up(secret())
    with monkeypatch.context() as patch:
        patch.setattr(vault, call, lambda *_args: (_ for _ in ()).throw(VaultUnreachableError("no answer")))
        with pytest.raises(VaultUnreachableError):
            next_run(MailboxProvider).up(mailbox())

    finish(next_run)

    assert mailcow.mailboxes == {ADDRESS: row()}
    assert mailcow.passwords[ADDRESS] == vault.secrets[PATH].versions[0]["password"]


def test_mailcow_that_contradicts_itself_ends_in_one_sentence(
    next_run: Living, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch
) -> None:
    next_run(VaultSecretProvider).up(secret())
    monkeypatch.setattr(mailcow, "add_mailbox", lambda *_args, **_more: False)

    with pytest.raises(Exception, match="does not settle whether mailbox"):
        next_run(MailboxProvider).up(mailbox())
