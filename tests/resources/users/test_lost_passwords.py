"""A first password wiped from Vault: no new one lies there that does not open the mailbox, and hers goes on."""

import pytest

from core.errors import VaultUnreachableError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, PATH, found_domain, mailbox, row, secret
from tests.resources.users.wire import Life
from users.mailbox import MailboxProvider
from users.vault_secret import VaultSecretProvider


@pytest.fixture(autouse=True)
def domain_is_there(mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")


def up(alices: Life, alice: Life) -> tuple[str, str]:
    """Run the engine's steps for a person: first the password, then the mailbox, which is told of it."""
    first = alices.up(secret())
    return first, alice.up(mailbox(secret_made=alices.outputs["made"]))


def born(living: Living, mailcow: FakeMailcow) -> tuple[Life, Life]:
    """Alice, since an hour ago; she has changed her password."""
    alices, alice = living(VaultSecretProvider), living(MailboxProvider)
    assert up(alices, alice) == ("create", "create")
    mailcow.mailboxes[ADDRESS] = row(created="2026-11-22 12:50:00", last_login=1_790_000_000)
    mailcow.passwords[ADDRESS] = "her-own"
    return alices, alice


def test_a_wiped_password_ends_in_notes_alone_and_in_advice(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, said: list[str]
) -> None:
    alices, alice = born(living, mailcow)
    vault.delete_all(PATH)
    assert (alices.refresh(), alice.refresh()) == ("gone", "same")

    assert up(alices, alice) == ("create", "update")

    assert vault.secrets[PATH].versions == []
    assert vault.secrets[PATH].custom["state"] == "adopted"
    assert mailcow.passwords[ADDRESS] == "her-own"
    assert len(said) == 1
    assert "run: mailstead rotate alice@example.com" in said[0]


def test_notes_of_somebody_who_has_her_own_are_made_again_as_notes(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    """`mailstead adopt` notes no time."""
    vault.set_metadata(PATH, {"state": "adopted", "address": ADDRESS, "stack": "dev"})
    mailcow.mailboxes[ADDRESS] = row(created="2026-01-01 12:00:00")
    alices, alice = living(VaultSecretProvider), living(MailboxProvider)
    up(alices, alice)
    vault.delete_all(PATH)
    alices.refresh()

    assert up(alices, alice) == ("create", "update")

    assert vault.secrets[PATH].versions == []


def test_after_that_nothing_changes_any_more(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, said: list[str]
) -> None:
    alices, alice = born(living, mailcow)
    vault.delete_all(PATH)
    alices.refresh()
    up(alices, alice)

    assert (alices.refresh(), alice.refresh()) == ("same", "same")
    assert up(alices, alice) == ("same", "same")
    assert len(said) == 1


@pytest.mark.parametrize("call", ["metadata", "delete_all", "set_metadata"])
def test_a_run_that_died_at_it_is_finished_by_the_next(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, monkeypatch: pytest.MonkeyPatch, call: str
) -> None:
    alices, alice = born(living, mailcow)
    vault.delete_all(PATH)
    alices.refresh()
    alices.up(secret())
    told = mailbox(secret_made=alices.outputs["made"])
    with monkeypatch.context() as patch:
        patch.setattr(vault, call, lambda *_args: (_ for _ in ()).throw(VaultUnreachableError("no answer")))
        with pytest.raises(VaultUnreachableError):
            alice.up(told)

    assert alice.up(told) == "update"

    assert vault.secrets[PATH].versions == []
    assert mailcow.passwords[ADDRESS] == "her-own"


def test_a_password_that_was_rotated_meanwhile_is_left(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> None:
    alices, alice = born(living, mailcow)
    vault.delete_all(PATH)
    alices.refresh()
    alices.up(secret())
    vault.write_version(PATH, {"password": "rotated"})
    vault.secrets[PATH].custom["state"] = "rotated"

    alice.up(mailbox(secret_made=alices.outputs["made"]))

    assert vault.secrets[PATH].versions[-1] == {"password": "rotated"}


def test_password_and_mailbox_lost_together_are_both_made_again(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    alices, alice = born(living, mailcow)
    vault.delete_all(PATH)
    mailcow.delete_mailbox(ADDRESS)
    assert (alices.refresh(), alice.refresh()) == ("gone", "gone")

    assert up(alices, alice) == ("create", "create")

    assert mailcow.passwords == {ADDRESS: vault.secrets[PATH].versions[0]["password"]}


def test_state_and_vault_lost_together_leave_her_own_password(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, said: list[str]
) -> None:
    born(living, mailcow)
    mailcow.mailboxes[ADDRESS] = row(created="2026-01-01 12:00:00", last_login=1_790_000_000)
    vault.delete_all(PATH)

    assert up(living(VaultSecretProvider), living(MailboxProvider)) == ("create", "create")

    assert vault.secrets[PATH].versions == []
    assert mailcow.passwords[ADDRESS] == "her-own"
    assert "mailstead rotate" in said[-1]


def test_a_mailbox_of_minutes_ago_is_one_whose_making_died_and_keeps_its_password(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    """A time zone may make it look some hours older than its password."""
    alices = living(VaultSecretProvider)
    alices.up(secret())
    mailcow.mailboxes[ADDRESS] = row(created="2026-11-22 01:50:00")

    living(MailboxProvider).up(mailbox(secret_made=alices.outputs["made"]))

    assert len(vault.secrets[PATH].versions) == 1


def test_a_state_that_knew_no_time_of_the_password_shows_no_change(living: Living, mailcow: FakeMailcow) -> None:
    alices, alice = born(living, mailcow)
    del alice.outputs["secret_made"]

    assert alice.up(mailbox(secret_made=alices.outputs["made"])) == "same"
