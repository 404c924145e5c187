"""`mailstead restore` and `mailstead drill`: the private key stays here, the host gets keys of single archives."""

import base64
import os
from pathlib import Path

import pytest

from core.errors import RefusedError, RemoteCommandError
from core.restore import Head, Wanted, day
from ops.backup_hosts import BackupHost
from ops.restoring import Restoring
from ops.session_keys import private_key, session_keys
from tests.fakes import FakeVault
from tests.ops.here_shell import HereShell
from tests.restore.conftest import ALICE, good_tree, host, key, keyring, other_key
from tests.restore.mail_host import MailHost
from tests.restore.snapshot import DAY, KeyPair, Tree

__all__ = ["good_tree", "host", "key", "keyring", "other_key"]


def restoring(host: MailHost, key: KeyPair) -> tuple[Restoring, HereShell]:
    shell = HereShell(host)
    here = BackupHost(number=1, hostname="mail.example.com", shell=shell)
    return Restoring(host=here, key=key.private.read_bytes), shell


def test_a_mailbox_is_restored_and_the_private_key_never_leaves_this_machine(host: MailHost, key: KeyPair) -> None:
    work, shell = restoring(host, key)

    said = work.restore(Wanted(what="mailbox", name="alice@example.com"))

    assert said == "alice@example.com: 5 messages added, 0 were there and stay as they are\n"
    assert host.mail() == ALICE
    private = key.private.read_text(encoding="utf-8").splitlines()[4]
    assert not any(private.encode() in sent for sent in shell.sent)
    assert not list((host.root / "run/mailstead-afar").iterdir())


def test_an_archive_far_longer_than_its_head_gives_its_key_too(key: KeyPair, good_tree: Tree, tmp_path: Path) -> None:
    archive = tmp_path / "long.gpg"
    good_tree.encrypt(os.urandom(100_000), archive)
    head = base64.b64encode(archive.read_bytes()[:4096]).decode()

    keys = session_keys(key.private.read_bytes(), [Head(sha256="a" * 64, archive="long.gpg", head=head)])

    assert keys.startswith(b"a" * 64 + b" 9:")


def test_a_host_is_restored_as_a_whole(host: MailHost, key: KeyPair) -> None:
    work, _ = restoring(host, key)

    said = work.restore(Wanted(what="all"))

    assert said.splitlines()[0].startswith("system: restored")
    assert host.mail() == ALICE


def test_another_key_opens_nothing(host: MailHost, other_key: KeyPair) -> None:
    work, _ = restoring(host, other_key)

    with pytest.raises(RefusedError, match="is not encrypted to this key"):
        work.restore(Wanted(what="mailbox", name="alice@example.com"))

    assert not host.home().exists()


def test_a_removed_mailbox_is_to_be_made_again_first(host: MailHost, key: KeyPair) -> None:
    (host.root / "people/alice@example.com").unlink()
    work, _ = restoring(host, key)

    with pytest.raises(RemoteCommandError, match=r"back into mail_list\.yml and run: mailstead up"):
        work.restore(Wanted(what="mailbox", name="alice@example.com"))


def test_snapshots_are_listed_without_a_key(host: MailHost, other_key: KeyPair) -> None:
    work, _ = restoring(host, other_key)

    assert work.snapshots("").startswith(f"{DAY}  example.com  2 archives")


def test_a_drill_of_a_backup_that_cannot_be_opened_says_so_and_is_no_crash(host: MailHost, key: KeyPair) -> None:
    archive = host.tree.folder / f"system/{DAY}/mysql.sql.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])
    work, _ = restoring(host, key)

    drilled = work.drill(seed=4, day="")

    assert not drilled.ok
    assert (drilled.seed, drilled.day, drilled.mailbox) == (4, DAY, "alice@example.com")
    assert "mysql.sql.gz.gpg" in drilled.said


def test_the_private_key_comes_from_vault_or_from_its_offline_copy(key: KeyPair, tmp_path: Path) -> None:
    vault = FakeVault()
    vault.write_version("mail/hosts/mail.example.com/backup_key", {"private_key": "from Vault"})

    assert private_key(lambda: vault, hostname="mail.example.com", file=None) == b"from Vault"
    assert private_key(lambda: vault, hostname="", file=key.private) == key.private.read_bytes()
    with pytest.raises(RefusedError, match="cannot be read"):
        private_key(lambda: vault, hostname="", file=tmp_path / "nothing")


def test_what_is_no_private_key_is_refused(key: KeyPair) -> None:
    for text in (b"nonsense", key.public.read_bytes()):
        with pytest.raises(RefusedError, match="no private key that gpg takes"):
            session_keys(text, [])


@pytest.mark.parametrize(("text", "meant"), [("", ""), ("2026-11-23", "20261123"), ("20261123", "20261123")])
def test_a_day_is_read_as_people_write_it(text: str, meant: str) -> None:
    assert day(text) == meant


def test_what_excludes_each_other_and_what_is_no_day_is_refused() -> None:
    with pytest.raises(RefusedError, match="exclude each other"):
        Wanted(what="mailbox", name="a@b.test", beside=True, overwrite=True)
    with pytest.raises(RefusedError, match="is no day"):
        day("yesterday")
