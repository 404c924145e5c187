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

ALICE, CAROL = "alice@example.com", "carol@startup.io"


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
    assert host.days("system") in ([], [f"{TODAY}.part"])


def test_an_old_archive_that_the_disk_has_forgotten_is_found_within_a_week(host: Host) -> None:
    host.backed_up()
    archive = host.archive(ALICE).file
    data = bytearray(archive.read_bytes())
    data[len(data) // 2] ^= 1
    archive.write_bytes(data)

    found = []
    for number in range(24, 31):
        host.now(f"2026-11-{number}T02:30:00Z")
        found.append("is not what was written to it" in host.run().stderr)

    assert any(found)


def test_an_archive_that_was_cut_off_is_not_linked(host: Host) -> None:
    host.backed_up()
    archive = host.archive(ALICE).file
    archive.write_bytes(archive.read_bytes()[:-10])
    host.now("2026-11-24T02:30:00Z")

    done = host.run()

    assert done.status == 1
    assert "is missing or was cut off" in done.stderr


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
