"""A restore that was stopped, or met live mail, is finished by the same command, and nothing stays wrong silently."""

import os
import shutil
import time
from pathlib import Path

import pytest

from tests.restore.conftest import ALICE
from tests.restore.mail_host import DOCKER, MailHost

STANDS_STILL = """
case "$*" in
  *" stop "*) touch "$root/stopped" ;;
  *"up --detach") rm -f "$root/stopped" ;;
  *dovecot-mailcow*) [[ ! -e $root/stopped ]] || { echo 'service "dovecot-mailcow" is not running' >&2; exit 1; } ;;
esac
"""
MAIN = "$(ps -o ppid= -p $PPID)"
CUT_OFF = {"killed": f"kill -9 {MAIN}; exit 1", "the database refuses": "cat >/dev/null; exit 1"}


def at_the_load(body: str) -> str:
    return STANDS_STILL + f'case "$*" in *"mariadb --user=root --default"*) {body} ;; esac\n' + DOCKER


def another_day(host: MailHost, day: str) -> None:
    """Have the system set of another day, too."""
    shutil.copytree(host.tree.folder / "system/20261122", host.tree.folder / "system" / day)
    manifest = host.manifest("system", day)
    manifest.write_text(manifest.read_text(encoding="utf-8").replace('"20261122"', f'"{day}"'), encoding="utf-8")


@pytest.mark.parametrize("body", CUT_OFF.values(), ids=CUT_OFF)
def test_a_system_set_that_was_half_brought_in_is_finished_by_the_same_command(
    host: MailHost, parts: Path, body: str
) -> None:
    host.machine.stub("docker", at_the_load(body))
    assert host.restore("all").status != 0
    assert host.machine.exists("/stopped")
    host.machine.stub("docker", STANDS_STILL + DOCKER)
    host.machine.write("/people_in_database", "2\n")  # what the half of the dump has brought

    done = host.restore("all")

    assert done.status == 0, done.stderr
    assert not host.machine.exists("/stopped")
    crypt = host.volume("crypt-vol-1")
    assert (crypt / "ecpubkey.pem").read_bytes() == (parts / "crypt/ecpubkey.pem").read_bytes()
    assert host.mail() == ALICE
    # The half that the stopped run had brought is not what was there before.
    kept = list((host.root / "srv/mail/mailstead/replaced").glob("system-*/mysql.sql.gz"))
    assert len(kept) == 1
    assert host.leftovers() == []


def test_a_failure_says_that_no_mail_comes_until_the_command_is_run_again(host: MailHost) -> None:
    host.machine.stub("docker", at_the_load(CUT_OFF["the database refuses"]))

    failed = host.restore("system")

    assert "mailcow stands still, half restored, and no mail comes; run the same command again" in failed.stderr


def test_a_system_set_is_brought_in_again_when_another_day_s_was_left_half_done_since(host: MailHost) -> None:
    another_day(host, "20261121")
    host.machine.stub("docker", f'case "$*" in *"resync -u bob"*) kill -9 {MAIN} ;; esac\n' + DOCKER)
    assert host.restore("all").status != 0  # the system set is there, and Alice's mail
    host.machine.stub("docker", at_the_load(CUT_OFF["the database refuses"]))
    assert host.restore("system", "--day", "20261121", "--overwrite").status == 1
    host.machine.stub("docker", STANDS_STILL + DOCKER)

    done = host.restore("all")

    assert done.status == 0, done.stderr
    assert "system: restored" in done.stdout
    assert not host.machine.exists("/stopped")


def test_a_run_killed_at_the_very_end_of_a_system_set_is_gone_on_with(host: MailHost) -> None:
    host.machine.stub("rmdir", 'case "$*" in */system-*) kill -9 $PPID ;; esac')
    assert host.restore("system").status != 0
    host.machine.stub("rmdir", '/bin/rmdir "$@"')
    host.machine.write("/people_in_database", "2\n")

    done = host.restore("system")

    assert done.status == 0, done.stderr
    assert "stands still" not in host.restore("system").stderr


def test_the_key_that_was_there_is_kept_whole_when_the_run_is_killed_while_it_is_kept(host: MailHost) -> None:
    key = host.volume("crypt-vol-1") / "ecprivkey.pem"
    key.write_text("key of the new host\n", encoding="utf-8")
    half = 'printf half >"${!#}"; kill -9 $PPID; exit 1'
    host.machine.stub("cp", f'case "$*" in */replaced/*ecprivkey*) {half} ;; esac\n/bin/cp "$@"')
    assert host.restore("system").status != 0
    host.machine.stub("cp", '/bin/cp "$@"')

    assert host.restore("system").status == 0

    (kept,) = (host.root / "srv/mail/mailstead/replaced").rglob("ecprivkey.pem")
    assert kept.read_text(encoding="utf-8") == "key of the new host\n"


def test_while_mailcow_stands_still_another_day_may_be_asked_for(host: MailHost) -> None:
    another_day(host, "20261121")
    host.machine.stub("docker", at_the_load(CUT_OFF["the database refuses"]))
    assert host.restore("system").status == 1
    host.machine.stub("docker", STANDS_STILL + DOCKER)
    host.machine.write("/people_in_database", "2\n")

    done = host.restore("system", "--day", "20261121")

    assert done.status == 0, done.stderr
    assert host.restore("system").status == 1  # it stands still no more: people are in use again


@pytest.mark.parametrize("signal", ["HUP", "PIPE"])
def test_a_line_that_is_cut_does_not_leave_mailcow_standing_still(host: MailHost, signal: str) -> None:
    host.machine.stub(
        "docker", f'case "$*" in *"mariadb --user=root --default"*) kill -{signal} {MAIN} ;; esac\n' + DOCKER
    )

    assert host.restore("system").status == 0


def test_a_pair_of_mail_keys_of_which_one_half_came_is_made_whole(host: MailHost, parts: Path) -> None:
    crypt = host.volume("crypt-vol-1")
    shutil.copy(parts / "crypt/ecprivkey.pem", crypt)
    (crypt / "ecpubkey.pem").write_text("public of the new host\n", encoding="utf-8")

    assert host.restore("system").status == 0

    assert (crypt / "ecpubkey.pem").read_bytes() == (parts / "crypt/ecpubkey.pem").read_bytes()


def test_a_restore_that_did_what_it_could_is_not_gone_on_with_when_it_is_wanted_again(host: MailHost) -> None:
    (host.root / "people/bob b.ö@example.com").unlink()
    assert host.restore("domain", "example.com").status == 3
    shutil.rmtree(host.home())

    again = host.restore("domain", "example.com")

    assert "going on" not in again.stderr
    assert host.mail() == ALICE
    assert host.leftovers() == []


def test_mail_lost_after_a_restore_that_refused_an_archive_comes_back_by_the_same_command(host: MailHost) -> None:
    archive = host.tree.folder / "example.com/20261122/alice.tar.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])
    assert host.restore("domain", "example.com").status == 1
    shutil.rmtree(host.home("bob b.ö"))

    assert host.restore("domain", "example.com").status == 1

    assert host.mail("bob b.ö")
    assert host.leftovers() == []


def test_a_restore_that_was_stopped_the_day_before_is_begun_anew(host: MailHost) -> None:
    host.machine.stub("docker", f'case "$*" in *"resync -u bob"*) kill -9 {MAIN} ;; esac\n' + DOCKER)
    assert host.restore("domain", "example.com").status != 0
    host.machine.stub("docker", DOCKER)
    shutil.rmtree(host.home())
    two_days_ago = time.time() - 2 * 86_400
    for journal in (host.root / "backup/.restore").glob("journal.*"):
        os.utime(journal, (two_days_ago, two_days_ago))

    assert host.restore("domain", "example.com").status == 0

    assert host.mail() == ALICE


def test_a_refused_archive_counts_more_than_a_person_who_has_left(host: MailHost) -> None:
    archive = host.tree.folder / "example.com/20261122/alice.tar.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])
    (host.root / "people/bob b.ö@example.com").unlink()

    assert host.restore("domain", "example.com").status == 1


def test_mail_that_is_renamed_meanwhile_does_not_make_a_good_restore_fail(host: MailHost) -> None:
    (host.home() / "Maildir/cur").mkdir(parents=True)
    # chown ends so when a program of the person's renames a message under it.
    host.machine.stub("chown", "case $* in *--recursive*/vmail-vol-1/_data/*) exit 1 ;; esac")

    done = host.restore("mailbox", "alice@example.com")

    assert done.status == 0, done.stderr
    given = "\n".join(host.machine.called("chown"))
    assert f"{host.home()}/Maildir/.Sent" in given
