"""What somebody meets first: the launcher, the question for root, the setup."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from lab import machine, rights

ROOT = Path(__file__).parents[2]
NOISE = "debconf: delaying package configuration, since apt-utils is not installed"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A clone in which nothing has been set up yet."""
    clone = tmp_path / "a clone"
    (clone / "CI").mkdir(parents=True)
    for name in ("mailstead", "CI/root.sh", "CI/setup.sh", "requirements-dev.txt"):
        shutil.copy(ROOT / name, clone / name)
    return clone


@pytest.fixture
def stubs(tmp_path: Path) -> Path:
    """A folder that comes first on PATH."""
    folder = tmp_path / "stubs"
    folder.mkdir()
    return folder


def stub(path: Path, body: str) -> None:
    """Write a program."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/bash\n{body}\n", encoding="utf-8")
    path.chmod(0o755)


def run(command: list[str | Path], *, first: Path | None = None, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run a program, with a folder that comes first on PATH."""
    env: Mapping[str, str] = {**os.environ, "PATH": f"{first or ''}:{os.environ['PATH']}"}
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_the_launcher_says_what_makes_its_environment(clone: Path) -> None:
    ended = run([clone / "mailstead", "doctor"], folder=Path("/"))

    assert ended.returncode == 3
    assert "run: make setup" in ended.stderr
    assert ended.stderr.count("\n") == 1


def test_the_launcher_takes_an_environment_whose_setup_was_cut_off_for_none(clone: Path) -> None:
    stub(clone / ".venv/bin/python", "exit 1")

    assert "run: make setup" in run([clone / "mailstead"], folder=clone).stderr


def test_the_launcher_works_through_a_link_and_from_any_folder(clone: Path, tmp_path: Path) -> None:
    stub(clone / ".venv/bin/python", 'echo "$PWD: $*"')
    (clone / ".venv/.installed").touch()
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/first").symlink_to(clone / "mailstead")
    (tmp_path / "bin/mailstead").symlink_to("first")

    ended = run(["mailstead", "up", "--stack", "two words"], first=tmp_path / "bin", folder=Path("/"))

    assert ended.stdout == f"{clone}: -m ops up --stack two words\n"


def test_who_is_not_root_is_stopped_before_the_setup(clone: Path, stubs: Path) -> None:
    """The setup takes minutes; what the lab needs is known without it."""
    makefile = (ROOT / "Makefile").read_text()
    shutil.copy(ROOT / "Makefile", clone)
    stub(stubs / "id", "echo 1000")
    stub(stubs / "python3", '[[ $1 == -c ]] || { echo "the lab needs root" >&2; exit 3; }')

    for target in ("demo", "test", "lab-test"):
        ended = run(["make", target], first=stubs, folder=clone)
        assert ended.returncode == 2
        assert "the lab needs root" in ended.stderr
        assert "installing" not in ended.stdout
    assert ".NOTPARALLEL:" in makefile, "make -j would do the setup at the same time"


def test_what_asks_for_root_needs_no_environment() -> None:
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); import lab.rights"

    ended = run([sys.executable, "-I", "-S", "-c", code], folder=ROOT)

    assert ended.stderr == ""
    assert ended.returncode == 0


def test_who_is_not_root_reads_what_the_machine_lacks(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine, "is_root", lambda: False)
    monkeypatch.setattr(machine, "missing", lambda: (machine.Tool("git", ("git",)),))
    monkeypatch.setattr(rights, "is_known", lambda _: True)

    assert rights.main() == 3
    assert "sudo apt-get install --no-install-recommends git" in capsys.readouterr().err


APT = f"echo '{NOISE}' >&2; echo 'Reading database'"


def without_venv(stubs: Path, apt: str) -> None:
    """A machine whose Python lacks venv until apt has brought it."""
    stub(stubs / "id", "echo 0")
    stub(stubs / "apt-get", apt)
    stub(stubs / "pip", "exit 0")
    body = f"""
case "$*" in
  *ensurepip*) exit 1 ;;
  *venv*) mkdir -p .venv/bin && cp {stubs}/pip .venv/bin/pip && cp {stubs}/pip .venv/bin/python ;;
esac"""
    stub(stubs / "python3", body)


def test_the_setup_passes_no_warning_of_debians_tools_on(clone: Path, stubs: Path) -> None:
    without_venv(stubs, APT)

    ended = run([clone / "CI/setup.sh"], first=stubs, folder=clone)

    assert ended.returncode == 0, ended.stderr
    assert ended.stderr == ""
    assert "installing Debian package python3-venv" in ended.stdout
    assert "Reading database" not in ended.stdout


def test_the_setup_shows_what_debians_tools_said_when_they_fail(clone: Path, stubs: Path) -> None:
    without_venv(stubs, f"{APT}; echo 'E: Unable to locate package python3-venv' >&2; exit 100")

    ended = run([clone / "CI/setup.sh"], first=stubs, folder=clone)

    assert ended.returncode != 0
    assert "E: Unable to locate package python3-venv" in ended.stderr
