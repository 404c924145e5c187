"""`mailstead restore` and `mailstead drill` as they are typed."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from typer.testing import CliRunner

from ops.backup_hosts import BackupHost
from ops.cli import app
from tests.fakes import FakeVault
from tests.ops.here_shell import HereShell
from tests.ops.workplace import Operator
from tests.restore.conftest import ALICE, good_tree, host, key, keyring
from tests.restore.mail_host import MailHost
from tests.restore.snapshot import DAY, KeyPair
from vault.api import VaultApi

__all__ = ["good_tree", "host", "key", "keyring"]

LIST = """\
domains:
  - name: example.com
    users: [alice]
"""


@pytest.fixture
def vault(here: Operator, host: MailHost, key: KeyPair, monkeypatch: pytest.MonkeyPatch) -> FakeVault:
    """A Vault with the private key, and a command line that finds it, the project and the host."""
    (here.project_folder / "mail_list.yml").write_text(LIST, encoding="utf-8")
    vault = FakeVault()
    private = {"private_key": key.private.read_text(encoding="utf-8")}
    vault.write_version("mail/hosts/mail.example.com/backup_key", private)

    @contextmanager
    def hosts(*_: object, only: int, **__: object) -> Iterator[list[BackupHost]]:
        yield [BackupHost(number=only or 1, hostname="mail.example.com", shell=HereShell(host))]

    monkeypatch.setattr(VaultApi, "from_environment", lambda: vault)
    monkeypatch.setattr("ops.backup_hosts.backup_hosts", hosts)
    return vault


def run(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(app, list(arguments))
    return result.exit_code, result.stdout, result.stderr


def test_one_mailbox_is_restored_with_the_key_in_vault(vault: FakeVault, host: MailHost) -> None:
    status, said, complained = run("restore", "mailbox", "alice@example.com")

    assert status == 0, complained
    assert said == "alice@example.com: 5 messages added, 0 were there and stay as they are\n"
    assert host.mail() == ALICE


def test_beside_of_a_certain_day_with_the_offline_copy_of_the_key(
    vault: FakeVault, host: MailHost, key: KeyPair
) -> None:
    words = ("--beside", "--day", "2026-11-22", "--key-file", str(key.private))
    status, said, complained = run("restore", "mailbox", "alice@example.com", *words)

    assert status == 0, complained
    assert "in folder Restored-20261122" in said
    assert vault.calls == ["write mail/hosts/mail.example.com/backup_key"]


def test_live_mail_is_replaced_only_when_somebody_agrees(vault: FakeVault, host: MailHost) -> None:
    status, _, complained = run("restore", "mailbox", "alice@example.com", "--overwrite")
    assert (status, host.home().exists()) == (3, False)
    assert "add --yes to agree" in complained

    assert run("restore", "mailbox", "alice@example.com", "--overwrite", "--yes")[0] == 0
    assert host.mail() == ALICE


def test_a_dry_run_of_a_domain_asks_nobody_and_changes_nothing(vault: FakeVault, host: MailHost) -> None:
    status, said, complained = run("restore", "domain", "example.com", "--dry-run")

    assert status == 0, complained
    assert said.count("would be") == 2
    assert not host.home().exists()


def test_a_dry_run_of_one_mailbox_changes_nothing(vault: FakeVault, host: MailHost) -> None:
    status, said, complained = run("restore", "mailbox", "alice@example.com", "--dry-run")

    assert status == 0, complained
    assert "would be: 5 messages added" in said
    assert not host.home().exists()


def test_one_mailbox_comes_back_from_a_copy_with_the_offline_key_and_without_vault(
    here: Operator, host: MailHost, key: KeyPair, vault: FakeVault, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = host.root / "srv/copy"
    host.tree.folder.rename(copy)

    def nowhere() -> FakeVault:
        raise AssertionError("Vault was asked")

    monkeypatch.setattr(VaultApi, "from_environment", nowhere)

    status, _, complained = run(
        "restore", "mailbox", "alice@example.com", "--from", str(copy), "--key-file", str(key.private)
    )

    assert status == 0, complained
    assert host.mail() == ALICE


def test_a_host_with_people_is_put_back_when_somebody_agrees_to_lose_what_it_has(
    vault: FakeVault, host: MailHost
) -> None:
    status, _, complained = run("restore", "host", "--host", "1", "--overwrite")
    assert (status, host.home().exists()) == (3, False)
    assert "add --yes to agree" in complained

    assert run("restore", "host", "--host", "1", "--overwrite", "--yes")[0] == 0
    assert host.mail() == ALICE


def test_a_new_host_is_restored_from_a_copy_that_was_downloaded(vault: FakeVault, host: MailHost) -> None:
    copy = host.root / "srv/copy"
    host.tree.folder.rename(copy)

    status, said, complained = run("restore", "host", "--from", str(copy), "--host", "1")

    assert status == 0, complained
    assert said.startswith("system: restored")
    assert host.mail() == ALICE


def test_the_system_set_alone(vault: FakeVault, host: MailHost) -> None:
    status, said, complained = run("restore", "host", "--only-system")

    assert status == 0, complained
    assert said.count("\n") == 1
    assert not host.home().exists()


def test_what_there_is_to_restore_is_listed(vault: FakeVault, host: MailHost) -> None:
    status, said, _ = run("restore", "list")

    assert status == 0
    assert said.splitlines()[0].startswith(f"{DAY}  example.com")


def test_a_drill_that_fails_ends_with_1_and_says_what_it_tried(vault: FakeVault, host: MailHost) -> None:
    archive = host.tree.folder / f"system/{DAY}/mysql.sql.gz.gpg"
    archive.write_bytes(archive.read_bytes()[:-1])

    status, said, _ = run("drill", "--seed", "4", "--json")

    assert status == 1
    (drilled,) = json.loads(said)
    assert (drilled["ok"], drilled["mailbox"], drilled["seed"]) == (False, "alice@example.com", 4)
    assert "mysql.sql.gz.gpg" in drilled["said"]

    status, said, _ = run("drill")
    assert status == 1
    assert "FAILED" in said
