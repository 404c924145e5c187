"""generate_config.sh behaves as recorded of mailcow's own, above all when nobody is there to answer."""

import re
import stat
import subprocess
from pathlib import Path

import pytest

from tests.lab.mailcow.install_folder import ANSWERS, COMMANDS, InstallFolder, run_git


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> InstallFolder:
    return InstallFolder.clone(tmp_path_factory.mktemp("pristine"))


@pytest.fixture
def folder(pristine: InstallFolder, tmp_path: Path) -> InstallFolder:
    return pristine.copy(tmp_path)


def mode_of(file: Path) -> int:
    return stat.S_IMODE(file.stat().st_mode)


def test_unattended_it_writes_a_configuration_that_only_root_reads(folder: InstallFolder) -> None:
    written = folder.generated()
    assert written["MAILCOW_HOSTNAME"] == "mail.example.com"
    assert written["TZ"] == "Etc/UTC"
    assert written["COMPOSE_PROJECT_NAME"] == "mailcowdockerized"
    assert written["HTTP_REDIRECT"] == "y"
    assert mode_of(folder.path / "mailcow.conf") == 0o600


def test_passwords_are_28_letters_and_digits_and_never_the_same(folder: InstallFolder) -> None:
    written = folder.generated()
    passwords = [written[name] for name in ("DBPASS", "DBROOT", "REDISPASS")]
    assert all(re.fullmatch(r"[A-Za-z0-9]{28}", password) for password in passwords)
    assert len(set(passwords)) == 3


def test_passwords_of_the_environment_are_taken(folder: InstallFolder) -> None:
    written = folder.generated(MAILCOW_DBPASS="one", MAILCOW_DBROOT="two", MAILCOW_REDISPASS="three")
    assert [written[name] for name in ("DBPASS", "DBROOT", "REDISPASS")] == ["one", "two", "three"]


def test_without_a_hostname_and_without_anybody_it_refuses(folder: InstallFolder) -> None:
    ended = folder.generate(MAILCOW_TZ="Etc/UTC")
    assert ended.returncode == 1
    assert not (folder.path / "mailcow.conf").exists()


def test_a_hostname_of_the_environment_is_not_looked_at(folder: InstallFolder) -> None:
    assert folder.generated(MAILCOW_HOSTNAME="localhost")["MAILCOW_HOSTNAME"] == "localhost"


@pytest.mark.parametrize("typed", ["nodot", "mail.example.com.", "example.com"])
def test_a_hostname_that_is_typed_is_looked_at(folder: InstallFolder, typed: str) -> None:
    assert folder.generate(typed=[typed], MAILCOW_TZ="Etc/UTC").returncode == 1


def test_a_bare_domain_can_be_insisted_on(folder: InstallFolder) -> None:
    ended = folder.generate(typed=["example.com", "y"], MAILCOW_TZ="Etc/UTC", SKIP_CLAMD="y")
    assert ended.returncode == 0
    assert folder.configuration()["MAILCOW_HOSTNAME"] == "example.com"


@pytest.mark.parametrize(("given", "written"), [({}, ""), ({"COMPOSE_VERSION": "native"}, "native")])
def test_the_compose_version_stays_empty_unless_it_is_given(
    folder: InstallFolder, given: dict[str, str], written: str
) -> None:
    assert folder.generated(**given)["DOCKER_COMPOSE_VERSION"] == written


def test_other_names_of_the_environment_are_not_taken_over(folder: InstallFolder) -> None:
    written = folder.generated(API_KEY="key", HTTP_PORT="8080", SKIP_LETS_ENCRYPT="y", ENABLE_IPV6="true")
    assert "API_KEY" not in written
    assert written["HTTP_PORT"] == "80"
    assert written["SKIP_LETS_ENCRYPT"] == "n"
    assert written["ENABLE_IPV6"] == "false"


@pytest.mark.parametrize("asked_for", ["y", "n"])
def test_the_virus_scanner_is_left_out_when_that_is_said(folder: InstallFolder, asked_for: str) -> None:
    assert folder.generated(SKIP_CLAMD=asked_for)["SKIP_CLAMD"] == asked_for


def test_an_existing_configuration_is_refused_and_untouched(folder: InstallFolder) -> None:
    folder.generated()
    before = (folder.path / "mailcow.conf").read_bytes()
    assert folder.generate(**ANSWERS).returncode == 1
    assert (folder.path / "mailcow.conf").read_bytes() == before


def test_replacing_a_configuration_makes_new_passwords_and_keeps_the_old_file(folder: InstallFolder) -> None:
    before = folder.generated()
    after = folder.generated(typed=["y"])
    kept = folder.path / "mailcow.conf_backup"
    assert after["DBPASS"] != before["DBPASS"]
    assert f"DBPASS={before['DBPASS']}" in kept.read_text(encoding="utf-8")
    assert mode_of(kept) == 0o600


def test_it_refuses_a_folder_without_the_link_to_its_configuration(folder: InstallFolder) -> None:
    (folder.path / ".env").unlink()
    assert folder.generate(**ANSWERS).returncode == 1


@pytest.mark.parametrize("answer", ["echo 20.10.24", "echo 23.0.6", "exit 1", "echo nonsense"])
def test_it_refuses_a_docker_that_is_old_or_silent(folder: InstallFolder, answer: str) -> None:
    folder.docker_says(answer)
    assert folder.generate(**ANSWERS).returncode == 1


@pytest.mark.parametrize("missing", COMMANDS)
def test_it_names_a_command_that_is_missing(folder: InstallFolder, missing: str) -> None:
    for name in ("bash", "env", *COMMANDS):
        stand_in = folder.commands / name
        if name == missing:
            stand_in.unlink(missing_ok=True)
        elif name in ("bash", "env"):
            stand_in.symlink_to(f"/usr/bin/{name}")
        elif not stand_in.exists():
            folder.command(name, "exit 0")
    ended = folder.generate(path=str(folder.commands), **ANSWERS)
    assert ended.returncode == 1
    assert missing in ended.stderr


def test_a_pinned_tag_stays_and_reports_its_commit(folder: InstallFolder) -> None:
    folder.generated()
    assert folder.version() == run_git(folder.path, "rev-parse", "--short", "HEAD")


def test_the_branch_master_reports_the_tag(tmp_path: Path) -> None:
    folder = InstallFolder.clone(tmp_path, checkout="master")
    run_git(folder.path, "fetch", "--quiet", "--tags")
    folder.generated(MAILCOW_BRANCH="master")
    assert folder.version() == "2026-07a"


def test_local_changes_are_lost_unless_it_is_told_to_leave_the_checkout(folder: InstallFolder) -> None:
    page = folder.path / "data/web/index.html"
    page.write_text("changed", encoding="utf-8")
    folder.generated("--dev")
    assert page.read_text(encoding="utf-8") == "changed"
    folder.generated(typed=["y"])
    assert page.read_text(encoding="utf-8") != "changed"


def test_a_remote_that_is_away_is_no_reason_to_stop(folder: InstallFolder) -> None:
    run_git(folder.path, "remote", "set-url", "origin", "file:///nowhere")
    assert folder.generated()["MAILCOW_HOSTNAME"] == "mail.example.com"


def test_the_first_certificate_is_issued_by_mailcow_and_an_existing_one_is_kept(folder: InstallFolder) -> None:
    served = folder.path / "data/assets/ssl"
    folder.generated()
    issuer = subprocess.run(
        ["openssl", "x509", "-in", str(served / "cert.pem"), "-noout", "-issuer"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert re.search(r"O ?= ?mailcow", issuer.stdout)
    first = (served / "cert.pem").read_bytes()
    folder.generated(typed=["y"])
    assert (served / "cert.pem").read_bytes() == first
    assert (folder.path / "data/assets/ssl-example/cert.pem").read_bytes() != first


def test_git_sees_nothing_of_what_it_wrote(folder: InstallFolder) -> None:
    folder.generated()
    assert run_git(folder.path, "status", "--porcelain") == ""
