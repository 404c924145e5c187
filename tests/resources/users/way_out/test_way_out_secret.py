"""The password of a relay is in no state, no print and no error."""

import traceback

import pytest

from core.errors import MailcowRefusedError, MailcowUnavailableError, MailsteadError, VaultDeniedError
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.way_out.ways import DOMAIN, HOP, NEWER, PASSWORD, PATH, way_out
from tests.resources.users.wire import Life


def test_no_password_is_in_what_the_state_keeps_or_in_prints(
    life: Life, vault: FakeVault, said: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    kept: list[object] = []
    life.up(way_out())
    kept += [life.id, life.inputs, life.outputs]
    vault.write_version(PATH, {"password": NEWER})
    life.refresh()
    kept += [life.inputs, life.outputs]
    life.up(way_out())
    kept += [life.inputs, life.outputs, said, *capsys.readouterr()]

    assert "password_version" in str(kept)
    assert PASSWORD not in str(kept)
    assert NEWER not in str(kept)


@pytest.mark.parametrize(
    ("call", "error"),
    [
        (f"add relay host {HOP}", MailcowRefusedError("refused")),
        (f"set relay host {DOMAIN}", MailcowUnavailableError("not ready")),
        (f"read {PATH}", VaultDeniedError("denied")),
    ],
)
def test_no_error_shows_it(
    life: Life, mailcow: FakeMailcow, vault: FakeVault, call: str, error: MailsteadError
) -> None:
    (vault if "read" in call else mailcow).failures[call] = error

    with pytest.raises(MailsteadError) as caught:
        life.up(way_out())

    assert PASSWORD not in "".join(traceback.format_exception(caught.value))


def test_a_password_that_cannot_be_kept_is_not_shown(life: Life, vault: FakeVault) -> None:
    vault.write_version(PATH, {"password": f"{PASSWORD}:x"})

    with pytest.raises(MailcowRefusedError) as caught:
        life.up(way_out())

    assert PASSWORD not in "".join(traceback.format_exception(caught.value))
