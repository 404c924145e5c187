"""Mail that moves in: one sync job a person, that deletes nothing anywhere."""

from dataclasses import replace

import pytest

from core.errors import MailcowError, MailcowUnavailableError
from mailcow.rows import NewSyncJob
from tests.fakes import FakeMailcow, FakeVault
from tests.resources.users.conftest import Living
from tests.resources.users.move_in.jobs import OLD_HOST, PASSWORD, PATH, by_hand, move_in, only
from tests.resources.users.people import ADDRESS, row
from tests.resources.users.wire import Life, sent
from users.move_in import MoveInProvider
from users.sync_jobs import SyncJobsInBulk


def test_a_job_is_made_with_the_password_from_vault(life: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    assert life.up(move_in()) == "create"

    job = only(mailcow)
    assert (job.username, job.host, job.port, job.user, job.encryption, job.active) == (
        ADDRESS,
        OLD_HOST,
        993,
        "Alice.Old",
        "SSL",
        True,
    )
    assert mailcow.sync_passwords[job.id] == PASSWORD
    assert life.outputs["password_version"] == 1


def test_starttls_is_what_mailcow_calls_tls(life: Life, mailcow: FakeMailcow) -> None:
    """To mix them up would end in a connection that never comes about, or in one that is not encrypted."""
    life.up(move_in(encryption="starttls", port=143))

    assert (only(mailcow).encryption, only(mailcow).port) == ("TLS", 143)


def test_nothing_is_done_where_nothing_changes(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    mailcow.changes.clear()

    assert life.refresh() == "same"
    assert life.up(move_in()) == "same"
    assert mailcow.changes == []


def test_upper_case_in_host_names_is_no_change(life: Life) -> None:
    life.up(move_in())

    assert life.up(move_in(host="IMAP.old.example")) == "same"


def test_another_port_is_an_edit_that_sends_no_password(life: Life, mailcow: FakeMailcow, vault: FakeVault) -> None:
    life.up(move_in())
    id_ = only(mailcow).id
    vault.calls.clear()

    assert life.up(move_in(port=994)) == "update"

    assert (only(mailcow).id, only(mailcow).port) == (id_, 994)
    assert f"read {PATH}" not in vault.calls


def test_a_job_that_somebody_switched_off_is_drift_and_is_switched_on_again(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    job = only(mailcow)
    mailcow.sync_jobs[job.id] = replace(job, active=False)

    assert life.refresh() == "drift"
    assert life.up(move_in()) == "update"
    assert only(mailcow).active


def test_encryption_that_somebody_took_off_is_drift_and_is_put_back(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    job = only(mailcow)
    mailcow.sync_jobs[job.id] = replace(job, encryption="PLAIN")

    assert life.refresh() == "drift"
    assert life.up(move_in()) == "update"
    assert only(mailcow).encryption == "SSL"


def test_another_account_there_is_another_job(life: Life) -> None:
    life.up(move_in())

    assert life.diff(move_in(user="other")).replaces == ["user"]
    assert life.diff(move_in(host="imap.other.example")).replaces == ["host"]


def test_who_is_no_longer_in_the_list_has_no_job_and_keeps_the_mail(life: Life, mailcow: FakeMailcow) -> None:
    mailcow.mailboxes[ADDRESS] = row(messages=231)
    life.up(move_in())
    mailcow.changes.clear()

    life.delete()

    assert mailcow.sync_jobs == {}
    assert mailcow.mailboxes[ADDRESS].messages == 231
    assert [change for change in mailcow.changes if "sync job" not in change] == []


def test_a_job_that_went_with_its_mailbox_is_deleted_already(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    mailcow.sync_jobs.clear()

    life.delete()


def test_a_run_that_was_killed_after_making_the_job_is_finished_by_the_next(life: Life, mailcow: FakeMailcow) -> None:
    life.provider.create(sent(move_in()))

    assert life.up(move_in()) == "create"

    assert mailcow.sync_passwords == {only(mailcow).id: PASSWORD}


def test_a_lost_answer_makes_no_second_job(life: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch) -> None:
    add = mailcow.add_sync_job

    def lose(job: NewSyncJob, *, password: str) -> bool:
        add(job, password=password)
        return False

    monkeypatch.setattr(mailcow, "add_sync_job", lose)

    life.up(move_in())

    assert mailcow.sync_passwords == {only(mailcow).id: PASSWORD}


def test_a_job_made_by_hand_is_made_anew_so_that_none_of_its_options_stay(life: Life, mailcow: FakeMailcow) -> None:
    """It may delete at the other provider what it has fetched, which no reading of ours would show."""
    before = by_hand(mailcow)

    life.up(move_in())

    assert mailcow.changes == [f"delete sync job {before.id}", f"add sync job {ADDRESS}"]
    assert mailcow.sync_passwords == {only(mailcow).id: PASSWORD}


def test_other_jobs_of_the_same_mailbox_are_left_alone(life: Life, mailcow: FakeMailcow) -> None:
    other = by_hand(mailcow, host="imap.hobby.example")

    life.up(move_in())
    life.delete()

    assert only(mailcow) == other


def test_a_job_is_gone_only_when_the_server_answers_otherwise(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    mailcow.sync_jobs.clear()
    mailcow.failures["version"] = MailcowUnavailableError("mailcow is not ready")

    with pytest.raises(MailcowError):
        life.refresh()
    assert life.refresh() == "gone"


def test_an_empty_list_of_all_jobs_is_not_taken_for_the_end_of_them(
    life: Life, mailcow: FakeMailcow, monkeypatch: pytest.MonkeyPatch
) -> None:
    life.up(move_in())
    monkeypatch.setattr(life.provider.host, "sync_jobs", SyncJobsInBulk(lambda: ()))  # type: ignore[attr-defined]

    assert life.refresh() == "same"


def test_all_jobs_of_a_server_are_read_by_one_request(living: Living, mailcow: FakeMailcow, vault: FakeVault) -> None:
    lives = []
    for name in ("alice", "bob", "carol"):
        address, path = f"{name}@example.com", f"mail/move-in/example.com/{name}"
        mailcow.mailboxes[address] = row(address=address)
        vault.write_version(path, {"password": PASSWORD})
        lives.append(living(MoveInProvider))
        lives[-1].up(move_in(address=address, password_in=path))
    mailcow.reads.clear()

    assert [life.refresh() for life in lives] == ["same"] * 3
    assert [read for read in mailcow.reads if "sync job" in read] == ["list sync jobs all"]


def test_a_job_that_is_gone_is_made_again(life: Life, mailcow: FakeMailcow) -> None:
    life.up(move_in())
    mailcow.sync_jobs.clear()

    assert life.up(move_in(port=994)) == "update"
    assert (only(mailcow).port, mailcow.sync_passwords[only(mailcow).id]) == (994, PASSWORD)
