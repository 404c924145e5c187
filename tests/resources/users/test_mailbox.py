"""The life of one mailbox: made, edited, closed, deleted; and what happens to it behind our back."""

from dataclasses import replace

import pytest
from pulumi.runtime import rpc

from core.errors import MailcowUnavailableError, MailcowUnclearError, RefusedError, VaultError
from mailcow.rows import AliasRow
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import (
    ADDRESS,
    PASSWORD,
    PATH,
    found_domain,
    found_password,
    mailbox,
    row,
)
from tests.resources.users.wire import Life, sent
from users.mailbox import MailboxProvider

BY_HAND = AliasRow(id=1, address=ADDRESS, goto=("bob@example.com",), active=True)


@pytest.fixture
def alice(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> Life:
    """A mailbox that may be made: its domain and its first password are there."""
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)
    return living(MailboxProvider)


def test_a_mailbox_is_made_with_the_password_of_vault_and_our_tag_in_one_call(
    alice: Life, mailcow: FakeMailcow
) -> None:
    assert alice.up(mailbox()) == "create"

    assert mailcow.changes == [f"add mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row()
    assert mailcow.passwords[ADDRESS] == PASSWORD


def test_a_second_up_changes_nothing(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox())
    mailcow.changes.clear()

    assert alice.up(mailbox()) == "same"
    assert mailcow.changes == []


def test_check_and_diff_ask_nobody(alice: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    alice.up(mailbox())
    mailcow.reads.clear()
    vault.calls.clear()
    mailcow.failure = vault.failure = AssertionError("asked")

    alice.diff(mailbox(quota_mib=4096))

    assert mailcow.reads == vault.calls == []


def test_numbers_stay_whole_in_the_state(alice: Life) -> None:
    alice.up(mailbox())

    assert repr(alice.inputs["quota_mib"]) == repr(alice.outputs["quota_mib"]) == "2048"


def test_upper_case_is_no_other_mailbox(alice: Life) -> None:
    alice.up(mailbox())

    assert alice.up(mailbox(address="Alice@Example.com", domain="Example.com", local_part="Alice")) == "same"


@pytest.mark.parametrize("change", [{"full_name": "Alice A."}, {"quota_mib": 4096}, {"active": False}])
def test_a_change_of_name_quota_or_active_is_one_edit_and_leaves_the_password(
    alice: Life, mailcow: FakeMailcow, change: dict[str, object]
) -> None:
    alice.up(mailbox())
    mailcow.changes.clear()

    assert alice.up(mailbox(**change)) == "update"

    assert mailcow.changes == [f"edit mailbox {ADDRESS}"]
    assert mailcow.passwords[ADDRESS] == PASSWORD
    assert alice.refresh() == "same"


def test_a_new_date_alone_asks_mailcow_to_change_nothing(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(active=False, kept_until="2026-12-31"))
    mailcow.changes.clear()

    assert alice.up(mailbox(active=False, kept_until="2027-01-31")) == "update"

    assert mailcow.changes == []
    assert alice.outputs["kept_until"] == "2027-01-31"


def test_another_address_is_another_mailbox(alice: Life) -> None:
    alice.up(mailbox())

    assert alice.diff(mailbox(address="al@example.com", local_part="al")).replaces == ["address", "local_part"]


def test_what_is_not_known_yet_is_a_change_and_passes(alice: Life) -> None:
    alice.up(mailbox())
    unknown = {**sent(mailbox()), "quota_mib": rpc.UNKNOWN, "address": ADDRESS}

    assert alice.provider.check({}, unknown).inputs["quota_mib"] == rpc.UNKNOWN
    assert alice.provider.diff(ADDRESS, sent(alice.outputs), unknown).changes is True


def test_a_quota_changed_behind_our_back_is_seen_by_refresh_and_put_right(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox())
    mailcow.mailboxes[ADDRESS] = row(quota_mib=1)

    assert alice.refresh() == "drift"
    assert alice.inputs["quota_mib"] == 1
    assert alice.up(mailbox()) == "update"
    assert mailcow.mailboxes[ADDRESS] == row()


def test_a_mailbox_deleted_behind_our_back_is_made_again_with_the_same_password_and_this_is_said(
    alice: Life, mailcow: FakeMailcow, said: list[str]
) -> None:
    alice.up(mailbox())
    assert said == []
    mailcow.delete_mailbox(ADDRESS)

    assert alice.refresh() == "gone"
    assert alice.up(mailbox()) == "create"

    assert mailcow.passwords[ADDRESS] == PASSWORD
    assert len(said) == 1
    assert ADDRESS in said[0]
    assert "EMPTY" in said[0]


def test_an_update_of_a_mailbox_that_is_gone_makes_it_again(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox())
    mailcow.delete_mailbox(ADDRESS)

    assert alice.up(mailbox(quota_mib=4096)) == "update"
    assert mailcow.mailboxes[ADDRESS] == row(quota_mib=4096)


def test_a_mailbox_is_not_called_gone_while_the_server_does_not_answer(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox())
    mailcow.delete_mailbox(ADDRESS)
    mailcow.failures["version"] = MailcowUnavailableError("not ready")

    with pytest.raises(MailcowUnavailableError):
        alice.refresh()


def test_a_mailbox_that_only_the_list_misses_is_not_gone(
    alice: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.up(mailbox())
    provider = alice.provider
    assert isinstance(provider, MailboxProvider)
    monkeypatch.setattr(provider.host.mailboxes, "_read", lambda _domain: ())

    assert alice.refresh() == "same"


def test_a_half_deleted_mailbox_is_gone_and_is_cleared_away_before_it_is_made_again(
    alice: Life, mailcow: FakeMailcow
) -> None:
    alice.up(mailbox())
    mailcow.half_delete(ADDRESS)
    mailcow.changes.clear()

    assert alice.refresh() == "gone"
    alice.up(mailbox())

    assert mailcow.changes == [f"delete mailbox {ADDRESS}", f"add mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row()


def test_a_closed_mailbox_is_deleted_from_its_date_on(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(active=False, kept_until="2026-11-22"))

    alice.delete()

    assert mailcow.mailboxes == {}


@pytest.mark.parametrize(
    ("recorded", "why"),
    [
        ({}, "in use"),
        ({"active": False, "kept_until": "2026-11-23"}, "kept until 2026-11-23"),
        ({"active": True, "kept_until": "2026-11-01"}, "in use"),
    ],
)
def test_a_mailbox_in_use_or_kept_is_not_deleted(
    alice: Life, mailcow: FakeMailcow, recorded: dict[str, object], why: str
) -> None:
    alice.up(mailbox(**recorded))

    with pytest.raises(RefusedError, match=why):
        alice.delete()
    assert ADDRESS in mailcow.mailboxes


def test_a_mailbox_recorded_by_an_older_version_without_a_date_is_not_deleted(alice: Life) -> None:
    with pytest.raises(RefusedError, match="in use"):
        alice.provider.delete(ADDRESS, {"address": ADDRESS})


@pytest.mark.parametrize(("named", "left"), [("dev", 0), ("prod", 1), ("", 1)])
def test_only_destroying_this_very_stack_lifts_the_date(
    alice: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch, named: str, left: int
) -> None:
    alice.up(mailbox())
    monkeypatch.setenv("MAILSTEAD_DESTROY", named)

    if left:
        with pytest.raises(RefusedError):
            alice.delete()
    else:
        alice.delete()
    assert len(mailcow.mailboxes) == left


def test_deleting_what_is_gone_is_done(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.delete_mailbox(ADDRESS)
    mailcow.changes.clear()

    alice.delete()

    assert mailcow.changes == []


def test_a_delete_that_died_half_way_is_finished_by_the_next(alice: Life, mailcow: FakeMailcow) -> None:
    alice.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.failures[f"delete mailbox {ADDRESS}"] = MailcowUnclearError("nothing said")
    with pytest.raises(MailcowUnclearError):
        alice.delete()
    mailcow.half_delete(ADDRESS)

    alice.delete()

    assert mailcow.mailboxes == {}


def test_a_mailbox_that_another_stack_has_taken_over_stays(alice: Life, mailcow: FakeMailcow, said: list[str]) -> None:
    alice.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.mailboxes[ADDRESS] = row(tags=("mailstead-prod",))

    alice.delete()

    assert ADDRESS in mailcow.mailboxes
    assert ["stays in mailcow" in sentence for sentence in said] == [True]


def test_a_mailbox_that_has_lost_its_tag_is_not_deleted_but_goes_with_its_stack(
    alice: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch
) -> None:
    alice.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.mailboxes[ADDRESS] = row(tags=())

    with pytest.raises(RefusedError, match="lost the mark mailstead-dev"):
        alice.delete()
    assert ADDRESS in mailcow.mailboxes

    monkeypatch.setenv("MAILSTEAD_DESTROY", "dev")
    alice.delete()
    assert mailcow.mailboxes == {}


def test_an_alias_of_ours_makes_room_for_the_person_who_gets_its_address(alice: Life, mailcow: FakeMailcow) -> None:
    mailcow.aliases[ADDRESS] = replace(BY_HAND, private_comment="mailstead-dev")

    alice.up(mailbox())

    assert mailcow.mailboxes[ADDRESS] == row()
    assert mailcow.aliases == {}


def test_an_alias_made_by_hand_makes_no_room(alice: Life, mailcow: FakeMailcow) -> None:
    mailcow.aliases[ADDRESS] = BY_HAND

    with pytest.raises(Exception, match="is alias"):
        alice.up(mailbox())
    assert ADDRESS in mailcow.aliases


def test_without_a_first_password_in_vault_nothing_is_made(alice: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    vault.delete_all(PATH)

    with pytest.raises(VaultError, match=PATH):
        alice.up(mailbox())
    assert mailcow.changes == []
