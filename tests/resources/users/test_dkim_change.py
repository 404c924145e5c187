"""A domain changes its key: to a pair that was made and published, in place, and keeps the old record for a while."""

from typing import Any

import pytest

from core.errors import MailcowError, RefusedError
from tests.fake_mailcow import FakeMailcow
from tests.fakes import FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.test_domain import KEY, found_domain
from tests.resources.users.wire import Life
from users.dkim_key import RETIRED_TEXT, SINCE, DkimKeyProvider
from users.dkim_pair import DkimPairProvider

DOMAIN = "example.com"
PATH = "mail/dkim/example.com/s2"
PAIR = {"domain": DOMAIN, "selector": "s2", "stack": "dev"}
NAMED = {**KEY, "next": "s2"}
CHANGED = {**KEY, "selector": "s2", "retired": "s1", RETIRED_TEXT: None}
STEADY = {**KEY, "selector": "s2"}


class Keys:
    """A domain's key and the pair that follows it."""

    def __init__(self, living: Living, mailcow: FakeMailcow, vault: FakeVault) -> None:
        found_domain(mailcow, "mailstead-dev")
        self.mailcow, self.vault = mailcow, vault
        self.key: Life = living(DkimKeyProvider)
        self.pair: Life = living(DkimPairProvider)
        self.key.up(KEY)
        self.first = self.key.outputs["dns_text"]

    def name_the_next(self) -> None:
        self.pair.up(PAIR)
        assert self.key.up(NAMED) == "update"

    def change(self) -> None:
        """As an update does it: the key first, what is no longer asked for afterwards."""
        assert self.key.up(CHANGED) == "update"
        self.pair.delete()


@pytest.fixture
def keys(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> Keys:
    return Keys(living, mailcow, vault)


def test_naming_the_next_key_changes_nothing_on_the_server(keys: Keys) -> None:
    keys.mailcow.changes.clear()

    keys.name_the_next()

    assert keys.mailcow.changes == []
    assert keys.mailcow.dkim[DOMAIN].selector == "s1"


def test_the_domain_signs_with_the_very_key_that_was_published_and_nothing_is_deleted_first(keys: Keys) -> None:
    keys.name_the_next()
    published = keys.pair.outputs["dns_text"]
    keys.mailcow.changes.clear()

    keys.change()

    assert keys.mailcow.changes == ["import dkim example.com"]
    assert keys.mailcow.dkim[DOMAIN].selector == "s2"
    assert keys.key.outputs["dns_text"] == published == keys.mailcow.dkim[DOMAIN].dns_text
    assert keys.key.outputs[SINCE]


def test_the_record_of_the_key_before_is_known_until_it_is_retired(keys: Keys) -> None:
    keys.name_the_next()
    keys.change()
    assert keys.key.outputs[RETIRED_TEXT] == keys.first

    assert keys.key.up(CHANGED) == "same"
    assert keys.key.refresh() == "same"
    assert keys.key.outputs[RETIRED_TEXT] == keys.first

    assert keys.key.up(STEADY) == "update"
    assert RETIRED_TEXT not in keys.key.outputs


def test_a_pair_that_signs_outlives_the_resource_that_made_it(keys: Keys) -> None:
    keys.name_the_next()
    keys.change()

    assert keys.vault.secrets[PATH].versions
    assert keys.vault.secrets[PATH].custom["signs"]


def test_a_pair_that_nobody_took_goes_when_the_list_names_it_no_more(keys: Keys) -> None:
    keys.name_the_next()
    keys.key.up(KEY)

    keys.pair.delete()

    assert PATH not in keys.vault.secrets


def test_a_retired_pair_leaves_vault_with_the_line_that_retires_it(keys: Keys, living: Living) -> None:
    keys.name_the_next()
    keys.change()
    keys.key.up(STEADY)
    third = living(DkimPairProvider)
    third.up({**PAIR, "selector": "s3"})
    keys.key.up({**STEADY, "next": "s3"})
    keys.key.up({**KEY, "selector": "s3", "retired": "s2", RETIRED_TEXT: None})
    assert PATH in keys.vault.secrets

    keys.key.up({**KEY, "selector": "s3"})

    assert PATH not in keys.vault.secrets
    assert "mail/dkim/example.com/s3" in keys.vault.secrets


def test_a_domain_that_goes_takes_its_pairs_along(keys: Keys) -> None:
    keys.name_the_next()
    keys.change()

    keys.key.delete()

    assert keys.mailcow.dkim == {}
    assert PATH not in keys.vault.secrets


def test_an_update_that_was_cut_off_behind_the_change_finishes_without_a_second_one(keys: Keys) -> None:
    keys.name_the_next()
    before = (dict(keys.key.inputs), dict(keys.key.outputs))
    keys.key.up(CHANGED)
    keys.key.inputs, keys.key.outputs = before  # the engine was killed before it wrote this down
    keys.mailcow.changes.clear()

    assert keys.key.up(CHANGED) == "update"

    assert keys.mailcow.changes == []
    assert keys.key.outputs[RETIRED_TEXT] == keys.first


def test_a_server_that_does_not_answer_leaves_the_old_key_and_the_same_update_finishes(keys: Keys) -> None:
    keys.name_the_next()
    keys.mailcow.failures["import dkim example.com"] = MailcowError("it is down")

    with pytest.raises(MailcowError):
        keys.key.up(CHANGED)
    assert keys.mailcow.dkim[DOMAIN].selector == "s1"

    assert keys.key.up(CHANGED) == "update"
    assert keys.mailcow.dkim[DOMAIN].selector == "s2"


def test_a_pair_that_vault_has_lost_is_refused_before_the_server_is_asked(keys: Keys) -> None:
    keys.name_the_next()
    del keys.vault.secrets[PATH]
    keys.mailcow.changes.clear()

    with pytest.raises(RefusedError, match=r"Vault holds no pair s2 for example\.com"):
        keys.key.up(CHANGED)

    assert keys.mailcow.changes == []


def test_no_private_half_is_recorded(keys: Keys) -> None:
    keys.name_the_next()
    keys.change()

    lines = keys.vault.secrets[PATH].versions[0]["private_key"].splitlines()[1:-1]
    held: Any = repr((keys.key.inputs, keys.key.outputs, keys.pair.outputs))
    assert not [line for line in lines if line in held]
