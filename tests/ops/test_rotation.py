"""A new first password for one person: in Vault, in mailcow, and finished by the next run wherever one was killed."""

from dataclasses import replace

import pytest

from core.errors import MailcowRefusedError, RefusedError, VaultError
from core.passwords import is_acceptable
from ops.handover import receive
from ops.rotation import MailServer, Rotating
from tests.ops.kills import Killed, Reaper
from tests.ops.passwords import BOB, NOW, PASSWORD, Office, person

OLD = f"{PASSWORD}-of-bob"


@pytest.fixture
def office() -> Office:
    office = Office()
    office.takes_on(person())
    return office


def test_the_new_password_opens_the_mailbox_and_the_old_one_does_not(office: Office) -> None:
    told = office.rotating().rotate(person())

    assert told == ""
    assert office.opens(person())
    assert office.mailcow.passwords["bob@a.example"] != OLD
    assert is_acceptable(office.password(person()))


def test_whoever_is_logged_in_is_put_out_after_the_password_has_changed(office: Office) -> None:
    """Put out before, she would come in again with the old one."""
    passwords: list[str] = []
    rotating = replace(
        office.rotating(),
        server=lambda _: MailServer(
            mailcow=office.mailcow,
            end_sessions=lambda address: passwords.append(office.mailcow.passwords[address]) or "",
        ),
    )

    rotating.rotate(person())

    assert passwords == [office.password(person())]


def test_it_is_a_new_version_and_the_old_ones_stay(office: Office) -> None:
    office.rotating().rotate(person())

    old, new = (version["password"] for version in office.vault.secrets[BOB].versions)
    assert old == OLD != new


def test_its_notes_say_so_and_those_of_others_stay(office: Office) -> None:
    before = office.notes(person())

    office.rotating().rotate(person())

    assert office.notes(person()) == {**before, "state": "rotated", "rotated": "2026-11-22T14:05:00.000+00:00"}


def test_a_token_for_the_old_password_opens_nothing_any_more_and_is_forgotten(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=600)

    office.rotating().rotate(person())

    with pytest.raises(RefusedError):
        receive(office.wrapping, made.token.token)
    assert office.handing_over.status(person()).status == "never"


@pytest.mark.parametrize("asks", [True, False])
def test_the_web_page_asks_for_another_password_where_the_list_says_so(office: Office, *, asks: bool) -> None:
    office.rotating().rotate(person(change_password=asks))

    assert office.mailcow.mailboxes["bob@a.example"].change_password is asks


def test_somebody_who_came_with_an_own_password_gets_a_first_one(office: Office) -> None:
    eve = person("eve")
    office.vault.set_metadata("mail/users/a.example/eve", {"state": "adopted", "stack": "dev"})
    office.has_mailbox(eve, "her own")

    office.rotating().rotate(eve)

    assert office.opens(eve)
    assert office.notes(eve)["state"] == "rotated"
    assert receive(office.wrapping, office.handing_over.make(eve, ttl_s=600).token.token).password


def test_app_passwords_are_named_and_go_on_working(office: Office) -> None:
    office.mailcow.app_passwords = {"bob@a.example": {1: "phone", 2: "tablet"}}

    told = office.rotating().rotate(person())

    assert told == "app passwords go on working: phone, tablet; --app-passwords deletes them"
    assert len(office.mailcow.app_passwords["bob@a.example"]) == 2


def test_app_passwords_go_when_that_is_wished(office: Office) -> None:
    office.mailcow.app_passwords = {"bob@a.example": {1: "phone", 2: "tablet"}}

    assert office.rotating(app_passwords=True).rotate(person()) == ""

    assert office.mailcow.app_passwords["bob@a.example"] == {}


def test_where_sessions_cannot_be_ended_that_is_said_and_the_rest_is_done(office: Office) -> None:
    office.cannot_end_sessions = "sessions that are open go on until they end"

    assert office.rotating().rotate(person()) == "sessions that are open go on until they end"
    assert office.opens(person())
    assert "rotating" not in office.notes(person())


def test_another_stacks_people_are_left_to_it(office: Office) -> None:
    office.takes_on(person("eve"), stack="prod")

    with pytest.raises(RefusedError, match="--stack prod"):
        office.rotating().rotate(person("eve"))


def test_somebody_whose_mailbox_was_never_made_is_refused(office: Office) -> None:
    with pytest.raises(RefusedError, match="mailstead up --stack dev"):
        office.rotating().rotate(person("eve"))


def test_a_deleted_password_is_refused_before_anything_is_noted(office: Office) -> None:
    office.vault.soft_delete(BOB)

    with pytest.raises(VaultError, match="undelete"):
        office.rotating().rotate(person())

    assert "rotating" not in office.notes(person())


def test_what_mailcow_refused_is_finished_by_the_next_run_with_the_same_password(office: Office) -> None:
    office.mailcow.failures["set password bob@a.example"] = MailcowRefusedError("mailcow refused")
    with pytest.raises(MailcowRefusedError):
        office.rotating().rotate(person())
    waiting = office.password(person())

    office.rotating().rotate(person())

    assert office.mailcow.passwords["bob@a.example"] == waiting == office.password(person())


def test_two_who_rotate_the_same_address_at_once_leave_one_password(office: Office) -> None:
    """The second comes between the first one's look and its write."""
    ours, theirs = office.rotating(), office.rotating()
    vault = office.vault

    class Meanwhile:
        def __getattr__(self, name: str) -> object:
            if name.startswith("write"):
                theirs.rotate(person())
            return getattr(vault, name)

    replace(ours, vault=Meanwhile()).rotate(person())  # type: ignore[arg-type]

    assert office.opens(person())
    assert len(vault.secrets[BOB].versions) == 2


def watched(office: Office, reaper: Reaper) -> Rotating:
    """Rotate with everything outside watched."""
    usual = office.rotating()
    server = usual.server(1)
    watched = MailServer(
        mailcow=reaper.watch(server.mailcow), end_sessions=reaper.watch_call("end_sessions", server.end_sessions)
    )
    return replace(
        usual, vault=reaper.watch(office.vault), wrapping=reaper.watch(office.wrapping), server=lambda _: watched
    )


def calls_of_a_whole_rotation() -> list[str]:
    office, reaper = Office(), Reaper()
    office.takes_on(person())
    office.handing_over.make(person(), ttl_s=600)
    watched(office, reaper).rotate(person())
    return reaper.calls


CALLS = calls_of_a_whole_rotation()


def test_the_order_is_note_write_set_end_sessions_clear_the_note() -> None:
    writes = [call for call in CALLS if call not in {"metadata", "read", "list_app_passwords"}]

    assert writes == ["set_metadata", "revoke_accessor", "write_next", "set_password", "end_sessions", "set_metadata"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("number", range(1, len(CALLS) + 1), ids=lambda number: f"{number}-{CALLS[number - 1]}")
def test_killed_anywhere_the_next_run_finishes_it(number: int, *, after: bool) -> None:
    office = Office()
    office.takes_on(person())
    token = office.handing_over.make(person(), ttl_s=600).token.token
    notes = office.notes(person())

    with pytest.raises(Killed):
        watched(office, Reaper(at=number, after=after)).rotate(person())
    # Vault and mailcow never disagree without a note that says so.
    assert office.opens(person()) or "rotating" in office.notes(person())
    office.rotating().rotate(person())

    assert office.opens(person())
    assert office.mailcow.passwords["bob@a.example"] != OLD
    assert office.sessions == set()
    kept = {name: value for name, value in notes.items() if not name.startswith("handover_")}
    assert office.notes(person()) == {**kept, "state": "rotated", "rotated": NOW.isoformat(timespec="milliseconds")}
    with pytest.raises(RefusedError):
        receive(office.wrapping, token)
    # One new password, unless the first run had ended but for its last breath and the second is another rotation.
    ended = after and number == len(CALLS)
    assert len(office.vault.secrets[BOB].versions) == (3 if ended else 2)
