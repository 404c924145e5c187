"""How far the mail is that people bring along: jobs, counts there beside here, and what the exit code says."""

import json
from dataclasses import replace
from typing import Any

import pytest

from core.errors import MailcowUnavailableError, RefusedError, VaultDeniedError
from ops.move_in import Count, Progress, as_document, chosen, exit_code, progress
from ops.move_in_log import doubles, in_words
from ops.old_mailbox import Account, CountError, Folder
from tests.fakes import FakeMailcow, FakeVault
from tests.ops.imap_stub import PASSWORD
from tests.ops.moving_bob import BOB, GOOD, bobs_mailcow, bobs_vault

REFUSED = """Host1: imap.old.example says it has NO CAPABILITY for AUTHENTICATE LOGIN
Host1 failure: Error login on [imap.old.example] with user [bob] auth [PLAIN]: 2 NO [AUTHENTICATIONFAILED] no.
Exiting with return value 161 (EXIT_AUTHENTICATION_FAILURE_USER1) 1/50 nb_errors/max_errors
"""


@pytest.fixture
def mailcow() -> FakeMailcow:
    """A server on which bob's job has run well and brought 275 messages."""
    return bobs_mailcow()


@pytest.fixture
def vault() -> FakeVault:
    """A Vault with the password that bob has at his old provider."""
    return bobs_vault()


def there(*messages: int | None) -> Count:
    """A mailbox at the old provider with folders of so many messages."""

    def count(account: Account) -> tuple[Folder, ...]:
        assert account.password == PASSWORD
        return tuple(Folder(name=f"folder {number}", messages=one) for number, one in enumerate(messages))

    return count


def look(mailcow: FakeMailcow, vault: FakeVault, count: Count) -> Progress:
    """Look at bob's mail."""
    (found,) = progress([BOB], {1: mailcow}, vault, count=count)
    return found


def test_when_the_run_went_well_and_the_counts_are_equal_all_is_here(mailcow: FakeMailcow, vault: FakeVault) -> None:
    found = look(mailcow, vault, there(231, 44))

    assert (found.job, found.there, found.here, found.missing, found.done) == ("ok", 275, 275, 0, True)
    assert found.said.startswith("The sync looks good, all 270")
    assert exit_code([found]) == 0


def test_messages_that_are_missing_here_are_not_done(mailcow: FakeMailcow, vault: FakeVault) -> None:
    found = look(mailcow, vault, there(231, 45))

    assert (found.missing, found.done) == (1, False)
    assert exit_code([found]) == 10


def test_mail_that_came_in_here_meanwhile_is_no_difference(mailcow: FakeMailcow, vault: FakeVault) -> None:
    assert exit_code([look(mailcow, vault, there(200))]) == 0


def test_messages_that_lie_in_two_folders_there_come_once_and_are_not_missed(
    mailcow: FakeMailcow, vault: FakeVault
) -> None:
    mailcow.sync_jobs[7] = replace(mailcow.sync_jobs[7], log=GOOD)

    found = look(mailcow, vault, there(236, 44))

    assert (found.there, found.doubles, found.here, found.done) == (280, 5, 275, True)


def test_a_folder_that_could_not_be_counted_is_not_done(mailcow: FakeMailcow, vault: FakeVault) -> None:
    assert exit_code([look(mailcow, vault, there(231, None))]) == 10


@pytest.mark.parametrize(
    ("changes", "job", "code"),
    [
        ({"running": True, "success": None}, "running", 10),
        ({"last_run": "", "success": None, "exit_status": "", "log": ""}, "waiting", 10),
        ({"success": False, "exit_status": "EXIT_OVERQUOTA"}, "failed", 1),
        ({"success": None, "exit_status": "", "log": GOOD}, "ok", 0),
        ({"success": None, "exit_status": "", "log": "Could not start"}, "failed", 1),
    ],
)
def test_a_job_is_what_mailcow_says_of_it(
    mailcow: FakeMailcow, vault: FakeVault, changes: dict[str, Any], job: str, code: int
) -> None:
    mailcow.sync_jobs[7] = replace(mailcow.sync_jobs[7], **changes)

    found = look(mailcow, vault, there(200))

    assert (found.job, exit_code([found])) == (job, code)


def test_a_job_that_is_not_there_says_what_makes_it(mailcow: FakeMailcow, vault: FakeVault) -> None:
    mailcow.sync_jobs.clear()

    found = look(mailcow, vault, there(200))

    assert (found.job, exit_code([found])) == ("missing", 1)
    assert "run: mailstead up" in found.said


def test_a_refused_password_says_where_the_right_one_goes(mailcow: FakeMailcow, vault: FakeVault) -> None:
    refused = replace(mailcow.sync_jobs[7], success=False, exit_status="EXIT_AUTHENTICATION_FAILURE_USER1", log=REFUSED)
    mailcow.sync_jobs[7] = refused

    def no(_: Account) -> tuple[Folder, ...]:
        raise CountError("imap.old.example:993 refuses: [AUTHENTICATIONFAILED]")

    wrong_in_vault, old_in_mailcow = look(mailcow, vault, no), look(mailcow, vault, there(200))

    assert "the other server refuses user or password: Host1 failure" in wrong_in_vault.said
    assert "put the right one into Vault at mail/move-in/example.com/bob" in wrong_in_vault.said
    assert "the one in Vault is newer than mailcow's: mailstead up --refresh" in old_in_mailcow.said


def test_what_cannot_be_counted_is_somebodys_business(mailcow: FakeMailcow, vault: FakeVault) -> None:
    def no(_: Account) -> tuple[Folder, ...]:
        raise CountError("imap.old.example:993 cannot be reached")

    unreachable = look(mailcow, vault, no)
    vault.failure = VaultDeniedError("Vault refuses to read it")
    denied = look(mailcow, vault, there(1))
    vault.failure = None
    vault.delete_all(BOB.password_in)
    forgotten = look(mailcow, vault, there(1))

    assert [one.problem for one in (unreachable, denied, forgotten)] == [
        "imap.old.example:993 cannot be reached",
        "Vault refuses to read it",
        "Vault has no password at mail/move-in/example.com/bob",
    ]
    assert {exit_code([one]) for one in (unreachable, denied, forgotten)} == {1}


def test_one_failure_among_many_is_what_the_exit_code_says(mailcow: FakeMailcow, vault: FakeVault) -> None:
    done = look(mailcow, vault, there(1))
    behind, failed = replace(done, here=0), replace(done, job="failed")

    assert exit_code([]) == 0
    assert exit_code([done, behind]) == 10
    assert exit_code([done, behind, failed]) == 1


def test_a_server_here_that_does_not_answer_ends_it(mailcow: FakeMailcow, vault: FakeVault) -> None:
    mailcow.failure = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowUnavailableError):
        look(mailcow, vault, there(1))


def test_a_mail_host_that_is_not_there_yet_is_named(mailcow: FakeMailcow, vault: FakeVault) -> None:
    with pytest.raises(RefusedError, match="mail host 2 is not there yet"):
        progress([BOB, replace(BOB, server=2)], {1: mailcow}, vault, count=there(1))


def test_everybodys_jobs_and_mailboxes_are_read_by_one_request_each(mailcow: FakeMailcow, vault: FakeVault) -> None:
    people = [replace(BOB, address=f"p{number}@example.com") for number in range(20)]

    progress(people, {1: mailcow}, vault, count=there(1))

    assert mailcow.reads == ["list sync jobs all", "list mailboxes example.com"]


def test_somebody_who_brings_nothing_along_is_answered_with_those_who_do() -> None:
    assert chosen([BOB], "Bob@example.com") == (BOB,)
    assert chosen([BOB], None) == (BOB,)
    with pytest.raises(RefusedError, match=r"no move_in for eve@example.com; it has one for: bob@example.com"):
        chosen([BOB], "eve@example.com")


def test_a_log_is_told_in_one_short_sentence() -> None:
    quota = "Err 1/2: msg INBOX/1 could not append: NO [OVERQUOTA] Quota exceeded\nErr 2/2: more"

    assert in_words("", "") == ""
    assert in_words(quota, "EXIT_OVERQUOTA").startswith("the mailbox here is full: msg INBOX/1 could not append")
    assert in_words("one\nCould not start or finish imapsync\n", "") == "Could not start or finish imapsync"
    assert in_words("", "EXIT_CATCH_ALL") == "EXIT_CATCH_ALL"
    assert in_words("evil \x1b[2J " + "x" * 5000, "").isprintable()
    assert len(in_words("evil \x1b[2J " + "x" * 5000, "")) <= 200


def test_doubles_are_read_from_the_log() -> None:
    assert doubles(GOOD) == 5
    assert doubles("") == 0


def test_machines_get_the_same(mailcow: FakeMailcow, vault: FakeVault) -> None:
    document = as_document([look(mailcow, vault, there(231, 45))])

    assert document["done"] is False
    assert json.loads(json.dumps(document))["people"][0]["missing"] == 1
