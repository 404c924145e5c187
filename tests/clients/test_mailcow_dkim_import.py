"""Switching a domain to a key of ours: believed only when mailcow shows it, and the key is in no error."""

import pytest

from core.errors import MailcowError, MailcowRefusedError
from mailcow.api import MailcowApi
from tests.clients.replay import Exchange, Replay, mailcow, recorded

_FILE = "06-dkim.json"
DOMAIN = "dk2.example"
KEY = "-----BEGIN PRIVATE KEY-----\nPlanted.Secret-33\n-----END PRIVATE KEY-----\n"
SHOWN = recorded(_FILE, "get imported")
PUBLIC = SHOWN[0].body["pubkey"]
TAKEN = recorded(_FILE, "dkim_import with overwrite_existing (fresh worker)")
STALE = recorded(_FILE, "dkim_import in a worker that made a key before")
RUBBISH = recorded(_FILE, "dkim_import of rubbish")
OLD_KEY = Exchange("GET", f"get/dkim/{DOMAIN}", {**SHOWN[0].body, "dkim_selector": "s1"})


def switch(*exchanges: Exchange) -> Replay:
    """Switch to the selector ``imp`` against these answers."""
    api, replay = mailcow(*exchanges)
    _import(api)
    return replay


def _import(api: MailcowApi) -> None:
    api.import_dkim(DOMAIN, selector="imp", private_key=KEY, public_key=PUBLIC)


def test_a_domain_is_switched_to_a_key_in_place_and_the_switch_is_read_back() -> None:
    replay = switch(*TAKEN, *SHOWN)

    assert replay.requests[0][2] == {
        "domain": DOMAIN,
        "dkim_selector": "imp",
        "private_key_file": KEY,
        "overwrite_existing": "1",
    }
    assert len(replay.requests) == 2


def test_a_good_key_that_a_stale_worker_refuses_is_given_again() -> None:
    assert len(switch(*STALE, *TAKEN, *SHOWN).requests) == 3


def test_a_key_that_mailcow_cannot_read_is_refused_at_once_and_not_shown() -> None:
    api, replay = mailcow(*RUBBISH)

    with pytest.raises(MailcowRefusedError) as raised:
        _import(api)

    assert "Planted" not in str(raised.value)
    assert len(replay.requests) == 1


def test_a_switch_that_mailcow_says_it_made_and_does_not_show_is_no_switch() -> None:
    api, _ = mailcow(*[*TAKEN, OLD_KEY] * 3)

    with pytest.raises(MailcowError, match="does not show it") as raised:
        _import(api)

    assert "Planted" not in str(raised.value)
