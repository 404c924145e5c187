"""Tests that build on each other are run by one worker, in their order: this suite's own rules on a small copy."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parent
CONFIG = "[pytest]\nmarkers =\n    lab: needs the lab\n    enable_socket: of a plugin\n    timeout: of a plugin\n"
TESTS = """\
import os
import time
from pathlib import Path

import pytest

{mark}

@pytest.mark.parametrize("number", range(5))
def test_it(number):
    time.sleep(0.05)  # else a fast worker may take all
    with Path({seen!r}).open("a") as file:
        file.write(f"{{os.environ['PYTEST_XDIST_WORKER']}} {name} {{number}}\\n")
"""
FILES = {
    "lab/stories/test_a": True,
    "lab/stories/test_b": True,
    "lab/mailcow/test_c": True,
    "lab/mailcow/api/test_d": True,
    "core/test_e": False,
    "core/test_f": False,
}


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> list[tuple[str, str, int]]:
    """What two workers ran: worker, file and number, in the order in which it happened."""
    root = tmp_path_factory.mktemp("suite")
    (root / "pytest.ini").write_text(CONFIG)
    (root / "tests").mkdir()
    shutil.copy(FOLDER / "conftest.py", root / "tests")
    for name, of_the_lab in FILES.items():
        file = root / "tests" / f"{name}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        mark = "pytestmark = pytest.mark.lab" if of_the_lab else ""
        file.write_text(TESTS.format(mark=mark, seen=str(root / "seen"), name=name))
    script = (FOLDER.parent / "CI/test.sh").read_text()
    (root / "CI").mkdir()
    (root / "CI/test.sh").write_text(script)
    (root / ".venv").symlink_to(Path(sys.prefix))
    command = ["bash", "CI/test.sh", "-q", "-p", "no:cacheprovider"]
    outside = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST_", "WORKERS"))}
    ended = subprocess.run(command, cwd=root, env=outside, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    lines = [line.split() for line in (root / "seen").read_text().splitlines()]
    return [(worker, name, int(number)) for worker, name, number in lines]


def test_a_part_of_the_lab_ring_stays_with_one_worker_and_in_its_order(seen: list[tuple[str, str, int]]) -> None:
    stories = [one for one in seen if "/stories/" in one[1]]
    mailcow = [one for one in seen if "/mailcow/" in one[1]]

    assert len({worker for worker, *_ in stories}) == len({worker for worker, *_ in mailcow}) == 1
    assert [rest for _, *rest in stories] == [[f"lab/stories/test_{name}", n] for name in "ab" for n in range(5)]


def test_two_workers_share_the_tests_and_begin_with_the_fast_ring(seen: list[tuple[str, str, int]]) -> None:
    assert {worker for worker, *_ in seen} == {"gw0", "gw1"}
    for worker in ("gw0", "gw1"):
        rings = ["lab/" in name for one, name, _ in seen if one == worker]
        assert rings == sorted(rings), worker


def test_a_file_of_the_fast_ring_stays_with_one_worker(seen: list[tuple[str, str, int]]) -> None:
    for name in ("core/test_e", "core/test_f"):
        assert len({worker for worker, one, _ in seen if one == name}) == 1
