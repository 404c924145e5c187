"""What happens to a person, in one sentence."""

from typing import Any

import pytest

from ops.facts import Facts, Held
from tests.ops.steps import BOBS_MAIL, BOBS_MAIL_IN_WORDS, OFFLINE, kinds, mailbox, of_people, read, sentences

ALICE, BOB = "alice@example.com", "bob@example.com"


def new(name: str = ALICE, **inputs: Any) -> dict[str, Any]:
    return of_people("create", "Mailbox", name, new=mailbox(**inputs))


def changed(old: dict[str, Any], new: dict[str, Any], name: str = BOB) -> dict[str, Any]:
    return of_people("update", "Mailbox", name, old=mailbox(**old), new=mailbox(**new))


def closed(**inputs: Any) -> dict[str, Any]:
    return changed({}, {"active": False, "kept_until": "2027-01-31", **inputs})


def test_mailbox_and_first_password_of_somebody_new_are_one_line() -> None:
    told = sentences(new(), of_people("create", "VaultSecret", ALICE))

    assert told == ["alice@example.com gets a mailbox of 2,048 MiB and a first password"]


def test_what_is_special_about_a_new_mailbox_is_said() -> None:
    told = sentences(new(protocols=["imap", "smtp"], sending_limit="100/h", tags=["staff"], forward_to=["x@y.example"]))

    assert "; ".join(told) == (
        "alice@example.com gets a mailbox of 2,048 MiB; may use IMAP and SMTP only;"
        " may send 100 messages an hour; is tagged staff; mail goes on to x@y.example and a copy stays"
    )


def test_closing_says_until_when_the_mail_is_kept_what_is_in_it_and_what_happens_to_new_mail() -> None:
    assert sentences(closed(), facts=read(bob=BOBS_MAIL)) == [
        f"bob@example.com is closed; the mail is kept until 2027-01-31 ({BOBS_MAIL_IN_WORDS}); new mail is refused"
    ]
    assert kinds(closed()) == ["closes"]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({"mail": "refuse"}, "new mail is refused"),
        ({"mail": "keep"}, "new mail is still taken in"),
        ({"mail": "forward", "forward_to": [ALICE]}, "new mail goes to alice@example.com"),
        ({"mail": "forward", "forward_to": [ALICE], "keep_copy": False}, "and NO copy stays"),
        ({"mail": "keep", "auto_reply": "Bob has left"}, "still taken in, and senders get an automatic reply"),
    ],
)
def test_closing_says_what_happens_to_mail_that_still_comes(inputs: dict[str, Any], said: str) -> None:
    (told,) = sentences(closed(**inputs))

    assert said in told


def test_a_server_that_does_not_answer_is_said_and_stops_nothing() -> None:
    (told,) = sentences(closed(), facts=OFFLINE)

    assert "(what is in it is not known: mail.example.com is not reachable)" in told


def test_somebody_who_comes_back_is_said_to_find_mail_and_password_as_they_were() -> None:
    back = changed({"active": False, "kept_until": "2027-01-31"}, {"quota_mib": 4096.0})

    assert sentences(back) == [
        "bob@example.com comes back: log-in is open again, mail and password are as they were; quota 2,048 → 4,096 MiB"
    ]
    assert kinds(back) == ["reopens"]


def test_a_deletion_says_what_goes_and_that_the_first_password_goes_too() -> None:
    gone = of_people("delete", "Mailbox", BOB, old=mailbox(active=False))
    secret = of_people("delete", "VaultSecret", BOB)

    assert sentences(gone, secret, facts=read(bob=BOBS_MAIL)) == [
        f"bob@example.com is deleted, with all mail in it ({BOBS_MAIL_IN_WORDS}); its first password goes from Vault"
    ]


def test_of_an_empty_mailbox_nobody_reads_figures() -> None:
    gone = of_people("delete", "Mailbox", BOB, old=mailbox())

    (told,) = sentences(gone, facts=read(bob=Held(bytes_used=0, messages=0, last_login=0)))

    assert told == "bob@example.com is deleted, with all mail in it (empty, never logged in)"


def test_a_mailbox_that_was_there_before_is_said_to_come_back_empty() -> None:
    told = sentences(new(), recorded=(ALICE,), facts=read())

    assert told == ["alice@example.com is made again, EMPTY: the mailbox was deleted outside of this program"]
    assert kinds(new(), recorded=(ALICE,)) == ["recreates"]


def test_a_mailbox_that_an_earlier_run_never_came_to_is_simply_new() -> None:
    """A first run records everybody before it makes anybody; when it dies, nobody's mail is lost."""
    steps = (new(), of_people("create", "VaultSecret", ALICE))

    told = sentences(*steps, recorded=(ALICE,), facts=Facts(never_made=frozenset({ALICE})))

    assert told == ["alice@example.com gets a mailbox of 2,048 MiB and a first password"]


def test_what_nobody_knows_of_a_recorded_mailbox_is_said_to_be_not_known() -> None:
    (told,) = sentences(new(), recorded=(ALICE,), facts=Facts(unsure=frozenset({ALICE})))

    assert "EMPTY" in told
    assert "or it was never made: Vault, which would know, does not answer" in told


@pytest.mark.parametrize(
    ("owner", "adopt", "kind", "said"),
    [
        ("dev", False, "adds", "from an earlier run, and is taken up as it is"),
        (None, True, "adds", "is taken over as it is, mail and password untouched"),
        (None, False, "refused", "set adopt: true"),
        ("prod", True, "refused", "belongs to stack prod"),
    ],
)
def test_a_mailbox_that_is_on_the_server_already_is_not_called_new(
    owner: str | None, kind: str, said: str, *, adopt: bool
) -> None:
    held = Held(bytes_used=1024, messages=1, last_login=0, owner=owner)
    facts = Facts(held={ALICE: held}, read=frozenset({"example.com"}), adopt=adopt)

    (told,) = sentences(new(), of_people("create", "VaultSecret", ALICE), facts=facts)

    assert said in told
    assert "(1.0 KiB, 1 message, never logged in)" in told
    assert "gets a mailbox" not in told
    assert kinds(new(), facts=facts) == [kind]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ({}, {"quota_mib": 4096.0}, "quota 2,048 → 4,096 MiB"),
        ({}, {"full_name": "Bob Builder"}, "is now called Bob Builder"),
        ({"protocols": ["imap"]}, {"protocols": ["imap", "pop3"]}, "may use POP3"),
        ({}, {"protocols": ["imap", "smtp", "sieve", "dav"]}, "may no longer use POP3 and ActiveSync"),
        ({}, {"sending_limit": "100/h"}, "may send 100 messages an hour"),
        ({"sending_limit": "100/h"}, {}, "may send without a limit of its own"),
        ({}, {"change_password": True}, "has to choose a password at the next log-in"),
        ({}, {"forward_to": [ALICE], "keep_copy": False}, "mail goes on to alice@example.com and NO copy stays"),
        ({"forward_to": [ALICE]}, {}, "mail no longer goes on to alice@example.com"),
        ({"tags": ["a"]}, {"tags": ["b"]}, "is tagged b; is no longer tagged a"),
        (
            {"active": False, "kept_until": "2027-01-31"},
            {"active": False, "kept_until": "2027-02-28"},
            "the mail is kept until 2027-02-28 instead of 2027-01-31",
        ),
        (
            {"active": False, "mail": "refuse"},
            {"active": False, "mail": "keep"},
            "new mail is still taken in",
        ),
        ({"secret_made": "then"}, {"secret_made": "now"}, "gets the first password that Vault holds"),
        ({"active": False}, {"active": False, "closed": True}, "is closed again: what is still open of it is ended"),
    ],
)
def test_a_change_is_said_in_words_and_not_by_the_names_of_keys(
    old: dict[str, Any], new: dict[str, Any], said: str
) -> None:
    assert sentences(changed(old, new)) == [f"bob@example.com {said}"]


def test_a_state_of_an_older_version_that_lacks_an_input_is_no_change_of_it() -> None:
    old = {"full_name": "bob", "quota_mib": 2048.0, "active": True, "kept_until": ""}
    step = of_people("update", "Mailbox", BOB, old=old, new=mailbox(full_name="bob", quota_mib=4096.0))

    assert sentences(step) == ["bob@example.com quota 2,048 → 4,096 MiB"]


def test_a_first_password_that_was_lost_from_vault_is_said_to_be_a_new_one() -> None:
    secret = of_people("create", "VaultSecret", BOB)

    assert sentences(secret, recorded=(BOB,)) == ["bob@example.com gets a NEW first password: the one in Vault is gone"]
    assert sentences(secret, changed({}, {"secret_made": "unknown"}), recorded=(BOB,)) == sentences(
        secret, recorded=(BOB,)
    )


def test_a_replaced_mailbox_is_said_to_lose_its_mail_and_its_password() -> None:
    told = sentences(of_people("replace", "Mailbox", BOB), of_people("replace", "VaultSecret", BOB))

    assert told == [
        "bob@example.com is deleted, with all mail in it, and made again, EMPTY, with a NEW first password",
    ]


def test_mail_that_is_brought_along_is_said_in_the_same_line() -> None:
    move_in = of_people("create", "MoveIn", ALICE, new={"host": "imap.old.example", "user": "alice@old.example"})

    assert "; ".join(sentences(new(), move_in)) == (
        "alice@example.com gets a mailbox of 2,048 MiB;"
        " mail is brought from imap.old.example, where it is alice@old.example's"
    )
    assert sentences(of_people("delete", "MoveIn", ALICE, old={"host": "imap.old.example"})) == [
        "alice@example.com no more mail is brought from imap.old.example; what came stays"
    ]
