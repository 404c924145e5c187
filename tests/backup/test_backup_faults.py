"""What may happen to the daily job: each ends in a clear failure or in a good backup, never in a silent bad one."""

import os
import random
import signal
import subprocess
import threading
import time
from pathlib import Path

import pytest

from tests.backup.host import TODAY, Host, start
from tests.backup.test_offsite_job import RCLONE

ALICE, BOB, CAROL = "alice@example.com", "bob b.ö@example.com", "carol@startup.io"


@pytest.mark.parametrize("seed", range(5))
def test_a_run_that_was_killed_anywhere_leaves_the_day_before_and_the_next_one_is_whole(
    host: Host, tmp_path: Path, seed: int
) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    for number in range(20):
        host.deliver(CAROL, f"{number}.n:2,", b"new\n" * 100)
    running = start(host, tmp_path / "stubs")
    time.sleep(random.Random(seed).uniform(0.1, 4.0))  # noqa: S311 — nothing secret
    os.killpg(running.pid, signal.SIGKILL)
    running.communicate()

    assert host.sums_are_right("example.com")
    assert host.sums_are_right("startup.io")
    host.backed_up()

    for domain in ("example.com", "startup.io", "system"):
        assert host.days(domain) == [TODAY, "20261124"]
        assert host.sums_are_right(domain, "20261124")
    assert host.restored(CAROL, tmp_path / "back", "20261124") == host.mail(CAROL)


def test_two_runs_at_once_are_one_and_the_second_says_so(host: Host, tmp_path: Path) -> None:
    host.machine.stub("gzip", 'sleep 0.4; exec /bin/gzip "$@"')
    first = start(host, tmp_path / "stubs")
    until = time.monotonic() + 30
    while not list((host.root / "backup").rglob("*.part")) and time.monotonic() < until:
        time.sleep(0.05)

    second = host.run()
    said, complained = first.communicate(timeout=60)

    assert second.status == 1
    assert "another backup is at work" in second.stderr
    assert first.returncode == 0, complained
    assert "backup done" in said
    assert host.figure("mail_backup_last_run_success") == 1


def test_a_mailbox_that_changes_while_it_is_read_is_whole_as_it_was_at_some_moment(host: Host, tmp_path: Path) -> None:
    over = threading.Event()
    kept = {f"{number}.k:2,": f"kept {number}\n".encode() for number in range(50)}
    for file, text in kept.items():
        host.deliver(ALICE, file, text)

    def change() -> None:
        number = 0
        while not over.is_set():
            new = host.deliver(ALICE, f"{number}.moving:2,", b"moving\n")
            new.rename(new.with_name(f"{number}.moving:2,S"))
            number += 1
            time.sleep(0.002)

    thread = threading.Thread(target=change)
    thread.start()
    try:
        host.backed_up()
    finally:
        over.set()
        thread.join()

    back = host.restored(ALICE, tmp_path / "back")
    assert {Path(name).name: text for name, text in back.items() if ".k:" in name} == kept
    assert host.archive(ALICE).entry["messages"] == len(back)


def test_a_disk_that_cannot_hold_it_is_told_before_anything_is_written(host: Host) -> None:
    host.machine.stub("df", "echo Avail; echo 1000")

    done = host.run()

    assert done.status == 1
    assert "today's backup needs about" in done.stderr
    assert "make block_volume_sizes bigger" in done.stderr
    assert not (host.root / "backup/mirror").exists()
    assert host.days("example.com") == []


def test_a_disk_that_fills_up_half_way_is_a_failure_and_the_day_before_stays(host: Host) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    host.deliver(CAROL, "2.c:2,", b"new\n")
    host.machine.stub("tee", 'cat >/dev/null; echo "tee: write error: No space left on device" >&2; exit 1')

    done = host.run()

    assert done.status == 1
    assert "No space left on device" in done.stderr
    assert host.figure("mail_backup_last_run_success") == 0
    assert host.days("startup.io") == [TODAY]
    assert host.sums_are_right("startup.io")


def test_a_disk_that_writes_something_else_is_found_before_the_day_counts(host: Host) -> None:
    host.machine.stub("tee", 'exec /usr/bin/tee >(sed "s/^./X/" >"${@: -1}")')

    done = host.run()

    assert done.status == 1
    assert "is not what was written to it" in done.stderr
    assert host.days("system") == []


def test_an_old_archive_that_the_disk_has_forgotten_is_found_within_a_week_and_told_once(
    host: Host, tmp_path: Path
) -> None:
    host.backed_up()
    host.damage(host.archive(ALICE).file)

    ended = []
    for number in range(24, 31):
        host.now(f"2026-11-{number}T02:30:00Z")
        done = host.run()
        ended.append(done.status)
        if done.status:
            assert "alice.tar.gz.gpg is not what was written to it" in done.stderr
            assert "today's is made anew" in done.stderr
            assert host.figure("mail_backup_last_run_success") == 0
        assert host.sums_are_right("startup.io", f"202611{number}")

    assert sorted(ended) == [0, 0, 0, 0, 0, 0, 1]
    assert host.sums_are_right("example.com", "20261130")
    assert host.restored(ALICE, tmp_path / "back", "20261130") == host.mail(ALICE)


def test_an_archive_that_was_cut_off_is_made_anew_and_told_once(host: Host, tmp_path: Path) -> None:
    host.backed_up()
    host.damage(host.archive(ALICE).file, cut=True)
    host.now("2026-11-24T02:30:00Z")

    done = host.run()

    assert done.status == 1
    assert "alice.tar.gz.gpg is missing or was cut off" in done.stderr
    assert "of days before are damaged" in done.stderr
    assert host.figure("mail_backup_last_run_success") == 0
    assert host.figure('mail_backup_last_success_timestamp_seconds{domain="example.com"}') == 1795487400
    assert host.sums_are_right("example.com", "20261124")
    assert host.archive(BOB, "20261124").entry["linked_from"] == TODAY
    assert host.restored(ALICE, tmp_path / "back", "20261124") == host.mail(ALICE)
    host.now("2026-11-25T02:30:00Z")
    host.backed_up()


def test_days_that_are_too_old_go_though_an_archive_was_damaged(host: Host) -> None:
    host.settings(BACKUP_KEEP_DAYS="1")
    host.backed_up()
    host.damage(host.archive(ALICE).file, cut=True)
    host.now("2026-11-24T02:30:00Z")

    assert host.run().status == 1

    assert host.days("example.com") == ["20261124"]


@pytest.mark.parametrize("text", ["{", '{"format": 1, "mailboxes": []}'])
def test_a_manifest_that_the_disk_has_changed_names_nothing_and_all_is_made_anew(
    host: Host, tmp_path: Path, text: str
) -> None:
    host.backed_up()
    (host.root / "backup/mailcow/example.com" / TODAY / "manifest.json").write_text(text, encoding="utf-8")

    done = host.run()

    assert done.status == 1
    assert "manifest.json is not what was written to it" in done.stderr
    assert host.sums_are_right("example.com")
    assert host.archive(ALICE).entry["linked_from"] is None
    assert host.restored(ALICE, tmp_path / "back") == host.mail(ALICE)
    host.backed_up()


def test_a_run_that_fails_is_told_to_the_watch_though_a_manifest_is_damaged(host: Host) -> None:
    host.backed_up()
    (host.root / "backup/mailcow/example.com" / TODAY / "manifest.json").write_text("{", encoding="utf-8")
    host.machine.stub("df", "echo Avail; echo 1000")

    assert host.run().status == 1

    assert host.figure("mail_backup_last_run_success") == 0
    assert host.figure('mail_backup_mailboxes{domain="startup.io"}') == 1


def test_when_a_copy_elsewhere_meets_damage_the_backup_that_is_run_again_mends_it(host: Host) -> None:
    host.settings(BACKUP_OFFSITE="s3", BACKUP_OFFSITE_REMOTE="offsite:copies")
    host.machine.stub("rclone", RCLONE)
    host.backed_up()
    host.damage(host.archive(ALICE).file)
    host.damage(host.archive(BOB).file)

    told = host.machine.run("../../backup/host/offsite.sh")

    assert told.status == 1
    assert "the snapshot of example.com of 20261123 is damaged" in told.stderr
    assert "run the backup again" in told.stderr
    assert host.run().status == 1
    assert host.sums_are_right("example.com")
    again = host.machine.run("../../backup/host/offsite.sh")
    assert again.status == 0, again.stderr
    assert not host.machine.exists("/backup/read-every-archive")
    host.backed_up()


def test_ten_thousand_messages_are_counted_and_come_back(host: Host, tmp_path: Path) -> None:
    folder = host.deliver(CAROL, "0.m:2,S").parent
    for number in range(1, 10_000):
        (folder / f"{number}.m:2,S").write_bytes(b"CRYPTED\x02 %d\n" % number)

    host.backed_up()

    assert host.archive(CAROL).entry["messages"] == 10_001
    listed = subprocess.run(
        ["tar", "--list"], input=host.opened(host.archive(CAROL).file), capture_output=True, check=True
    )
    assert listed.stdout.count(b".m:2,S") == 10_000


def test_a_system_that_has_no_volume_at_backup_writes_nothing_to_its_own_disk(host: Host) -> None:
    host.machine.stub("mountpoint", "false")

    done = host.run()

    assert done.status == 1
    assert "no volume is mounted on" in done.stderr
    assert list((host.root / "backup").iterdir()) == []
