"""What a mailcow that died left half-way, or does not show, is neither somebody else's nor gone."""

from dataclasses import replace

import pytest
from pulumi.output import Unknown
from pulumi.runtime import rpc

from core.errors import MailcowUnavailableError, RefusedError
from core.names import ownership_tag
from mailcow.rows import AliasRow
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, PATH, domain, found_domain, found_password, mailbox, row
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider
from users.mailbox import MailboxProvider
from users.properties import changed, is_unknown

TAG = ownership_tag("dev")
ALIAS = {"address": "team@example.com", "domain": "example.com", "goto": [ADDRESS], "active": True}


def half_made_domain(mailcow: FakeMailcow, living: Living) -> None:
    """Make our domain, and take its tag away: the row was written, and what comes after it was not."""
    living(DomainProvider).up(domain())
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], tags=())
    mailcow.changes.clear()


def test_a_domain_that_mailcow_left_half_made_for_us_is_made_again(living: Living, mailcow: FakeMailcow) -> None:
    half_made_domain(mailcow, living)

    living(DomainProvider).up(domain())

    assert mailcow.changes == ["delete domain example.com", "add domain example.com"]
    assert mailcow.domains["example.com"].tags == (TAG,)


@pytest.mark.parametrize("what", ["other limits", "another description", "a mailbox", "an alias", "a key"])
def test_a_domain_that_holds_something_or_is_otherwise_is_nobodys_rubbish(
    what: str, living: Living, mailcow: FakeMailcow
) -> None:
    half_made_domain(mailcow, living)
    found = mailcow.domains["example.com"]
    if what == "other limits":
        mailcow.domains["example.com"] = replace(found, max_aliases=found.max_aliases - 1)
    elif what == "another description":
        mailcow.domains["example.com"] = replace(found, description="Sales")
    elif what == "a mailbox":
        mailcow.mailboxes[ADDRESS] = row()
    elif what == "an alias":
        mailcow.aliases["a@example.com"] = AliasRow(id=1, address="a@example.com", goto=("b@c.d",), active=True)
    else:
        mailcow.add_dkim("example.com", selector="s1", key_size=2048)
        mailcow.changes.clear()

    with pytest.raises(RefusedError):
        living(DomainProvider).up(domain())
    assert mailcow.changes == []


def dies_while_it_makes(mailcow: FakeMailcow) -> None:
    """Let the next mailbox be made without its tags, and mailcow say nothing."""
    add = mailcow.add_mailbox

    def half(*args: object, **kwargs: object) -> bool:
        mailcow.add_mailbox = add
        add(*args, **kwargs)  # pyright: ignore[reportArgumentType] — handed on
        mailcow.mailboxes[ADDRESS] = replace(mailcow.mailboxes[ADDRESS], tags=(), created="2999-01-01 00:00:00")
        return False

    mailcow.add_mailbox = half  # pyright: ignore[reportAttributeAccessIssue] — for one call


def test_a_mailbox_left_half_made_when_it_was_made_again_is_made_once_more(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault, mailbox_made="2026-11-22T13:50:00+00:00")  # it was there, and is gone
    dies_while_it_makes(mailcow)

    living(MailboxProvider).up(mailbox())

    assert TAG in mailcow.mailboxes[ADDRESS].tags
    assert mailcow.changes.count(f"add mailbox {ADDRESS}") == 2
    assert "making_again" not in vault.secrets[PATH].custom


def test_a_mailbox_that_somebody_made_where_ours_was_is_not_taken_for_ours(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault, mailbox_made="2026-11-22T13:50:00+00:00")
    mailcow.mailboxes[ADDRESS] = row(tags=(), created="2026-11-22 14:00:00")

    with pytest.raises(RefusedError):
        living(MailboxProvider).up(mailbox())
    assert mailcow.changes == []


def test_a_mailbox_that_is_older_than_our_trying_again_is_somebody_elses(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    notes = {"mailbox_made": "2026-11-22T13:50:00+00:00", "making_again": "2026-11-22T15:00:00+00:00"}
    found_password(vault, **notes)
    mailcow.mailboxes[ADDRESS] = row(tags=(), created="2026-11-22 14:00:00")

    with pytest.raises(RefusedError):
        living(MailboxProvider).up(mailbox())
    assert mailcow.changes == []


def test_our_lists_lead_again_to_a_mailbox_that_had_to_be_cleared_away(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault)
    both = (ADDRESS, "bob@example.com")
    for address, goto, comment in (("team@example.com", both, TAG), ("me@example.com", (ADDRESS,), TAG)):
        mailcow.aliases[address] = AliasRow(id=1, address=address, goto=goto, active=True, private_comment=comment)
    foreign = AliasRow(id=2, address="theirs@example.com", goto=both, active=True, private_comment="")
    mailcow.aliases[foreign.address] = foreign
    mailcow.half_delete(ADDRESS)

    living(MailboxProvider).up(mailbox())

    assert set(mailcow.aliases["team@example.com"].goto) == set(both)
    assert mailcow.aliases["me@example.com"].goto == (ADDRESS,)
    assert "edit alias theirs@example.com" not in mailcow.changes


@pytest.mark.parametrize("kind", [MailboxProvider, AliasProvider, DomainProvider, DkimKeyProvider])
def test_what_is_not_shown_is_not_taken_for_deleted_by_a_server_that_does_not_answer(
    kind: type[MailboxProvider], living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    life = living(kind)
    gone = {"active": False, "kept_until": "2026-11-01"}
    key = {"domain": "example.com", "selector": "s1", "key_size": 2048}
    inputs = {MailboxProvider: mailbox(**gone), AliasProvider: ALIAS, DomainProvider: domain(), DkimKeyProvider: key}
    life.id, life.outputs = ADDRESS, inputs[kind]
    mailcow.failures["version"] = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowUnavailableError):
        life.delete()


def test_whoever_may_go_is_deleted_to_the_end_though_a_refresh_came_between(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault)
    life = living(MailboxProvider)
    life.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.half_delete(ADDRESS)

    life.refresh()
    assert life.id == ADDRESS

    life.delete()
    assert ADDRESS not in mailcow.mailboxes


def test_whoever_may_go_and_is_in_the_list_still_is_made_again(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault)
    life = living(MailboxProvider)
    life.up(mailbox(active=False, kept_until="2026-11-01"))
    mailcow.half_delete(ADDRESS)
    life.refresh()

    assert life.up(mailbox(active=False, kept_until="2026-11-01")) == "update"
    assert not mailcow.mailboxes[ADDRESS].half_deleted
    assert life.up(mailbox(active=False, kept_until="2026-11-01")) == "same"


def test_no_rules_are_believed_gone_of_a_server_that_does_not_answer(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault)
    life = living(MailboxProvider)
    life.up(mailbox(forward_to=["x@other.example"]))
    shown, mailcow.filters = mailcow.filters, {}
    mailcow.failures["version"] = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowUnavailableError):
        life.up(mailbox(forward_to=[]))

    mailcow.filters = shown
    life.up(mailbox(forward_to=[]))
    assert mailcow.list_filters(ADDRESS) == ()


def test_no_app_passwords_are_believed_gone_of_a_server_that_does_not_answer(
    living: Living, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    found_domain(mailcow, TAG)
    found_password(vault)
    life = living(MailboxProvider)
    life.up(mailbox())
    mailcow.failures["version"] = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowUnavailableError):
        life.up(mailbox(active=False, kept_until="2027-01-01"))


def test_an_unknown_is_known_for_one_as_the_plugin_hands_it_over() -> None:
    assert is_unknown(Unknown())
    assert is_unknown(rpc.UNKNOWN)
    assert changed({"a": "x"}, {"a": Unknown()}, ("a",)) == ["a"]
