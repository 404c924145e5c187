"""The off-site copy alone is enough: restore.sh through rclone, which is played by a few lines over a folder."""

import json

import pytest

from tests.restore.conftest import ALICE
from tests.restore.mail_host import MailHost
from tests.restore.opening import session_keys

# The remote "offsite:" is a folder; what was asked is remembered by the stub itself.
RCLONE = r"""
shift 4
path() { printf '%s' "$root/bucket/${1#offsite:}"; }
case "$1 $2" in
  "lsf --dirs-only") cd "$(path "$3")" && printf '%s\n' */ ;;
  "lsf --recursive") cd "$(path "${!#}")" && printf '%s\n' */*/manifest.json ;;
  copyto*) mkdir -p "$(dirname "$3")" && cp "$(path "$2")" "$3" ;;
  cat*) head --bytes "$3" "$(path "$4")" ;;
esac
"""
PLACE = "offsite:mail-backup/mail.example.com"


@pytest.fixture
def lost(host: MailHost) -> MailHost:
    """A host whose own backups are gone; there is a copy in a bucket."""
    host.machine.stub("rclone", RCLONE)
    bucket = host.root / "bucket/mail-backup/mail.example.com"
    bucket.parent.mkdir(parents=True)
    host.tree.folder.rename(bucket)
    return host


def test_one_mailbox_comes_from_the_bucket_and_nothing_else_is_fetched(lost: MailHost) -> None:
    done = lost.restore("mailbox", "alice@example.com", "--from", PLACE)

    assert done.status == 0, done.stderr
    assert lost.mail() == ALICE
    fetched = [call.split("/")[-1] for call in lost.machine.called("rclone") if " copyto " in call]
    assert sorted(fetched) == ["SHA256SUMS", "alice.tar.gz.gpg", "manifest.json"]
    assert lost.leftovers() == []


def test_a_whole_host_comes_from_the_bucket_also_with_a_folder_mailcow_in_it(lost: MailHost) -> None:
    place = lost.root / "bucket/mail-backup/mail.example.com"
    (place / "mailcow").mkdir()
    for name in ("example.com", "system"):
        (place / name).rename(place / "mailcow" / name)

    done = lost.restore("all", "--from", PLACE)

    assert done.status == 0, done.stderr
    assert lost.mail() == ALICE


def test_heads_are_read_without_fetching_archives(lost: MailHost) -> None:
    said = lost.run("heads", "mailbox", "alice@example.com", "--from", PLACE)

    heads = [json.loads(line) for line in said.stdout.splitlines()]
    assert session_keys(lost.key, heads).startswith(heads[0]["sha256"])
    assert not any("alice" in call for call in lost.machine.called("rclone") if " copyto " in call)


def test_a_bucket_that_does_not_answer_is_an_error_and_restores_nothing(lost: MailHost) -> None:
    lost.machine.stub("rclone", 'echo "503 slow down" >&2; exit 1')

    done = lost.restore("mailbox", "alice@example.com", "--from", PLACE)

    assert done.status == 1
    assert "rclone lsf failed" in done.stderr
    assert not lost.home().exists()


def test_a_damaged_copy_is_refused_as_any_other(lost: MailHost) -> None:
    archive = lost.root / "bucket/mail-backup/mail.example.com/example.com/20261122/alice.tar.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])

    done = lost.restore("mailbox", "alice@example.com", "--from", PLACE)

    assert done.status == 1
    assert "is damaged" in done.stderr
    assert not lost.home().exists()


@pytest.mark.parametrize("doing", ["list", "check"])
def test_what_was_fetched_to_look_at_does_not_stay_on_the_backup_volume(lost: MailHost, doing: str) -> None:
    more = ("all", "--key-file", str(lost.key.private)) if doing == "check" else ()
    damaged = lost.root / "bucket/mail-backup/mail.example.com/example.com/20261122/alice.tar.gz.gpg"
    damaged.write_bytes(damaged.read_bytes()[:-1])

    lost.run(doing, *more, "--from", PLACE)

    assert lost.leftovers() == []


def test_what_was_fetched_for_a_restore_that_refused_an_archive_does_not_stay(lost: MailHost) -> None:
    archive = lost.root / "bucket/mail-backup/mail.example.com/example.com/20261122/alice.tar.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])

    assert lost.restore("domain", "example.com", "--from", PLACE).status == 1

    assert lost.leftovers() == []
