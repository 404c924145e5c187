"""A pretended mail host with a day's backup of one domain and of its system set."""

import shutil
import subprocess
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.restore.mail_host import MailHost
from tests.restore.snapshot import KeyPair, Tree, make_home, make_key
from tests.scripts.machine import Machine

ALICE = {
    "cur/1700000001.M1P1.mail,S=5,W=6:2,S": b"first",
    "cur/1700000002.M2P2.mail,S=6,W=7:2,": b"second",
    "new/1700000003.M3P3.mail,S=5,W=6": b"third",
    ".Sent/cur/1700000004.M4P4.mail,S=4,W=5:2,Sa": b"sent",
    ".Gr&APwA3w-e/cur/1700000005.M5P5.mail,S=7,W=8:2,S": b"greeting",
}


@pytest.fixture(scope="session")
def keyring() -> Generator[Path]:
    """A folder for gpg with a short path, whose agent ends with it."""
    home = Path(tempfile.mkdtemp(prefix="ms-"))
    yield home
    shutil.rmtree(home, ignore_errors=True)  # gpg's agent ends by itself when its folder is gone


@pytest.fixture(scope="session")
def key(keyring: Path, tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """The key that backups are encrypted to."""
    return make_key(keyring, tmp_path_factory.mktemp("key"), "backup")


@pytest.fixture(scope="session")
def other_key(keyring: Path, tmp_path_factory: pytest.TempPathFactory) -> KeyPair:
    """A key that opens nothing of ours."""
    return make_key(keyring, tmp_path_factory.mktemp("key"), "other")


@pytest.fixture(scope="session")
def good_tree(key: KeyPair, tmp_path_factory: pytest.TempPathFactory) -> Tree:
    """A day of backups; nobody writes to it."""
    return backup_of(tmp_path_factory.mktemp("backup"), key)


def backup_of(folder: Path, key: KeyPair) -> Tree:
    """Make a day's backup of Alice, of Bob and of the system set."""
    folder.mkdir(exist_ok=True)
    tree = Tree(folder / "mailcow", key, folder)
    people = folder / "people"
    alice = make_home(people, "alice", ALICE)
    (alice / "Maildir/dovecot-uidlist").write_text("3 V1700000000 N6 G0123\n", encoding="utf-8")
    (alice / "Maildir/.Sent/dovecot-keywords").write_text("0 important\n", encoding="utf-8")
    (alice / "sieve").mkdir()
    (alice / "sieve/rules.sieve").write_text("keep;\n", encoding="utf-8")
    (alice / ".dovecot.sieve").symlink_to("sieve/rules.sieve")
    tree.mailbox(alice)
    tree.mailbox(make_home(people, "bob b.ö", {"cur/1700000009.M9P9.mail,S=3,W=4:2,": b"bob"}))
    tree.system(system_parts(folder / "parts"))
    tree.seal()
    return tree


def system_parts(folder: Path) -> Path:
    """Write the parts of a system set."""
    files = {
        "crypt/ecpubkey.pem": "public of the backup\n",
        "config/mailcow.conf": "DBPASS=old\nSOGO_URL_ENCRYPTION_KEY=0123456789abcdef\nMAILDIR_SUB=Maildir\n",
        "config/data/conf/postfix/extra.cf": "smtpd_banner = kept\n",
        "tls/cert.pem": "certificate of the backup\n",
        "tls/key.pem": "key of the backup\n",
        "mysql.sql": "CREATE TABLE mailbox;\nINSERT INTO mailbox VALUES ('alice@example.com');\n",
        "redis.rdb": "REDIS0011 with DKIM keys",
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    pem = folder / "crypt/ecprivkey.pem"
    subprocess.run(
        ["openssl", "ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", str(pem)], check=True, timeout=30
    )
    return folder


@pytest.fixture
def parts(good_tree: Tree) -> Path:
    """The files that the backup's system set was made of."""
    return good_tree.scratch / "parts"


@pytest.fixture
def host(tmp_path: Path, good_tree: Tree, key: KeyPair) -> MailHost:
    """A mail host with mailcow, Alice's and Bob's mailboxes, and a copy of the backups."""
    return MailHost(Machine(tmp_path), good_tree, key)
