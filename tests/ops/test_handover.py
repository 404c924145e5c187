"""Handing first passwords over: what is made, noted, revoked and refused."""

import pytest

from core.errors import MailcowUnavailableError, RefusedError, VaultError, VaultUnreachableError
from ops.handover import receive
from ops.handover_words import Recipient, made_as_json, message, notices, status_as_json, status_sentence
from tests.ops.passwords import BOB, NOW, PASSWORD, Office, person

HOURS_24 = 24 * 3600
BOBS = f"{PASSWORD}-of-bob"
TO = Recipient(address="bob@a.example", hostname="mail.a.example", vault_address="https://vault.a.example")


@pytest.fixture
def office() -> Office:
    office = Office()
    office.takes_on(person())
    return office


def test_the_person_opens_the_token_and_nobody_else_reads_the_password(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)

    assert f"read {BOB}" not in office.vault.calls
    assert receive(office.wrapping, made.token.token).password == BOBS


def test_accessor_and_end_stand_beside_the_notes_of_others(office: Office) -> None:
    before = office.notes(person())

    office.handing_over.make(person(), ttl_s=HOURS_24)

    assert office.notes(person()) == {
        **before,
        "handover_accessor": "accessor1",
        "handover_expires": "2026-11-23T14:05:00+00:00",
    }


def test_the_token_itself_is_noted_nowhere(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)

    assert made.token.token not in str(office.notes(person()))
    assert made.token.token not in repr(made)


def test_a_hand_over_is_told_as_open_then_used(office: Office) -> None:
    assert office.handing_over.status(person()).status == "never"

    made = office.handing_over.make(person(), ttl_s=HOURS_24)
    assert office.handing_over.status(person()).status == "open"

    receive(office.wrapping, made.token.token)
    assert office.handing_over.status(person()).status == "used"


def test_a_token_that_nobody_opened_expires(office: Office) -> None:
    office.handing_over.make(person(), ttl_s=HOURS_24)

    office.clock.passes(hours=24)

    assert office.handing_over.status(person()).status == "expired"


def test_to_ask_how_it_stands_changes_nothing(office: Office) -> None:
    office.handing_over.make(person(), ttl_s=HOURS_24)
    office.vault.calls.clear()

    office.handing_over.status(person())

    assert office.vault.calls == [f"metadata {BOB}"]


def test_the_token_that_was_open_is_revoked_by_the_next(office: Office) -> None:
    first = office.handing_over.make(person(), ttl_s=HOURS_24)

    second = office.handing_over.make(person(), ttl_s=HOURS_24)

    assert second.before.status == "open"
    with pytest.raises(RefusedError, match="SOMEBODY OPENED IT FIRST"):
        receive(office.wrapping, first.token.token)
    assert office.handing_over.status(person()).status == "open"


def test_a_token_that_cannot_be_made_leaves_the_open_one_open(office: Office) -> None:
    first = office.handing_over.make(person(), ttl_s=HOURS_24)
    office.wrapping.failures["wrap"] = VaultUnreachableError("Vault does not answer")

    with pytest.raises(VaultUnreachableError):
        office.handing_over.make(person(), ttl_s=HOURS_24)

    assert receive(office.wrapping, first.token.token).password == BOBS


@pytest.mark.parametrize("revoking", ["works", "fails"])
def test_a_token_that_cannot_be_noted_is_revoked_unseen(office: Office, revoking: str) -> None:
    office.vault.failures = {f"set_metadata {BOB}": VaultUnreachableError("Vault does not answer")}
    if revoking == "fails":
        office.wrapping.failures["revoke_accessor"] = VaultError("Vault cannot revoke")

    with pytest.raises(VaultUnreachableError):
        office.handing_over.make(person(), ttl_s=HOURS_24)

    assert office.wrapping.calls[-1] == "revoke_accessor"


def test_somebody_who_came_with_an_own_password_is_refused_with_how_to_make_one(office: Office) -> None:
    office.vault.set_metadata("mail/users/a.example/eve", {"state": "adopted", "stack": "dev"})

    with pytest.raises(RefusedError, match=r"mailstead rotate eve@a\.example --stack dev"):
        office.handing_over.make(person("eve"), ttl_s=HOURS_24)


def test_where_no_password_is_yet_the_command_that_makes_it_is_named(office: Office) -> None:
    with pytest.raises(RefusedError, match="mailstead up --stack dev"):
        office.handing_over.make(person("eve"), ttl_s=HOURS_24)


def test_a_password_that_is_being_rotated_is_not_handed_over(office: Office) -> None:
    """Mailcow may not know yet what the token would show."""
    office.vault.set_metadata(BOB, {**office.notes(person()), "rotating": "2"})

    with pytest.raises(RefusedError, match=r"mailstead rotate bob@a\.example"):
        office.handing_over.make(person(), ttl_s=HOURS_24)


def test_another_stacks_people_are_left_to_it(office: Office) -> None:
    office.takes_on(person("eve"), stack="prod")

    with pytest.raises(RefusedError, match="--stack prod"):
        office.handing_over.make(person("eve"), ttl_s=HOURS_24)


def test_a_deleted_password_is_refused_with_how_to_bring_it_back(office: Office) -> None:
    office.vault.soft_delete(BOB)

    with pytest.raises(VaultError, match="undelete"):
        office.handing_over.make(person(), ttl_s=HOURS_24)


def deliver(office: Office, *, failure: Exception | None = None) -> list[str]:
    """Show the password; gives what was done, in order."""
    done: list[str] = []

    def force_change() -> None:
        done.append("force change")
        if failure:
            raise failure

    office.handing_over.deliver(person(), force_change=force_change, show=done.append)
    return done


def test_what_is_shown_on_screen_has_to_be_changed_first_of_all(office: Office) -> None:
    assert deliver(office) == ["force change", BOBS]


def test_where_no_change_can_be_forced_nothing_is_opened(office: Office) -> None:
    with pytest.raises(MailcowUnavailableError):
        deliver(office, failure=MailcowUnavailableError("mailcow does not answer"))

    assert office.wrapping.calls == []


def test_what_was_shown_on_screen_is_told_as_used_even_after_the_token_would_have_ended(office: Office) -> None:
    deliver(office)
    office.clock.passes(days=9)

    found = office.handing_over.status(person())

    assert (found.status, found.delivered) == ("used", NOW)


def test_a_token_after_the_screen_is_told_as_open_again(office: Office) -> None:
    deliver(office)

    office.handing_over.make(person(), ttl_s=HOURS_24)

    assert office.handing_over.status(person()).status == "open"


def test_showing_it_revokes_the_token_that_is_open(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)

    deliver(office)

    with pytest.raises(RefusedError):
        receive(office.wrapping, made.token.token)


def test_whoever_opens_a_token_is_told_whose_password_it_is(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)

    assert receive(office.wrapping, made.token.token).address == "bob@a.example"


def test_no_token_at_all_is_no_accusation(office: Office) -> None:
    with pytest.raises(RefusedError, match="no token was given"):
        receive(office.wrapping, "")


def test_a_token_of_something_else_is_used_for_nothing(office: Office) -> None:
    office.vault.create_secret("mail/users/a.example/eve", {"note": "x"}, {})
    made = office.wrapping.wrap("mail/users/a.example/eve", 60)

    with pytest.raises(RefusedError, match="no password behind this token"):
        receive(office.wrapping, made.token)


# What is said


def test_the_message_has_all_that_she_needs_and_no_password(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)

    text = message(made, TO, now=NOW)

    assert "until Monday 23 November 2026, 14:05 UTC (in 24 hours)" in text
    assert "export VAULT_ADDR=https://vault.a.example\n  VAULT_TOKEN=s.token1 vault unwrap -format=json" in text
    assert "https://vault.a.example/v1/sys/wrapping/unwrap" in text
    assert "https://mail.a.example/" in text
    assert "somebody opened it before you" in text
    assert PASSWORD not in text


def test_a_namespace_goes_with_both_ways_of_opening(office: Office) -> None:
    made = office.handing_over.make(person(), ttl_s=HOURS_24)
    to = Recipient(
        address="bob@a.example", hostname="h", vault_address="https://v", vault_namespace="it/mail", vault_ca="ca.pem"
    )

    text = message(made, to, now=NOW)

    assert "export VAULT_NAMESPACE=it/mail" in text
    assert "--header 'X-Vault-Namespace: it/mail'" in text
    assert "export VAULT_CACERT=FILE" in text


def test_what_the_operator_should_know_is_said_aloud(office: Office) -> None:
    office.handing_over.make(person(), ttl_s=HOURS_24)
    second = office.handing_over.make(person(), ttl_s=HOURS_24)
    receive(office.wrapping, second.token.token)
    third = office.handing_over.make(person(), ttl_s=HOURS_24)
    here = Recipient(address="bob@a.example", hostname="h", vault_address="http://127.0.0.1:8200")

    assert "is revoked" in " ".join(notices(second, TO))
    assert "mailstead rotate bob@a.example" in " ".join(notices(third, TO))
    assert "--vault-address" in " ".join(notices(third, here))
    assert list(notices(office.handing_over.make(person(), ttl_s=60), TO))


def test_nothing_special_is_no_notice(office: Office) -> None:
    assert list(notices(office.handing_over.make(person(), ttl_s=HOURS_24), TO)) == []


def test_machines_get_the_token_once_and_times_in_utc(office: Office) -> None:
    document = made_as_json(office.handing_over.make(person(), ttl_s=HOURS_24), TO, now=NOW)

    assert {key: document[key] for key in ("address", "token", "expires", "revoked")} == {
        "address": "bob@a.example",
        "token": "s.token1",
        "expires": "2026-11-23T14:05:00+00:00",
        "revoked": False,
    }


def test_each_standing_is_one_sentence_with_what_to_do(office: Office) -> None:
    def told() -> str:
        now = office.clock()
        return status_sentence("bob@a.example", office.handing_over.status(person()), now=now)

    assert "never handed over; mailstead handover bob@a.example" in told()
    made = office.handing_over.make(person(), ttl_s=HOURS_24)
    assert "open; nobody has used the token, which ends Monday" in told()
    receive(office.wrapping, made.token.token)
    assert "used; the token was opened before its end" in told()
    assert "mailstead rotate bob@a.example" in told()
    office.clock.passes(hours=25)
    assert "expired; the token ended Monday 23 November 2026, 14:05 UTC (60 minutes ago)" in told()
    deliver(office)
    assert "used; the password was shown on screen" in told()


def test_machines_are_told_the_standing_with_null_for_no_time(office: Office) -> None:
    assert status_as_json("bob@a.example", office.handing_over.status(person())) == {
        "address": "bob@a.example",
        "status": "never",
        "expires": None,
        "delivered": None,
    }
