"""Whose is it? What is done with a mailbox, domain, alias or key that is there before we make it."""

from dataclasses import replace
from typing import Any

import pytest

from core.errors import RefusedError
from mailcow.rows import AliasRow
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.people import ADDRESS, PASSWORD, PATH, domain, found_domain, found_password, mailbox, row
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider
from users.mailbox import MailboxProvider

ALIAS = {
    "address": "postmaster@example.com",
    "domain": "example.com",
    "goto": ["alice@example.com"],
    "active": True,
}
KEY = {"domain": "example.com", "selector": "s1", "key_size": 2048, "public_key": None, "dns_text": None}


@pytest.fixture(autouse=True)
def there(mailcow: FakeMailcow, vault: FakeVault) -> None:
    """Alice's domain is ours and her first password is in Vault since 13:50:00 UTC."""
    found_domain(mailcow, "mailstead-dev")
    found_password(vault)


def put(mailcow: FakeMailcow, **columns: Any) -> None:
    """Put Alice's mailbox on the server, with another password than the one in Vault."""
    mailcow.mailboxes[ADDRESS] = row(**columns)
    mailcow.passwords[ADDRESS] = "her-own"


@pytest.mark.parametrize("tags", [("mailstead-dev",), ("sales", "mailstead-dev"), ("mailstead-prod", "mailstead-dev")])
def test_a_mailbox_with_our_tag_is_adopted_and_its_password_left_alone(
    living: Living, mailcow: FakeMailcow, tags: tuple[str, ...]
) -> None:
    put(mailcow, tags=tags, messages=7, last_login=1_790_000_000)

    assert living(MailboxProvider).up(mailbox()) == "create"

    assert mailcow.changes == []
    assert mailcow.passwords[ADDRESS] == "her-own"


def test_an_adopted_mailbox_is_edited_where_it_differs(living: Living, mailcow: FakeMailcow) -> None:
    put(mailcow, quota_mib=1, name="A.", messages=7)

    living(MailboxProvider).up(mailbox())

    assert mailcow.changes == [f"edit mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row(messages=7)
    assert mailcow.passwords[ADDRESS] == "her-own"


def test_another_stacks_mailbox_is_refused_by_name(living: Living, mailcow: FakeMailcow) -> None:
    put(mailcow, tags=("mailstead-prod",))

    with pytest.raises(RefusedError, match=r"mailbox alice@example\.com belongs to stack prod"):
        living(MailboxProvider).up(mailbox())
    assert mailcow.changes == []


HALF_MADE = {"tags": (), "messages": 0, "last_login": 0, "created": "2026-11-22 13:50:00"}


def test_a_mailbox_that_mailcow_left_half_made_for_us_is_made_again(living: Living, mailcow: FakeMailcow) -> None:
    put(mailcow, **HALF_MADE)

    living(MailboxProvider).up(mailbox())

    assert mailcow.changes == [f"delete mailbox {ADDRESS}", f"add mailbox {ADDRESS}"]
    assert mailcow.mailboxes[ADDRESS] == row()
    assert mailcow.passwords[ADDRESS] == PASSWORD


@pytest.mark.parametrize(
    "difference",
    [
        {"messages": 1},
        {"last_login": 1_790_000_000},
        {"created": "2026-11-22 13:49:59"},
        {"created": ""},
        {"tags": ("sales",)},
        {"tags": ("mailstead-",)},
    ],
    ids=["has mail", "was used", "older than our password", "of unknown age", "tagged by hand", "tagged with no stack"],
)
def test_an_untagged_mailbox_that_may_be_somebodys_is_refused_with_advice(
    living: Living, mailcow: FakeMailcow, difference: dict[str, Any]
) -> None:
    put(mailcow, **{**HALF_MADE, **difference})

    with pytest.raises(RefusedError, match=r"was not made by Mailstead.*; rename or delete it"):
        living(MailboxProvider).up(mailbox())
    assert mailcow.changes == []
    assert mailcow.passwords[ADDRESS] == "her-own"


@pytest.mark.parametrize("notes", [{"state": "adopted"}, {"stack": "prod"}, {"address": "other@example.com"}])
def test_an_untagged_mailbox_is_refused_when_the_password_in_vault_was_not_made_for_it_by_us(
    living: Living, mailcow: FakeMailcow, vault: FakeVault, notes: dict[str, str]
) -> None:
    put(mailcow, **HALF_MADE)
    vault.secrets[PATH].custom.update(notes)

    with pytest.raises(RefusedError, match="was not made by Mailstead"):
        living(MailboxProvider).up(mailbox())


def test_our_domain_is_adopted_and_edited_where_it_differs(living: Living, mailcow: FakeMailcow) -> None:
    living(DomainProvider).up(domain())

    assert mailcow.changes == ["edit domain example.com"]
    found = mailcow.domains["example.com"]
    assert (found.max_mailboxes, found.max_quota_mib, found.quota_mib) == (10_000, 51_200, 51_200)
    assert (found.description, found.tags) == ("made before", ("mailstead-dev",))


@pytest.mark.parametrize(
    ("tags", "why"),
    [(("mailstead-prod",), "belongs to stack prod"), ((), "was not made by Mailstead"), (("x",), "was not made by")],
)
def test_a_domain_of_somebody_else_is_refused(
    living: Living, mailcow: FakeMailcow, tags: tuple[str, ...], why: str
) -> None:
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], tags=tags)

    with pytest.raises(RefusedError, match=why):
        living(DomainProvider).up(domain())
    assert mailcow.changes == []


def alias_row(comment: str) -> AliasRow:
    """The alias as mailcow has it, with another target."""
    goto = ("bob@example.com",)
    return AliasRow(id=4, address=ALIAS["address"], goto=goto, active=True, private_comment=comment)


def test_an_alias_with_our_comment_is_adopted_and_edited(living: Living, mailcow: FakeMailcow) -> None:
    mailcow.aliases["postmaster@example.com"] = alias_row("mailstead-dev")

    living(AliasProvider).up(ALIAS)

    assert mailcow.aliases["postmaster@example.com"].goto == ("alice@example.com",)


@pytest.mark.parametrize(
    ("comment", "why"),
    [("mailstead-prod", "belongs to stack prod"), ("", "was not made by Mailstead"), ("mine", "was not made by")],
)
def test_an_alias_of_somebody_else_is_refused(living: Living, mailcow: FakeMailcow, comment: str, why: str) -> None:
    mailcow.aliases["postmaster@example.com"] = alias_row(comment)

    with pytest.raises(RefusedError, match=why):
        living(AliasProvider).up(ALIAS)
    assert mailcow.changes == []


def test_a_key_of_our_domain_with_our_selector_is_adopted(living: Living, mailcow: FakeMailcow) -> None:
    mailcow.add_dkim("example.com", selector="s1", key_size=2048)
    mailcow.changes.clear()

    key = living(DkimKeyProvider)
    key.up(KEY)

    assert mailcow.changes == []
    assert key.outputs["public_key"] == mailcow.dkim["example.com"].public_key


@pytest.mark.parametrize(("selector", "key_size"), [("dkim", 2048), ("s1", 1024)])
def test_a_key_of_another_selector_or_size_is_refused(
    living: Living, mailcow: FakeMailcow, selector: str, key_size: int
) -> None:
    mailcow.add_dkim("example.com", selector=selector, key_size=key_size)
    mailcow.changes.clear()

    with pytest.raises(RefusedError, match=f"has a DKIM key {selector} of {key_size} bit, not s1 of 2048 bit"):
        living(DkimKeyProvider).up(KEY)
    assert mailcow.changes == []


@pytest.mark.parametrize("tags", [("mailstead-prod",), ()])
def test_a_key_of_a_domain_that_is_not_ours_is_refused(
    living: Living, mailcow: FakeMailcow, tags: tuple[str, ...]
) -> None:
    mailcow.add_dkim("example.com", selector="s1", key_size=2048)
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], tags=tags)

    with pytest.raises(RefusedError):
        living(DkimKeyProvider).up(KEY)
