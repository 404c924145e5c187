"""The life of a domain, its DKIM key and its aliases."""

from dataclasses import replace

import pytest

from core.errors import MailcowUnavailableError, RefusedError
from tests.fakes import FakeMailcow
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, domain, found_domain, row
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider

KEY = {"domain": "example.com", "selector": "s1", "key_size": 2048, "public_key": None, "dns_text": None}
ALIAS = {"address": "postmaster@example.com", "domain": "example.com", "goto": [ADDRESS], "active": True}


def test_a_domain_is_made_with_its_limits_and_our_tag_and_without_a_key(living: Living, mailcow: FakeMailcow) -> None:
    life = living(DomainProvider)

    assert life.up(domain()) == "create"

    made = mailcow.domains["example.com"]
    assert (made.max_mailboxes, made.max_aliases) == (10_000, 10_000)
    assert (made.default_quota_mib, made.max_quota_mib, made.quota_mib) == (2048, 51_200, 51_200)
    assert (made.active, made.tags) == (True, ("mailstead-dev",))
    assert mailcow.dkim == {}
    assert life.refresh() == "same"
    assert life.up(domain()) == "same"


def test_a_larger_mail_volume_raises_the_limits_in_place(living: Living, mailcow: FakeMailcow) -> None:
    life = living(DomainProvider)
    life.up(domain())

    assert life.up(domain(max_quota_mib=102_400, quota_mib=102_400)) == "update"
    assert mailcow.domains["example.com"].quota_mib == 102_400


def test_a_domain_switched_off_by_hand_is_seen_and_switched_on(living: Living, mailcow: FakeMailcow) -> None:
    life = living(DomainProvider)
    life.up(domain())
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], active=False)

    assert life.refresh() == "drift"
    assert life.up(domain()) == "update"
    assert mailcow.domains["example.com"].active


def test_a_domain_with_a_mailbox_in_it_is_not_deleted(living: Living, mailcow: FakeMailcow) -> None:
    life = living(DomainProvider)
    life.up(domain())
    mailcow.mailboxes[ADDRESS] = row()

    with pytest.raises(RefusedError, match="still holds 1 mailboxes"):
        life.delete()
    assert "example.com" in mailcow.domains


def test_an_empty_domain_is_deleted_and_absence_is_done(living: Living, mailcow: FakeMailcow) -> None:
    first, second = living(DomainProvider), living(DomainProvider)
    first.up(domain())
    second.up(domain())

    first.delete()
    second.delete()

    assert mailcow.changes.count("delete domain example.com") == 1


def test_a_domain_does_not_move_to_another_host(living: Living) -> None:
    life = living(DomainProvider)
    life.up(domain())

    failures = life.check(domain(server=2)).failures

    assert [failure.property for failure in failures] == ["server"]
    assert failures[0].reason.endswith("put server: 1 back, or do as docs/how-to/move-a-domain.md says")


@pytest.mark.parametrize("kind", [DomainProvider, DkimKeyProvider, AliasProvider])
def test_nothing_is_called_gone_while_the_server_does_not_answer(
    living: Living, mailcow: FakeMailcow, kind: type[DomainProvider | DkimKeyProvider | AliasProvider]
) -> None:
    inputs = {DomainProvider: domain(), DkimKeyProvider: KEY, AliasProvider: ALIAS}[kind]
    found_domain(mailcow, "mailstead-dev")
    life = living(kind)
    life.up(inputs)
    mailcow.domains.clear()
    mailcow.dkim.clear()
    mailcow.aliases.clear()
    mailcow.failures["version"] = MailcowUnavailableError("not ready")

    with pytest.raises(MailcowUnavailableError):
        life.refresh()
    assert life.refresh() == "gone"


def test_a_key_is_made_and_its_record_is_told(living: Living, mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")
    life = living(DkimKeyProvider)

    life.up(KEY)

    assert life.outputs["dns_text"].startswith("v=DKIM1")
    assert life.outputs["public_key"] in life.outputs["dns_text"]
    assert life.refresh() == "same"
    assert life.up(KEY) == "same"
    assert mailcow.changes == ["add dkim example.com"]


def test_a_selector_that_no_key_was_made_for_is_refused_in_the_preview(living: Living, mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")
    life = living(DkimKeyProvider)
    life.up(KEY)

    (failure,) = life.check({**KEY, "selector": "s2"}).failures

    assert failure.property == "selector"
    assert failure.reason == (
        "example.com signs with s1, and no key s2 was made for it and published; write dkim_selector: s1 again, and"
        " change the key with: mailstead dkim rotate example.com"
    )


def test_a_key_replaced_by_hand_is_seen_by_refresh_and_never_deleted(living: Living, mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")
    life = living(DkimKeyProvider)
    life.up(KEY)
    mailcow.dkim["example.com"] = replace(mailcow.dkim["example.com"], selector="dkim")

    assert life.refresh() == "drift"
    (failure,) = life.check(KEY).failures
    assert "example.com signs with dkim" in failure.reason


def test_the_key_is_deleted_as_it_would_outlive_the_domain(living: Living, mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")
    life = living(DkimKeyProvider)
    life.up(KEY)
    mailcow.delete_domain("example.com")

    life.delete()

    assert mailcow.dkim == {}


def test_an_alias_is_made_with_our_comment(living: Living, mailcow: FakeMailcow) -> None:
    life = living(AliasProvider)

    life.up(ALIAS)

    made = mailcow.aliases["postmaster@example.com"]
    assert (made.goto, made.active, made.private_comment) == ((ADDRESS,), True, "mailstead-dev")
    assert life.refresh() == "same"


def test_targets_are_a_set(living: Living, mailcow: FakeMailcow) -> None:
    life = living(AliasProvider)
    life.up({**ALIAS, "goto": ("bob@example.com", "Alice@example.com", ADDRESS)})
    mailcow.changes.clear()
    name = "postmaster@example.com"
    mailcow.aliases[name] = replace(mailcow.aliases[name], goto=("bob@example.com", ADDRESS))

    assert life.refresh() == "same"
    assert life.up({**ALIAS, "goto": [ADDRESS, "bob@example.com"]}) == "same"
    assert life.up({**ALIAS, "goto": ["bob@example.com"]}) == "update"
    assert mailcow.aliases[name].goto == ("bob@example.com",)


def test_an_alias_that_went_with_its_last_target_is_made_again(living: Living, mailcow: FakeMailcow) -> None:
    mailcow.mailboxes[ADDRESS] = row()
    life = living(AliasProvider)
    life.up(ALIAS)
    mailcow.delete_mailbox(ADDRESS)

    assert life.up({**ALIAS, "goto": ["bob@example.com"]}) == "update"
    assert mailcow.aliases["postmaster@example.com"].goto == ("bob@example.com",)


def test_an_alias_is_not_made_over_a_mailbox_and_the_sentence_says_the_way_out(
    living: Living, mailcow: FakeMailcow
) -> None:
    mailcow.mailboxes["postmaster@example.com"] = row(address="postmaster@example.com")

    with pytest.raises(RefusedError, match="--target"):
        living(AliasProvider).up(ALIAS)


def test_an_alias_that_is_gone_or_a_mailbox_now_is_done_with(living: Living, mailcow: FakeMailcow) -> None:
    life = living(AliasProvider)
    life.up(ALIAS)
    mailcow.aliases.clear()
    mailcow.mailboxes["postmaster@example.com"] = row(address="postmaster@example.com")
    mailcow.changes.clear()

    life.delete()

    assert mailcow.changes == []


def test_what_has_lost_our_mark_is_not_deleted(living: Living, mailcow: FakeMailcow) -> None:
    found_domain(mailcow, "mailstead-dev")
    alias, key, whole = living(AliasProvider), living(DkimKeyProvider), living(DomainProvider)
    alias.up(ALIAS)
    key.up(KEY)
    whole.up(domain())
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], tags=())
    name = "postmaster@example.com"
    mailcow.aliases[name] = replace(mailcow.aliases[name], private_comment="")

    for life in (alias, key, whole):
        with pytest.raises(RefusedError, match="lost the mark mailstead-dev"):
            life.delete()
