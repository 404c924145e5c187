"""A bad archive is refused as a whole; `python -m tests.restore.campaign` tries a hundred."""

import subprocess
from pathlib import Path

import pytest

from tests.restore.campaign import accepted
from tests.restore.corruption import KINDS, corrupt, gzip_of, unsafe_tars
from tests.restore.mail_host import MailHost
from tests.restore.snapshot import KeyPair

MEMBERS = Path(__file__).resolve().parents[2] / "backup/restore/members.py"


@pytest.mark.parametrize("seed", range(len(KINDS)), ids=[kind.__name__ for kind in KINDS])
def test_nothing_of_a_bad_archive_is_put_in_place(host: MailHost, other_key: KeyPair, seed: int) -> None:
    bad = corrupt(host, seed)

    assert not accepted(host, bad, other_key), bad


@pytest.mark.parametrize(("name", "archive"), unsafe_tars().items(), ids=list(unsafe_tars()))
def test_an_archive_that_reaches_out_of_its_folder_is_not_unpacked(name: str, archive: bytes) -> None:
    done = subprocess.run([str(MEMBERS), "alice"], input=gzip_of(archive), capture_output=True, check=False, timeout=30)

    assert done.returncode == 1, name
    assert done.stderr.startswith(b"error: the archive is not unpacked: ")
