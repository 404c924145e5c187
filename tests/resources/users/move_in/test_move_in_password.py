"""The password of a sync job: from Vault, in no edit, in no state and in no error."""

import traceback

import pytest

from core.errors import MailcowUnavailableError, MailsteadError, VaultDeniedError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.move_in.jobs import PASSWORD, PATH, move_in, only
from tests.resources.users.people import ADDRESS
from tests.resources.users.wire import Life

NEWER = "Planted-Newer-Pass_3wB"


def test_a_newer_password_in_vault_is_seen_by_a_refresh_and_sent(
    life: Life, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    life.up(move_in())
    vault.write_version(PATH, {"password": NEWER})

    assert life.refresh() == "drift"
    assert life.up(move_in()) == "update"

    assert mailcow.sync_passwords == {only(mailcow).id: NEWER}
    assert life.outputs["password_version"] == 2
    assert life.up(move_in()) == "same"


def test_a_new_password_is_never_sent_in_an_edit(life: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    """In its log of calls mailcow stars out the password of a job that is made, and not of one that is edited."""
    life.up(move_in())
    mailcow.changes.clear()
    vault.write_version("mail/move-in/example.com/other", {"password": NEWER})

    life.up(move_in(password_in="mail/move-in/example.com/other"))

    assert mailcow.sync_passwords == {only(mailcow).id: NEWER}
    assert [change for change in mailcow.changes if change.startswith("edit")] == []


def test_a_password_that_was_taken_out_of_vault_afterwards_is_no_drift(life: Life, vault: FakeVault) -> None:
    life.up(move_in())
    vault.delete_all(PATH)

    assert life.refresh() == "same"
    assert life.up(move_in()) == "same"
    assert life.up(move_in(port=994)) == "update"


def test_a_password_that_is_missing_is_said_with_the_command_that_puts_it_there(
    life: Life, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    vault.delete_all(PATH)

    with pytest.raises(MailsteadError, match=f"vault kv put -mount=secret {PATH} password=-"):
        life.up(move_in())
    assert mailcow.sync_jobs == {}


def test_no_password_is_in_the_state_or_in_an_error(
    life: Life, mailcow: FakeMailcow, vault: FakeVault, capsys: pytest.CaptureFixture[str]
) -> None:
    told: list[object] = []
    mailcow.failures[f"add sync job {ADDRESS}"] = MailcowUnavailableError("mailcow is not ready")
    with pytest.raises(MailsteadError) as failed:
        life.up(move_in())
    told.append("".join(traceback.format_exception(failed.value)))

    life.up(move_in())
    told += [life.id, life.inputs, life.outputs]
    vault.write_version(PATH, {"password": NEWER})
    life.refresh()
    vault.failure = VaultDeniedError("Vault refuses")
    with pytest.raises(MailsteadError) as failed:
        life.up(move_in())
    told.append("".join(traceback.format_exception(failed.value)))
    vault.failure = None
    life.up(move_in())
    told += [life.id, life.inputs, life.outputs, capsys.readouterr()]

    assert [secret for secret in (PASSWORD, NEWER) if secret in str(told)] == []
    assert mailcow.sync_passwords == {only(mailcow).id: NEWER}
