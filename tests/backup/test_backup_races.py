"""A mailcow that goes on working meanwhile: the backup of a busy host is as good as that of an idle one."""

import itertools
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.backup.host import TODAY, Host

ALICE, BOB, CAROL = "alice@example.com", "bob b.ö@example.com", "carol@startup.io"
SUCCESS = "mail_backup_last_success_timestamp_seconds"
REAL_RSYNC = 'exec /usr/bin/rsync "$@"'


@contextmanager
def renaming(files: list[Path], until: Path) -> Generator[None]:
    """Rename files as fast as it goes, as Dovecot does for each flag, until a certain file is there."""
    over = threading.Event()

    def rename() -> None:
        for number in itertools.count():
            if over.is_set() or (number % 100 == 0 and until.exists()):
                return
            file = files[number % len(files)]
            marked = file.with_name(f"{file.name}S")
            file.rename(marked) if file.exists() else marked.rename(file)

    thread = threading.Thread(target=rename)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def changed_while_read(what: str, status: int) -> str:
    """Give the lines of a tar that ends with this status where one folder is concerned."""
    return f'/bin/tar "$@" || exit; [[ $* != *{what}* ]] || exit {status}'


def test_mail_that_is_read_while_room_is_reckoned_stops_nothing(host: Host) -> None:
    files = [host.deliver(ALICE, f"{number}.x:2,") for number in range(4_000)]
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    host.machine.stub("rsync", f"[[ $* != *--delete* || $* == *--dry-run* ]] || touch $root/mirroring\n{REAL_RSYNC}")

    with renaming(files, host.root / "mirroring"):
        host.backed_up()

    assert host.archive(ALICE, "20261124").entry["messages"] == 4_002


@pytest.mark.parametrize("where", ["example.com/alice", "mysql-vol-1"])
def test_a_file_that_is_gone_while_its_size_is_reckoned_stops_nothing(host: Host, where: str) -> None:
    host.machine.stub("du", f'/usr/bin/du "$@"; [[ $* != *{where}* ]]')

    host.backed_up()


def test_what_rspamd_writes_meanwhile_stops_nothing(host: Host) -> None:
    host.machine.stub("tar", changed_while_read("rspamd-vol-1", 1))

    host.backed_up()

    assert host.opened(host.root / "backup/mailcow/system" / TODAY / "rspamd.tar.gz.gpg")


def test_a_setting_that_is_written_meanwhile_stops_nothing(host: Host) -> None:
    host.machine.stub("tar", changed_while_read("data/conf", 1))

    host.backed_up()


@pytest.mark.parametrize(
    ("what", "status"), [("crypt-vol-1", 1), ("rspamd-vol-1", 2), ("data/conf", 2), ("assets/ssl", 1)]
)
def test_keys_that_change_while_they_are_read_and_files_that_cannot_be_read_are_a_failure(
    host: Host, what: str, status: int
) -> None:
    host.machine.stub("tar", changed_while_read(what, status))

    done = host.run()

    assert done.status == 1
    assert "the backup of system failed" in done.stderr
    assert host.days("system") == []


def test_a_redis_that_is_saving_by_itself_is_waited_for(host: Host) -> None:
    host.machine.write("/busy", "1\n2\n3\n")

    host.backed_up()

    assert len([call for call in host.machine.calls if "redis-cli SAVE" in call]) == 4


def test_a_redis_that_never_ends_saving_is_told_and_not_waited_for_without_end(host: Host) -> None:
    host.machine.write("/busy", "again\n" * 10_000)

    done = host.run(limit_s=1)

    assert done.status == 1
    assert "Redis is still at a save of its own" in done.stderr


@pytest.mark.parametrize("local", ["new", "cur"])
def test_a_mailbox_may_be_named_as_a_folder_of_mail_is(host: Host, tmp_path: Path, local: str) -> None:
    address = f"{local}@example.com"
    host.deliver(address, "1.n:2,")
    home = host.volume("vmail") / "example.com" / local
    (home / ".dovecot.svbin").write_text("sieve", encoding="utf-8")
    (home / "Maildir/dovecot-uidlist").write_text("3 V1 N2", encoding="utf-8")

    host.backed_up()

    assert host.archive(address).entry["messages"] == 1
    assert host.restored(address, tmp_path / "back") == host.mail(address)


def test_a_mailbox_that_cannot_be_saved_leaves_the_other_domains_and_the_server_their_day(host: Host) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    for address in (ALICE, BOB, CAROL):
        host.deliver(address, "3.z:2,")
    host.machine.stub("tar", changed_while_read("alice", 2))

    done = host.run()

    assert done.status == 1
    assert "the backup of example.com failed" in done.stderr
    assert host.days("startup.io") == host.days("system") == [TODAY, "20261124"]
    assert host.days("example.com") == [TODAY]
    assert host.sums_are_right("startup.io", "20261124")
    assert host.figure("mail_backup_last_run_success") == 0
    times = {name: host.figure(f'{SUCCESS}{{domain="{name}"}}') for name in ("example.com", "startup.io", "system")}
    assert times == {"example.com": 1795401000, "startup.io": 1795487400, "system": 1795487400}


def test_a_domain_whose_mail_cannot_be_read_leaves_the_others_their_day(host: Host) -> None:
    host.backed_up()
    host.now("2026-11-24T02:30:00Z")
    host.machine.stub("rsync", f"[[ $* == *--dry-run* || $* != *example.com* ]] || exit 23\n{REAL_RSYNC}")

    done = host.run()

    assert done.status == 1
    assert "copying the mail failed (rsync's status 23)" in done.stderr
    assert host.days("example.com") == [TODAY]
    assert host.days("startup.io") == host.days("system") == [TODAY, "20261124"]


def test_a_domain_that_fails_for_weeks_keeps_its_last_good_days(host: Host) -> None:
    host.settings(BACKUP_KEEP_DAYS="2")
    host.backed_up()
    host.machine.stub("tar", changed_while_read("alice", 2))
    for day in range(24, 28):
        host.now(f"2026-11-{day}T02:30:00Z")
        host.deliver(ALICE, f"{day}.z:2,")
        assert host.run().status == 1

    assert TODAY in host.days("example.com")
    assert host.days("startup.io") == ["20261126", "20261127"]
