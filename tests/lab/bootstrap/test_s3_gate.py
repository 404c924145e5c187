"""The lab's bucket for backups: what its key may do, and what a bucket that is full does."""

from pathlib import Path

import pytest

from lab.services.s3_gate import Gate


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A bucket with one object; gives its folder."""
    folder = tmp_path / "buckets" / "mail-backup"
    (folder / "host").mkdir(parents=True)
    (folder / "host" / "an archive.gpg").write_text("x")
    monkeypatch.setattr(Gate, "buckets", tmp_path / "buckets")
    monkeypatch.setattr(Gate, "full", tmp_path / "full")
    return folder


def answer(command: str, path: str) -> str:
    gate = Gate.__new__(Gate)  # without a connection
    gate.command, gate.path = command, path
    return gate._refusal()


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("GET", "/mail-backup/host/an%20archive.gpg"),
        ("HEAD", "/mail-backup/host/an%20archive.gpg"),
        ("PUT", "/mail-backup/host/new.gpg?x-id=PutObject"),
        ("POST", "/mail-backup/host/new.gpg?uploads"),
        ("PUT", "/mail-backup/host/new.gpg?partNumber=1&uploadId=7"),
        ("DELETE", "/mail-backup/host/new.gpg?uploadId=7"),
    ],
)
def test_objects_may_be_added_and_read(bucket: Path, command: str, path: str) -> None:
    assert answer(command, path) == ""


@pytest.mark.parametrize(
    ("command", "path"),
    [
        ("DELETE", "/mail-backup/host/an%20archive.gpg?x-id=DeleteObject"),
        ("PUT", "/mail-backup/host/an%20archive.gpg"),
        ("POST", "/mail-backup/host/an%20archive.gpg?uploads"),
    ],
)
def test_an_object_that_is_there_is_neither_deleted_nor_written_over(bucket: Path, command: str, path: str) -> None:
    assert answer(command, path) == "AccessDenied"


def test_a_full_bucket_takes_nothing_and_gives_what_it_has(bucket: Path) -> None:
    Gate.full.touch()

    assert answer("PUT", "/mail-backup/host/new.gpg") == "QuotaExceeded"
    assert answer("PUT", "/mail-backup/host/new.gpg?partNumber=2&uploadId=7") == "QuotaExceeded"
    assert answer("GET", "/mail-backup/host/an%20archive.gpg") == ""
