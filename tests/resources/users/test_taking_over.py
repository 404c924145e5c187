"""`adopt: true`: what a server had before us comes into the state as it is, and nothing on the server changes."""

from dataclasses import replace
from typing import Any

import pytest
from pulumi.dynamic import Config, ConfigureRequest, ResourceProvider

from core.errors import RefusedError
from mailcow.rows import AliasRow, FilterRow
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import FakeShell, request, start_process
from tests.resources.users.people import (
    ADDRESS,
    NOTES,
    PATH,
    domain,
    found_domain,
    found_password,
    mailbox,
    row,
    secret,
)
from tests.resources.users.wire import Life
from users.alias import AliasProvider
from users.dkim_key import DkimKeyProvider
from users.domain import DomainProvider
from users.mailbox import MailboxProvider
from users.vault_secret import VaultSecretProvider

SALES = AliasRow(id=4, address="sales@example.com", goto=("alice@example.com",), active=True, private_comment="hers")
ALIAS = {"address": SALES.address, "domain": "example.com", "goto": ["alice@example.com"], "active": True}
KEY = {"domain": "example.com", "selector": "dkim", "key_size": 2048, "public_key": None, "dns_text": None}
HERS = FilterRow(id=900, username=ADDRESS, kind="prefilter", script="keep;", description="mine", active=True)


class Taking:
    """Gives birth to resources on a server that was there before, with ``adopt: true`` or without."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault) -> None:
        start_process(monkeypatch, mailcow, vault, FakeShell())

    def __call__(self, kind: type[ResourceProvider], *, adopt: str = "true", life: Life | None = None) -> Life:
        provider = kind()
        provider.configure(ConfigureRequest(Config({**request().config._props, "host:adopt": adopt}, "mailstead")))
        after = Life(provider)
        if life is not None:
            after.id, after.inputs, after.outputs = life.id, life.inputs, life.outputs
        return after


@pytest.fixture
def taking(monkeypatch: pytest.MonkeyPatch, mailcow: FakeMailcow, vault: FakeVault) -> Taking:
    """A server with a domain, its key, alice with a filter and an app password, and an alias; none marked."""
    found_domain(mailcow)
    mailcow.add_dkim("example.com", selector="dkim", key_size=2048)
    mailcow.mailboxes[ADDRESS] = row(tags=("sales",), messages=7, name="Alice A.")
    mailcow.passwords[ADDRESS] = "her-own"
    mailcow.filters[900] = HERS
    mailcow.app_passwords[ADDRESS] = {1: "phone"}
    mailcow.aliases[SALES.address] = SALES
    mailcow.changes.clear()
    return Taking(monkeypatch, mailcow, vault)


def everything(mailcow: FakeMailcow) -> dict[str, Any]:
    """All that the server has."""
    kept = ("domains", "dkim", "mailboxes", "aliases", "passwords", "filters", "app_passwords")
    return {name: dict(getattr(mailcow, name)) for name in kept}


def take_all(taking: Taking, **wishes: Any) -> dict[str, Life]:
    """Run a first ``up``, with the list that says what there is."""
    lives = {
        "domain": (taking(DomainProvider), domain()),
        "key": (taking(DkimKeyProvider), KEY),
        "secret": (taking(VaultSecretProvider), secret()),
        "mailbox": (taking(MailboxProvider), mailbox(full_name="Alice A.", **wishes)),
        "alias": (taking(AliasProvider), ALIAS),
    }
    for life, inputs in lives.values():
        assert life.up(inputs) == "create"
    return {name: life for name, (life, _) in lives.items()}


def test_nothing_on_the_server_changes_and_nothing_after_that(
    taking: Taking, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    vault.set_metadata(PATH, {**NOTES, "state": "adopted"})
    before = everything(mailcow)

    lives = take_all(taking)

    assert mailcow.changes == []
    assert everything(mailcow) == before
    assert all(lives[name].outputs["adopted"] is True for name in ("domain", "key", "mailbox", "alias"))
    assert {name: life.refresh() for name, life in lives.items()} == dict.fromkeys(lives, "same")
    assert lives["domain"].up(domain()) == lives["key"].up(KEY) == lives["alias"].up(ALIAS) == "same"
    assert lives["mailbox"].up(mailbox(full_name="Alice A.")) == "same"
    assert mailcow.changes == []


def test_no_password_is_made_for_somebody_who_has_one(taking: Taking, vault: FakeVault) -> None:
    vault.set_metadata(PATH, {**NOTES, "state": "adopted"})

    take_all(taking)

    assert vault.secrets[PATH].versions == []
    assert vault.secrets[PATH].custom["state"] == "adopted"


def test_a_password_made_for_her_before_she_was_found_is_taken_back(taking: Taking, vault: FakeVault) -> None:
    """Without `mailstead adopt` Vault has nothing of her, so one is made; it opens nothing."""
    take_all(taking)

    assert vault.secrets[PATH].versions == []
    notes = vault.secrets[PATH].custom
    assert (notes["state"], notes["address"], notes["stack"]) == ("adopted", ADDRESS, "dev")


def test_a_taking_back_that_died_half_way_is_finished(taking: Taking, vault: FakeVault) -> None:
    taking(VaultSecretProvider).up(secret())
    vault.delete_all(PATH)

    taking(MailboxProvider).up(mailbox())

    assert vault.secrets[PATH].custom["state"] == "adopted"


def test_a_mailbox_that_looks_as_if_we_had_died_making_it_is_taken_over_all_the_same(
    taking: Taking, mailcow: FakeMailcow, vault: FakeVault
) -> None:
    """Untagged, empty, unused and new: on a server of somebody else it is somebody else's."""
    mailcow.mailboxes[ADDRESS] = row(tags=())
    found_password(vault)

    taking(MailboxProvider).up(mailbox())

    assert mailcow.changes == []
    assert mailcow.passwords[ADDRESS] == "her-own"


def test_what_the_list_wants_otherwise_waits_for_the_next_update(taking: Taking, mailcow: FakeMailcow) -> None:
    life = taking(MailboxProvider)
    wishes = mailbox(full_name="Alice Adams", quota_mib=4096, sending_limit="100/h")
    life.up(wishes)
    assert mailcow.changes == []

    assert life.up(wishes) == "update"

    assert mailcow.mailboxes[ADDRESS] == row(
        tags=("sales",), messages=7, name="Alice Adams", quota_mib=4096, sending_limit="100/h"
    )
    assert mailcow.passwords[ADDRESS] == "her-own"


def test_a_mailbox_without_a_name_goes_by_its_local_part(taking: Taking, mailcow: FakeMailcow) -> None:
    """Mailcow sets no empty name again, so giving it one would be a change for good."""
    mailcow.mailboxes[ADDRESS] = row(tags=(), name="")
    life = taking(MailboxProvider)
    life.up(mailbox())

    assert life.up(mailbox()) == "same"
    assert life.refresh() == "same"


@pytest.mark.parametrize("mail", ["refuse", "keep"])
def test_somebody_whom_the_server_had_closed_before_is_left_closed(
    taking: Taking, mailcow: FakeMailcow, mail: str
) -> None:
    mailcow.mailboxes[ADDRESS] = row(tags=(), active=False, receives_only=mail == "keep")
    life, wishes = taking(MailboxProvider), mailbox(active=False, kept_until="2027-11-22", mail=mail)

    assert [life.up(wishes), life.up(wishes), life.refresh()] == ["create", "same", "same"]

    assert mailcow.changes == []


def test_limits_of_a_domain_that_was_taken_over_are_nobodys_business(taking: Taking, mailcow: FakeMailcow) -> None:
    life = taking(DomainProvider)
    life.up(domain())
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], max_mailboxes=11)

    assert life.refresh() == "same"
    assert life.up(domain(quota_mib=60_000)) == "update"
    assert mailcow.changes == []
    assert life.outputs["adopted"] is True


def test_what_was_taken_over_is_ours_when_adopt_is_off_again(taking: Taking, mailcow: FakeMailcow) -> None:
    lives = take_all(taking)
    alice = taking(MailboxProvider, adopt="", life=lives["mailbox"])
    alice.up(mailbox(active=False, kept_until="2026-11-22"))
    assert alice.outputs["adopted"] is True

    taking(AliasProvider, adopt="", life=lives["alias"]).delete()
    alice.delete()
    taking(DkimKeyProvider, adopt="", life=lives["key"]).delete()
    taking(DomainProvider, adopt="", life=lives["domain"]).delete()

    assert mailcow.mailboxes == mailcow.aliases == mailcow.dkim == mailcow.domains == {}


def test_an_edited_alias_keeps_its_comment(taking: Taking, mailcow: FakeMailcow) -> None:
    life = taking(AliasProvider)
    life.up(ALIAS)

    life.up({**ALIAS, "goto": ["alice@example.com", "bob@example.com"]})

    assert mailcow.aliases[SALES.address].private_comment == "hers"
    assert len(mailcow.aliases[SALES.address].goto) == 2
    assert life.outputs["adopted"] is True


@pytest.mark.parametrize("kind", ["domain", "mailbox", "alias", "key"])
def test_another_stacks_is_refused_with_adopt_too(taking: Taking, mailcow: FakeMailcow, kind: str) -> None:
    mark = "mailstead-prod"
    mailcow.domains["example.com"] = replace(mailcow.domains["example.com"], tags=(mark,))
    mailcow.mailboxes[ADDRESS] = row(tags=(mark,))
    mailcow.aliases[SALES.address] = replace(SALES, private_comment=mark)
    kinds = {"domain": DomainProvider, "mailbox": MailboxProvider, "alias": AliasProvider, "key": DkimKeyProvider}
    inputs = {"domain": domain(), "mailbox": mailbox(), "alias": ALIAS, "key": KEY}

    with pytest.raises(RefusedError, match="belongs to stack prod"):
        taking(kinds[kind]).up(inputs[kind])
    assert mailcow.changes == []


def test_without_adopt_nothing_is_taken_over_and_how_is_said(taking: Taking, mailcow: FakeMailcow) -> None:
    for kind, inputs in ((DomainProvider, domain()), (MailboxProvider, mailbox()), (AliasProvider, ALIAS)):
        with pytest.raises(RefusedError, match="adopt: true"):
            taking(kind, adopt="").up(inputs)
    assert mailcow.changes == []


def test_what_the_server_does_not_have_is_made_as_ever(taking: Taking, mailcow: FakeMailcow, vault: FakeVault) -> None:
    mailcow.domains.clear()
    mailcow.dkim.clear()
    mailcow.mailboxes.clear()
    mailcow.filters.clear()
    mailcow.aliases.clear()

    lives = take_all(taking)

    assert all("adopted" not in life.outputs for life in lives.values())
    assert mailcow.mailboxes[ADDRESS].tags == ("mailstead-dev",)
    assert mailcow.passwords[ADDRESS] == vault.secrets[PATH].versions[0]["password"]


def test_a_key_of_another_selector_is_refused_with_the_line_to_write(taking: Taking, mailcow: FakeMailcow) -> None:
    with pytest.raises(RefusedError, match=r"write dkim_selector: dkim under example\.com in the list"):
        taking(DkimKeyProvider).up({**KEY, "selector": "s1"})
    assert mailcow.changes == []


def test_a_key_of_another_size_is_taken_over_as_it_is(taking: Taking, mailcow: FakeMailcow) -> None:
    mailcow.dkim["example.com"] = replace(mailcow.dkim["example.com"], key_size=1024)
    life = taking(DkimKeyProvider)
    life.up(KEY)

    assert life.refresh() == "same"
    assert life.up(KEY) == "same"
    assert life.outputs["public_key"] == mailcow.dkim["example.com"].public_key


def test_a_domain_without_a_key_gets_none_and_this_is_said(
    taking: Taking, mailcow: FakeMailcow, said: list[str]
) -> None:
    mailcow.dkim.clear()
    life = taking(DkimKeyProvider)

    life.up(KEY)

    assert mailcow.changes == []
    assert said == ["example.com has no DKIM key, so its mail goes out unsigned; make one in mailcow"]
    assert life.outputs["dns_text"] == ""
    assert life.refresh() == "same"
    mailcow.add_dkim("example.com", selector="dkim", key_size=2048)
    life.refresh()
    assert life.outputs["dns_text"].startswith("v=DKIM1")


def test_a_mailbox_that_was_taken_over_and_is_gone_is_made_again_with_a_password_of_ours(
    taking: Taking, mailcow: FakeMailcow, vault: FakeVault, said: list[str]
) -> None:
    vault.set_metadata(PATH, {**NOTES, "state": "adopted", "mailbox_made": "2026-11-01T00:00:00+00:00"})
    life = taking(MailboxProvider)
    life.up(mailbox())
    mailcow.delete_mailbox(ADDRESS)
    assert life.refresh() == "gone"

    life.up(mailbox())

    assert mailcow.passwords[ADDRESS] == vault.secrets[PATH].versions[0]["password"]
    assert vault.secrets[PATH].custom["state"] == "initial"
    assert any("EMPTY" in sentence for sentence in said)
