"""The first password: made once, never overwritten, never read, gone with its person."""

import pytest

from core import passwords
from core.errors import RefusedError, VaultError
from tests.fakes import FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, MADE, NOTES, PATH, found_password, secret
from tests.resources.users.wire import Life
from users.first_password import new_password
from users.vault_secret import VaultSecretProvider


@pytest.fixture
def alices(living: Living) -> Life:
    """Alice's first password, not made yet."""
    return living(VaultSecretProvider)


def test_a_first_password_is_made_by_the_rules_with_its_notes(alices: Life, vault: FakeVault) -> None:
    assert alices.up(secret()) == "create"

    assert set(vault.secrets[PATH].versions[0]) == {"password"}
    assert passwords.is_acceptable(vault.secrets[PATH].versions[0]["password"])
    notes = vault.secrets[PATH].custom
    assert {**notes, "made": MADE} == NOTES
    assert alices.outputs["made"] == notes["made"]


def test_no_two_first_passwords_are_alike() -> None:
    assert len({new_password() for _ in range(200)}) == 200


def test_the_state_holds_the_path_and_never_the_value(alices: Life, vault: FakeVault) -> None:
    alices.up(secret())

    assert alices.id == alices.outputs["path"] == PATH
    assert vault.secrets[PATH].versions[0]["password"] not in repr((alices.inputs, alices.outputs))


def test_a_first_password_that_is_there_already_is_kept(alices: Life, vault: FakeVault) -> None:
    found_password(vault)
    before = vault.secrets[PATH].versions[0]

    alices.up(secret())

    assert vault.secrets[PATH].versions == [before]


def test_notes_whose_writing_was_cut_off_are_finished(alices: Life, vault: FakeVault) -> None:
    found_password(vault)
    before = vault.secrets[PATH].versions[0]
    vault.secrets[PATH].custom.clear()

    alices.up(secret())

    assert vault.secrets[PATH].versions == [before]
    notes = vault.secrets[PATH].custom
    assert {**notes, "made": MADE} == NOTES
    assert alices.outputs["made"] == notes["made"]


def test_notes_of_a_later_state_are_left_alone(alices: Life, vault: FakeVault) -> None:
    found_password(vault, state="adopted", mailbox_made="2026-11-01T00:00:00+00:00")
    before = dict(vault.secrets[PATH].custom)

    alices.up(secret())

    assert vault.secrets[PATH].custom == before


def test_another_stacks_password_is_refused_by_name(alices: Life, vault: FakeVault) -> None:
    found_password(vault, stack="prod")

    with pytest.raises(RefusedError, match="belongs to stack prod"):
        alices.up(secret())


def test_a_deleted_password_is_not_made_anew_over_it(alices: Life, vault: FakeVault) -> None:
    found_password(vault)
    vault.soft_delete(PATH)

    with pytest.raises(VaultError, match="undelete"):
        alices.up(secret())


def test_presence_is_read_without_the_value(alices: Life, vault: FakeVault) -> None:
    alices.up(secret())
    vault.calls.clear()

    assert alices.refresh() == "same"
    assert vault.calls == [f"metadata {PATH}"]


def test_a_password_gone_from_vault_is_seen_by_refresh_and_made_again(alices: Life, vault: FakeVault) -> None:
    alices.up(secret())
    vault.delete_all(PATH)

    assert alices.refresh() == "gone"
    assert alices.up(secret()) == "create"
    assert PATH in vault.secrets


def test_a_password_made_again_has_another_time(alices: Life, vault: FakeVault) -> None:
    alices.up(secret())
    before = alices.outputs["made"]
    vault.delete_all(PATH)
    alices.refresh()
    alices.up(secret())

    assert alices.outputs["made"] > before


def test_whoever_has_a_password_of_her_own_gets_none(alices: Life, vault: FakeVault) -> None:
    """`mailstead adopt` leaves notes without a value, and a value must not be written over them."""
    vault.set_metadata(PATH, {**NOTES, "state": "adopted"})

    assert alices.up(secret()) == "create"

    assert vault.secrets[PATH].versions == []
    assert alices.refresh() == "same"
    assert alices.up(secret()) == "same"


def test_notes_of_another_kind_without_a_value_get_a_password(alices: Life, vault: FakeVault) -> None:
    vault.set_metadata(PATH, {"state": "initial", "address": ADDRESS, "stack": "dev"})

    alices.up(secret())

    assert passwords.is_acceptable(vault.secrets[PATH].versions[0]["password"])


def test_notes_of_another_stack_are_refused_too(alices: Life, vault: FakeVault) -> None:
    vault.set_metadata(PATH, {**NOTES, "state": "adopted", "stack": "prod"})

    with pytest.raises(RefusedError, match="belongs to stack prod"):
        alices.up(secret())


def test_a_date_is_recorded_and_vault_is_not_asked(alices: Life, vault: FakeVault) -> None:
    alices.up(secret())
    vault.calls.clear()

    assert alices.up(secret(kept_until="2026-12-31")) == "update"

    assert vault.calls == []
    assert alices.outputs["kept_until"] == "2026-12-31"
    assert alices.outputs["path"] == PATH


@pytest.mark.parametrize("until", ["", "2026-11-23"])
def test_the_password_of_somebody_active_or_kept_is_not_deleted(alices: Life, vault: FakeVault, until: str) -> None:
    alices.up(secret(kept_until=until))

    with pytest.raises(RefusedError):
        alices.delete()
    assert PATH in vault.secrets


def test_from_its_date_on_value_and_notes_go(alices: Life, vault: FakeVault) -> None:
    alices.up(secret(kept_until="2026-11-22"))

    alices.delete()

    assert PATH not in vault.secrets


def test_deleting_what_is_gone_is_done(alices: Life, vault: FakeVault) -> None:
    alices.up(secret(kept_until="2026-11-22"))
    vault.delete_all(PATH)

    alices.delete()


def test_another_stacks_password_stays(alices: Life, vault: FakeVault, said: list[str]) -> None:
    alices.up(secret(kept_until="2026-11-22"))
    vault.set_metadata(PATH, {**NOTES, "stack": "prod"})

    alices.delete()

    assert PATH in vault.secrets
    assert ["belongs to stack prod" in sentence for sentence in said] == [True]


def test_destroying_the_stack_takes_everybodys(alices: Life, vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> None:
    alices.up(secret())
    monkeypatch.setenv("MAILSTEAD_DESTROY", "dev")

    alices.delete()

    assert PATH not in vault.secrets


def test_upper_case_is_no_other_password(alices: Life) -> None:
    alices.up(secret())

    assert alices.up(secret(address="Alice@example.com", local_part="Alice")) == "same"
