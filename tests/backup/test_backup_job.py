"""backup.sh: a mirror, an encrypted archive a mailbox, the server's own set; verified, then older ones go."""

import subprocess
from pathlib import Path

import pytest

from tests.backup.host import TODAY, Host

ALICE, BOB, CAROL = "alice@example.com", "bob b.ö@example.com", "carol@startup.io"
PARTS = {"mysql", "redis", "crypt", "config", "tls", "rspamd"}


def test_each_mailbox_comes_back_byte_by_byte_whatever_its_name_is(host: Host, tmp_path: Path) -> None:
    host.backed_up()

    for address in (ALICE, BOB, CAROL):
        assert host.restored(address, tmp_path / "back") == host.mail(address)


def test_manifest_and_sums_say_what_is_there(host: Host) -> None:
    host.backed_up()

    assert host.manifest("example.com")["domain"] == "example.com"
    assert host.archive(ALICE).entry["messages"] == 2
    assert host.archive(ALICE).entry["linked_from"] is None
    assert all(host.sums_are_right(domain) for domain in ("example.com", "startup.io", "system"))
    assert {part["name"] for part in host.manifest("system")["parts"]} == PARTS


def test_the_server_set_holds_keys_database_and_settings(host: Host) -> None:
    host.backed_up()

    folder = host.root / "backup/mailcow/system" / TODAY
    assert b"CREATE TABLE mailbox" in host.opened(folder / "mysql.sql.gz.gpg")
    assert host.opened(folder / "redis.rdb.gz.gpg").startswith(b"REDIS")
    assert b"the key that mail is encrypted with" in host.opened(folder / "crypt.tar.gz.gpg")
    assert b"DBROOT=the-root-password" in host.opened(folder / "config.tar.gz.gpg")


def test_programs_of_the_operator_for_the_containers_are_saved_with_their_rights(host: Host) -> None:
    hook = "/srv/mail/mailcow-dockerized/data/hooks/postfix/relay.sh"
    host.machine.write(hook, "#!/bin/bash\n", mode=0o755)

    host.backed_up()

    folder = host.root / "backup/mailcow/system" / TODAY
    listed = subprocess.run(
        ["tar", "--list", "--verbose"],
        input=host.opened(folder / "config.tar.gz.gpg"),
        capture_output=True,
        check=True,
    ).stdout.decode()
    (line,) = [line for line in listed.splitlines() if line.endswith("config/data/hooks/postfix/relay.sh")]
    assert line.startswith("-rwxr-xr-x")


def test_a_snapshot_of_vault_that_was_delivered_goes_with_it(host: Host) -> None:
    host.machine.write("/backup/vault.snap", "sealed by Vault itself")

    host.backed_up()

    folder = host.root / "backup/mailcow/system" / TODAY
    assert host.opened(folder / "vault.snap.gz.gpg") == b"sealed by Vault itself"
    assert {part["name"] for part in host.manifest("system")["parts"]} == {*PARTS, "vault"}


def test_an_empty_snapshot_of_vault_is_a_failure_and_no_backup(host: Host) -> None:
    host.machine.write("/backup/vault.snap", "")

    done = host.run()

    assert done.status == 1
    assert "vault.snap is empty" in done.stderr
    assert host.days("system") == []


def test_nothing_of_it_is_for_others_to_read_and_no_password_stands_in_an_argument(host: Host) -> None:
    host.backed_up()

    files = [path for path in (host.root / "backup").rglob("*") if path.is_file() and "mirror" not in path.parts]
    assert [path for path in files if path.stat().st_mode & 0o077] == []
    assert not [call for call in host.machine.calls if "the-root-password" in call]


def test_an_unchanged_mailbox_is_a_hard_link_and_a_changed_one_is_not(host: Host, tmp_path: Path) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    host.deliver(CAROL, "2.c:2,", b"new\n")

    said = host.backed_up()

    assert host.archive(ALICE, "20261124").inode == host.archive(ALICE).inode
    assert host.archive(ALICE, "20261124").entry["linked_from"] == TODAY
    assert host.archive(CAROL, "20261124").inode != host.archive(CAROL).inode
    assert host.restored(CAROL, tmp_path / "back", "20261124") == host.mail(CAROL)
    assert "3 mailboxes, 2 of them unchanged" in said.stdout


def test_a_flag_that_changed_is_a_change_and_a_deleted_message_is_one_too(host: Host, tmp_path: Path) -> None:
    file = host.deliver(CAROL, "2.c:2,")
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    file.rename(file.with_name("2.c:2,S"))
    host.backed_up()
    host.now("2026-11-25T02:30:00Z")
    file.with_name("2.c:2,S").unlink()
    host.backed_up()

    assert "Maildir/cur/2.c:2,S" in host.restored(CAROL, tmp_path / "24", "20261124")
    assert "Maildir/cur/2.c:2,S" not in host.restored(CAROL, tmp_path / "25", "20261125")
    assert "Maildir/cur/2.c:2," in host.restored(CAROL, tmp_path / "23", TODAY)


def test_another_key_makes_every_archive_anew(host: Host, tmp_path: Path) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    manifest = host.root / "backup/mailcow/example.com" / TODAY / "manifest.json"
    manifest.write_text(manifest.read_text().replace(host.manifest("example.com")["key_fingerprint"], "0" * 40))
    host.seal("example.com")

    host.backed_up()

    assert host.archive(ALICE, "20261124").entry["linked_from"] is None


def test_a_second_run_of_a_day_makes_it_anew_and_leaves_one(host: Host, tmp_path: Path) -> None:
    host.backed_up()
    host.deliver(CAROL, "2.c:2,", b"in the afternoon\n")

    host.backed_up()

    assert host.days("startup.io") == [TODAY]
    assert host.restored(CAROL, tmp_path / "back") == host.mail(CAROL)
    assert host.sums_are_right("startup.io")


def test_a_mailbox_that_is_gone_stays_in_the_days_before(host: Host) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    for file in sorted((host.volume("vmail") / "example.com/bob b.ö").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    (host.volume("vmail") / "example.com/bob b.ö").rmdir()

    host.backed_up()

    assert [one["name"] for one in host.manifest("example.com", "20261124")["mailboxes"]] == ["alice"]
    assert host.archive(BOB).file.exists()
    assert not (host.root / "backup/mirror/example.com/bob b.ö").exists()


def test_figures_for_the_watch_say_when_each_domain_was_saved(host: Host) -> None:
    host.backed_up()

    for domain in ("example.com", "startup.io", "system"):
        assert host.figure(f'mail_backup_last_success_timestamp_seconds{{domain="{domain}"}}') == 1795401000
    assert host.figure("mail_backup_last_run_success") == 1
    assert host.figure('mail_backup_mailboxes{domain="example.com"}') == 2
    assert host.figure('mail_backup_size_bytes{domain="system"}')


def test_the_time_of_the_first_snapshot_stays_and_a_wish_for_copies_elsewhere_is_told(host: Host) -> None:
    host.backed_up()
    first = host.figure("mail_backup_first_success_timestamp_seconds")
    wanted = host.figure("mail_offsite_wanted")
    host.now("2026-11-24T02:30:00Z")
    host.settings(BACKUP_KEEP_DAYS="7", BACKUP_OFFSITE="s3")

    host.backed_up()

    assert first == 1795401000
    assert host.figure("mail_backup_first_success_timestamp_seconds") == first
    assert (wanted, host.figure("mail_offsite_wanted")) == (0, 1)


def test_a_run_that_fails_before_the_first_snapshot_names_no_time_of_one(host: Host) -> None:
    (host.root / "etc/mailstead/backup-key.asc").unlink()

    assert host.run().status == 1

    assert host.figure("mail_backup_first_success_timestamp_seconds") is None
    assert host.figure("mail_backup_last_run_success") == 0


@pytest.mark.parametrize(
    ("break_it", "said", "domains"),
    [
        ("cut_off", "the dump of the database has no end", "saved"),
        ("key", "holds no public key", "not tried"),
        ("crypt", "holds no ecprivkey.pem", "saved"),
        ("redis", "is no dump of Redis", "saved"),
        ("volume", "mailcowdockerized_vmail-vol-1 is missing", "not tried"),
    ],
)
def test_what_cannot_be_saved_is_a_failure_that_says_why_and_keeps_the_last_good_time(
    host: Host, break_it: str, said: str, domains: str
) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    match break_it:
        case "cut_off":
            host.machine.write("/cut_off", "")
        case "key":
            host.machine.write("/etc/mailstead/backup-key.asc", "no key\n")
        case "crypt":
            (host.volume("crypt") / "ecprivkey.pem").unlink()
        case "redis":
            (host.volume("redis") / "dump.rdb").write_text("something else")
        case _:
            host.volume("vmail").rename(host.volume("vmail").with_name("away"))

    done = host.run()

    assert done.status == 1
    assert said in done.stderr
    assert "the backup of 20261124 failed; the snapshots before it are untouched" in done.stderr
    assert host.figure("mail_backup_last_run_success") == 0
    assert host.figure('mail_backup_last_success_timestamp_seconds{domain="system"}') == 1795401000
    assert "20261124" not in host.days("system")
    assert host.days("example.com") == ([TODAY, "20261124"] if domains == "saved" else [TODAY])


def test_a_mail_volume_that_is_suddenly_empty_takes_nothing_along(host: Host) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    host.volume("vmail").rename(host.volume("vmail").with_name("away"))
    host.volume("vmail").mkdir()

    done = host.run()

    assert done.status == 1
    assert "there is no mail at all in" in done.stderr
    assert (host.root / "backup/mirror/example.com/alice").is_dir()


def test_a_clock_that_ran_ahead_is_refused_with_what_to_do(host: Host) -> None:
    host.now("2030-01-01T02:30:00Z")
    host.backed_up()
    host.now("2026-11-23T02:30:00Z")

    done = host.run()

    assert done.status == 1
    assert "there is a snapshot of 20300101, and today is 20261123" in done.stderr
    assert host.days("example.com") == ["20300101"]
