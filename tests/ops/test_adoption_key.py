"""The API key of a server that is taken over: good before it is stored, stored in Vault alone, shown nowhere."""

import pytest

from core.errors import MailcowUnavailableError, RefusedError
from ops.adoption import Wishes
from ops.adoption_key import AdoptionKey, key_from
from ops.adoption_words import as_json, sentences
from tests.ops.adopting import KEY_PATH, Desk, contents, kept_key
from tests.ops.existing_server import API_KEY, HOSTNAME

OTHER_KEY = "OTHER-PLANTED-KEY-1234"


def test_the_next_time_the_key_comes_from_vault(desk: Desk) -> None:
    desk.adopt()

    assert not desk.adopt(Wishes()).key_written
    assert desk.server.key == API_KEY


def test_without_a_key_anywhere_it_says_how_to_give_one(desk: Desk) -> None:
    with pytest.raises(RefusedError, match=f"no API key of {HOSTNAME} at {KEY_PATH}.*--api-key-stdin"):
        desk.adopt(Wishes())


def test_another_key_in_vault_is_not_replaced_unasked(desk: Desk) -> None:
    desk.vault.create_secret(KEY_PATH, {"key": OTHER_KEY}, {})

    with pytest.raises(RefusedError, match="--replace-key"):
        desk.adopt()
    assert kept_key(desk) == [OTHER_KEY]
    assert desk.server.reads == []

    desk.adopt(Wishes(api_key=API_KEY, replace_key=True))
    assert kept_key(desk) == [OTHER_KEY, API_KEY]


@pytest.mark.parametrize(
    ("keys", "why"),
    [({}, "does not take this API key"), ({API_KEY: False}, "may only read"), ({OTHER_KEY: True}, "not")],
)
def test_a_key_that_is_not_good_is_not_stored(desk: Desk, keys: dict[str, bool], why: str) -> None:
    desk.server.keys = keys

    with pytest.raises(RefusedError, match=why):
        desk.adopt()
    assert desk.vault.secrets == {}
    assert not (desk.folder / "mail_list.yml").exists()


def test_a_key_is_not_stored_when_the_server_does_not_answer(desk: Desk) -> None:
    desk.server.failure = MailcowUnavailableError("mailcow cannot be reached")

    with pytest.raises(MailcowUnavailableError):
        desk.adopt()
    assert desk.vault.secrets == {}


@pytest.mark.parametrize("text", ["", " \n", "hunter2 hunter2", "short", "a" * 256, "abc_def_ghi_jkl"])
def test_what_is_no_key_is_refused_without_showing_it(text: str) -> None:
    with pytest.raises(RefusedError) as caught:
        key_from(text)
    assert not text.strip() or text not in str(caught.value)


def test_a_key_may_end_with_a_line_break() -> None:
    assert key_from(f"{API_KEY}\n") == API_KEY


def test_the_key_shows_nowhere(desk: Desk, capfd: pytest.CaptureFixture[str]) -> None:
    adopted = desk.adopt()

    shown = [
        *sentences(adopted, stack="prod", dry_run=False),
        as_json(adopted),
        repr(adopted),
        repr(AdoptionKey(value=API_KEY, is_new=True)),
        repr(desk.reached),
        *adopted.notices,
        *desk.said,
        *contents(desk.folder).values(),
        *capfd.readouterr(),
    ]
    assert API_KEY not in "".join(shown)
