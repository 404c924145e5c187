"""`mailstead backup key`: one pair a stack, its private half in Vault and nowhere else."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.backup_key import read_backup_key
from core.errors import RefusedError
from ops import backup_key
from ops.backup_key import export_key, make_key
from ops.cli import app
from tests.fakes import FakeVault
from tests.ops.workplace import STACK_FILE, Operator
from vault.api import VaultApi

HOST = "mail.example.com"
PATH = f"mail/hosts/{HOST}/backup_key"
OTHER_KEY = (Path(__file__).parents[1] / "data" / "backup-key.asc").read_text(encoding="utf-8")


@pytest.fixture
def vault() -> FakeVault:
    return FakeVault()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "backup-key.asc"


def gpg(home: Path, *arguments: str, stdin: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    home.mkdir(mode=0o700, exist_ok=True)
    try:
        return subprocess.run(
            ["gpg", "--homedir", str(home), "--batch", "--no-options", *arguments],
            input=stdin,
            capture_output=True,
            check=False,
        )
    finally:
        subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], capture_output=True, check=False)


def test_what_is_encrypted_to_the_public_half_is_opened_by_the_private_half_alone(
    vault: FakeVault, file: Path, tmp_path: Path
) -> None:
    made = make_key(vault, hostname=HOST, file=file)
    sealed = gpg(
        tmp_path / "host", "--trust-model", "always", "--cipher-algo", "AES256", "--recipient-file", str(file),
        "--output", "-", "--encrypt", stdin=b"mail",
    ).stdout  # fmt: skip

    assert gpg(tmp_path / "host", "--decrypt", stdin=sealed).returncode == 2
    stored = vault.read(PATH) or {}
    gpg(tmp_path / "desk", "--import", stdin=stored["private_key"].encode())
    opened = gpg(tmp_path / "desk", "--show-session-key", "--decrypt", stdin=sealed)
    assert opened.stdout == b"mail"
    assert b"session key: '9:" in opened.stderr  # 9 is AES-256
    assert (made.is_new, made.wrote_file, made.path) == (True, True, PATH)
    assert stored["fingerprint"] == made.key.fingerprint


def test_archives_are_of_the_kind_that_every_gpg_opens(vault: FakeVault, file: Path, tmp_path: Path) -> None:
    """A key that says it can read newer packets would get them, and older programs could not restore."""
    make_key(vault, hostname=HOST, file=file)

    packets = gpg(tmp_path / "host", "--list-packets", str(file)).stdout

    assert b"features: 01" in packets


def test_a_second_wish_finds_the_key_that_is_there(vault: FakeVault, file: Path) -> None:
    first = make_key(vault, hostname=HOST, file=file)
    text = file.read_text()

    again = make_key(vault, hostname=HOST, file=file)

    assert (again.is_new, again.wrote_file) == (False, False)
    assert again.key == first.key
    assert file.read_text() == text


def test_a_run_that_died_before_the_file_is_finished_by_the_next(vault: FakeVault, file: Path) -> None:
    first = make_key(vault, hostname=HOST, file=file)
    file.unlink()

    again = make_key(vault, hostname=HOST, file=file)

    assert (again.is_new, again.wrote_file) == (False, True)
    assert read_backup_key(file.read_text()) == read_backup_key(first.key.public)


@pytest.mark.parametrize("in_vault", [True, False])
def test_another_key_in_the_file_is_neither_overwritten_nor_used(
    vault: FakeVault, file: Path, tmp_path: Path, *, in_vault: bool
) -> None:
    """Backups that were made with it would open to nobody."""
    if in_vault:
        make_key(vault, hostname=HOST, file=tmp_path / "elsewhere.asc")
    file.write_text(OTHER_KEY)

    with pytest.raises(RefusedError, match="has no private half for it"):
        make_key(vault, hostname=HOST, file=file)

    assert file.read_text() == OTHER_KEY
    assert (vault.read(PATH) is not None) == in_vault


def test_nothing_of_the_making_stays_on_the_machine(
    vault: FakeVault, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with tempfile.TemporaryDirectory(prefix="shm-") as folder:  # short: gpg's agent has a socket in it
        memory = Path(folder)
        monkeypatch.setattr(backup_key, "_IN_MEMORY", memory)

        make_key(vault, hostname=HOST, file=file)

        assert list(memory.iterdir()) == []
    assert "PRIVATE" not in file.read_text()


def test_the_private_half_shows_in_no_text(vault: FakeVault, file: Path) -> None:
    assert "PRIVATE KEY" not in repr(make_key(vault, hostname=HOST, file=file))


def test_without_gpg_it_says_what_to_install(
    vault: FakeVault, file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("gpg") is None

    with pytest.raises(RefusedError, match="install GnuPG"):
        make_key(vault, hostname=HOST, file=file)


def test_the_offline_copy_is_for_its_owner_alone_and_never_written_over(
    vault: FakeVault, file: Path, tmp_path: Path
) -> None:
    key, copy = make_key(vault, hostname=HOST, file=file).key, tmp_path / "private.asc"

    export_key(key, copy)

    assert copy.stat().st_mode & 0o777 == 0o600
    assert "BEGIN PGP PRIVATE KEY" in copy.read_text()
    with pytest.raises(RefusedError, match="is there already"):
        export_key(key, copy)
    with pytest.raises(RefusedError, match="cannot be written"):
        export_key(key, tmp_path / "nowhere" / "private.asc")


@pytest.fixture
def typed(here: Operator, vault: FakeVault, monkeypatch: pytest.MonkeyPatch) -> Operator:
    """An operator whose Vault the command line finds."""
    monkeypatch.setattr(VaultApi, "from_environment", lambda: vault)
    return here


def test_a_stack_that_names_no_file_is_told_what_to_write(typed: Operator) -> None:
    result = CliRunner().invoke(app, ["backup", "key"])

    assert result.exit_code == 0, result.output
    assert "mailstead:backup_public_key: backup-key.dev.asc" in result.stdout
    assert f"its private half is in Vault at {PATH}" in result.stdout
    assert "BEGIN PGP" not in result.stdout
    assert (typed.project_folder / "backup-key.dev.asc").exists()


def test_a_stack_that_names_the_file_before_it_is_there_gets_it(typed: Operator) -> None:
    (typed.project_folder / "Pulumi.dev.yaml").write_text(f"{STACK_FILE}  mailstead:backup_public_key: keys.asc\n")

    result = CliRunner().invoke(app, ["backup", "key", "--export", str(typed.folder / "private.asc")])

    assert result.exit_code == 0, result.output
    assert "backup_public_key" not in result.stdout
    assert typed.project.inputs().backup_key
    assert "PRIVATE KEY" in (typed.folder / "private.asc").read_text()
