"""A fresh pretended host for each test, with one key pair for all."""

import shutil
import tempfile
from collections.abc import Generator
from pathlib import Path

import pytest

from tests.backup.host import Host
from tests.restore.snapshot import KeyPair, gpg, make_key
from tests.scripts.machine import Machine


@pytest.fixture(scope="session")
def key(tmp_path_factory: pytest.TempPathFactory) -> Generator[KeyPair]:
    """A key pair; its keyring has a short path, because gpg's agent has a socket in it."""
    home = Path(tempfile.mkdtemp(prefix="mb-"))
    yield make_key(home, tmp_path_factory.mktemp("key"), "backup")
    gpg(home, "--version")
    shutil.rmtree(home, ignore_errors=True)


@pytest.fixture
def host(tmp_path: Path, key: KeyPair) -> Host:
    """A host with two domains and four people."""
    made = Host(Machine(tmp_path), key)
    made.deliver("alice@example.com", "1.a:2,S")
    made.deliver("alice@example.com", "2.a:2,", folder=".Sent")
    made.deliver("bob b.ö@example.com", "1.b:2,")
    made.deliver("carol@startup.io", "1.c:2,")
    return made
