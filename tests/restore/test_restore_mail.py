"""restore.sh brings mail back, and changes none that is there."""

import json

import pytest

from tests.restore.conftest import ALICE
from tests.restore.mail_host import DOCKER, MailHost
from tests.restore.opening import session_keys
from tests.restore.snapshot import make_home

COPIES = {"cur/1.a:2,S": b"one", ".Restored-20261101/cur/1.a:2,": b"one"}


def test_a_lost_mailbox_comes_back_with_every_byte(host: MailHost) -> None:
    done = host.restore("mailbox", "alice@example.com")

    assert (done.status, done.stderr) == (0, "")
    assert host.mail() == ALICE
    assert (host.home() / "Maildir/dovecot-uidlist").read_text(encoding="utf-8").startswith("3 V1700000000")
    assert (host.home() / ".dovecot.sieve").readlink().as_posix() == "sieve/rules.sieve"
    assert "alice@example.com: 5 messages added, 0 were there" in done.stdout
    assert host.leftovers() == []


def test_dovecot_owns_and_knows_what_came_back(host: MailHost) -> None:
    host.restore("mailbox", "alice@example.com")

    assert any(f" 5000:5000 {host.home()}" in call for call in host.machine.called("chown"))
    # Dovecot has to get into the domain's folder too, which a new host does not have.
    assert any(call.endswith(f" 5000:5000 {host.home().parent}") for call in host.machine.called("chown"))
    doveadm = [call.partition("doveadm ")[2] for call in host.machine.called("docker") if " doveadm " in call]
    assert doveadm == [
        "auth cache flush alice@example.com",
        "user alice@example.com",
        "force-resync -u alice@example.com *",
        "quota recalc -u alice@example.com",
    ]


def test_what_is_there_stays_as_it_is_and_what_is_missing_is_added(host: MailHost) -> None:
    # Read and moved since the backup, and one that came after it.
    live = {
        ".Archive/cur/1700000002.M2P2.mail,S=6,W=7:2,RS": b"second",
        "new/1800000000.M1P1.mail,S=3,W=4": b"new",
    }
    for path, content in live.items():
        file = host.home() / "Maildir" / path
        file.parent.mkdir(parents=True)
        file.write_bytes(content)
        for part in ("cur", "new", "tmp"):
            (file.parent.parent / part).mkdir(exist_ok=True)

    done = host.restore("mailbox", "alice@example.com")

    expected = {**ALICE, **live}
    del expected["cur/1700000002.M2P2.mail,S=6,W=7:2,"]
    assert host.mail() == expected
    assert "4 messages added, 1 were there and stay as they are" in done.stdout


def test_keywords_that_mean_something_else_in_the_live_folder_are_dropped(host: MailHost) -> None:
    live = host.home() / "Maildir/.Sent"
    for part in ("cur", "new", "tmp"):
        (live / part).mkdir(parents=True)
    (live / "cur/1800000000.M1P1.mail:2,a").write_bytes(b"x")
    (live / "dovecot-keywords").write_text("0 junk\n", encoding="utf-8")

    assert host.restore("mailbox", "alice@example.com").status == 0

    assert ".Sent/cur/1700000004.M4P4.mail,S=4,W=5:2,S" in host.mail()


def test_beside_the_live_mail_it_comes_below_a_folder_of_its_own(host: MailHost) -> None:
    live = host.home() / "Maildir/cur"
    live.mkdir(parents=True)
    (live / "1700000001.M1P1.mail,S=5,W=6:2,").write_bytes(b"first")

    done = host.restore("mailbox", "alice@example.com", "--beside")

    beside = {f".Restored-20261122{'/' if path[0] != '.' else ''}{path}": text for path, text in ALICE.items()}
    assert done.status == 0, done.stderr
    assert host.mail() == {**beside, "cur/1700000001.M1P1.mail,S=5,W=6:2,": b"first"}
    assert not (host.home() / "Maildir/.Restored-20261122/dovecot-uidlist").exists()
    subscribed = [call for call in host.machine.called("docker") if "subscribe" in call]
    assert subscribed[0].endswith("subscribe -u alice@example.com Restored-20261122 Restored-20261122/Sent")


def test_beside_twice_is_there_once(host: MailHost) -> None:
    host.restore("mailbox", "alice@example.com", "--beside")
    again = host.restore("mailbox", "alice@example.com", "--beside")

    assert "0 messages added in folder Restored-20261122, 5 were there" in again.stdout
    assert len(host.mail()) == len(ALICE)


def test_copies_of_one_message_come_back_into_each_of_their_folders(host: MailHost) -> None:
    home = make_home(host.tree.scratch / "copies" / host.root.parent.name, "alice", COPIES)
    host.tree.mailbox(home)
    host.tree.seal()

    assert host.restore("mailbox", "alice@example.com").status == 0

    assert host.mail() == COPIES
    assert "0 messages added, 2 were there" in host.restore("mailbox", "alice@example.com").stdout


def test_newer_mail_leaves_the_mailbox_only_when_asked_and_is_said_and_kept(host: MailHost) -> None:
    live = host.home() / "Maildir/new"
    live.mkdir(parents=True)
    (live / "1800000000.M1P1.mail").write_bytes(b"newer")

    done = host.restore("mailbox", "alice@example.com", "--overwrite")

    assert done.status == 0, done.stderr
    assert "1 messages that the archive does not have left it" in done.stdout
    assert host.mail() == ALICE
    kept = list((host.root / "srv/mail/mailstead/replaced").rglob("1800000000*"))
    assert [file.read_bytes() for file in kept] == [b"newer"]


@pytest.mark.parametrize("how", [(), ("--beside",), ("--overwrite",)])
def test_a_dry_run_says_what_would_be_and_changes_nothing(host: MailHost, how: tuple[str, ...]) -> None:
    live = host.home() / "Maildir/new"
    live.mkdir(parents=True)
    (live / "1800000000.M1P1.mail").write_bytes(b"newer")

    done = host.restore("mailbox", "alice@example.com", "--dry-run", *how)

    assert done.status == 0, done.stderr
    assert "would be" in done.stdout
    assert host.mail() == {"new/1800000000.M1P1.mail": b"newer"}
    assert not any("resync" in call for call in host.machine.calls)
    assert host.leftovers() == []


def test_a_mailbox_that_mailcow_does_not_have_is_not_restored_into_nothing(host: MailHost) -> None:
    (host.root / "people/alice@example.com").unlink()

    done = host.restore("mailbox", "alice@example.com")

    assert done.status == 3
    assert "mail_list.yml and run: mailstead up" in done.stderr
    assert not host.home().exists()


def test_a_domain_comes_back_whole_also_names_with_blanks_and_other_letters(host: MailHost) -> None:
    done = host.restore("domain", "example.com")

    assert done.status == 0, done.stderr
    assert host.mail() == ALICE
    assert host.mail("bob b.ö") == {"cur/1700000009.M9P9.mail,S=3,W=4:2,": b"bob"}


def test_a_damaged_archive_keeps_no_other_mailbox_from_coming_back(host: MailHost) -> None:
    archive = host.tree.folder / "example.com/20261122/alice.tar.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])

    done = host.restore("domain", "example.com")

    assert done.status == 1
    assert "alice.tar.gz.gpg" in done.stderr
    assert not host.home().exists()
    assert host.mail("bob b.ö")


def test_a_run_that_was_killed_is_gone_on_with_where_it_was(host: MailHost) -> None:
    # Killed while Dovecot was told of the second mailbox.
    host.machine.stub("docker", 'case "$*" in *"resync -u bob"*) kill -9 $(ps -o ppid= -p $PPID) ;; esac\n' + DOCKER)
    killed = host.restore("domain", "example.com")
    assert killed.status != 0
    host.machine.stub("docker", DOCKER)
    host.machine.forget_calls()

    done = host.restore("domain", "example.com")

    assert done.status == 0, done.stderr
    assert "going on with a restore that was stopped" in done.stderr
    assert "alice@example.com" not in done.stdout
    assert host.mail("bob b.ö")
    assert host.leftovers() == []


def test_session_keys_open_what_they_are_for_and_no_private_key_is_needed(host: MailHost) -> None:
    heads = [json.loads(line) for line in host.run("heads", "mailbox", "alice@example.com").stdout.splitlines()]
    keys = host.machine.write("/keys", session_keys(host.key, heads))

    done = host.run("restore", "mailbox", "alice@example.com", "--session-keys", str(keys))

    assert done.status == 0, done.stderr
    assert host.mail() == ALICE
    assert host.run("restore", "domain", "example.com", "--session-keys", str(keys)).status == 1
    assert not host.home("bob b.ö").exists()


def test_the_newest_day_is_taken_unless_another_is_asked_for(host: MailHost) -> None:
    listed = host.run("list")
    assert listed.stdout.splitlines()[0].startswith("20261122  example.com  2 archives")

    wrong = host.restore("mailbox", "alice@example.com", "--day", "20261101")

    assert wrong.status == 1
    assert "there are: 20261122" in wrong.stderr


@pytest.mark.parametrize("name", ["new", "cur"])
def test_a_mailbox_may_be_called_as_a_folder_of_mail_is(host: MailHost, name: str) -> None:
    home = make_home(host.tree.scratch / host.root.parent.name, name, {"cur/1700000001.M1P1.mail:2,S": b"first"})
    (home / "notes").write_text("no message\n", encoding="utf-8")
    host.tree.mailbox(home)
    host.tree.days["example.com", "20261122"]["mailboxes"][-1]["messages"] = 1
    host.tree.seal()
    host.machine.write(f"/people/{name}@example.com", "")

    done = host.restore("mailbox", f"{name}@example.com")

    assert done.status == 0, done.stderr
    assert host.mail(name) == {"cur/1700000001.M1P1.mail:2,S": b"first"}


def test_a_program_that_fails_is_not_told_as_a_wrong_command(host: MailHost) -> None:
    """Tar ends with 2, which is what a wrong command ends with here; a person who has left counts less."""
    host.machine.stub("tar", "exit 2")
    (host.root / "people/bob b.ö@example.com").unlink()

    assert host.restore("domain", "example.com").status == 1
    assert host.restore("system").status == 1
