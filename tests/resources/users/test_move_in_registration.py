"""What the program registers for somebody whose mail moves in."""

from dataclasses import replace
from typing import Any

from core.desired import DesiredMoveIn
from tests.resources.users.test_people import STATE, kind, needed_by, registered
from users.move_in import MoveInProvider

CAROL = DesiredMoveIn(
    address="carol@startup.io",
    domain="startup.io",
    host="imap.old.example",
    port=993,
    encryption="tls",
    user="Carol",
    password_in="mail/move-in/startup.io/carol",
    server=2,
)
MOVING = replace(STATE, move_ins=(CAROL,))


def test_mail_moves_into_a_mailbox_that_is_there_on_its_own_host() -> None:
    found = registered(MOVING)["MoveIn carol@startup.io"]

    assert found.provider == "mail-host-2"
    assert "Mailbox carol@startup.io" in needed_by(found)
    assert not found.options.protect, "to end it takes one line out of the list, and no mail goes"


def test_nobody_else_gets_a_job() -> None:
    assert [name for name, it in registered().items() if kind(it) == "MoveIn"] == []
    assert [name for name, it in registered(MOVING).items() if kind(it) == "MoveIn"] == ["MoveIn carol@startup.io"]


def test_what_is_registered_is_what_the_provider_reads_and_holds_no_password() -> None:
    inputs: dict[str, Any] = registered(MOVING)["MoveIn carol@startup.io"].inputs

    checked = MoveInProvider().check({}, inputs).inputs

    assert checked["password_in"] == "mail/move-in/startup.io/carol"
    assert {key for key in inputs if "password" in key} <= {"password_in", "password_version"}
