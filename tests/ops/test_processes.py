"""Leftovers of a killed run are ended; nothing else is."""

import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.names import ENV_RUN
from ops.processes import end_leftovers, is_alive, start


@pytest.fixture
def run(tmp_path: Path) -> str:
    return f"{tmp_path}:dev"


@pytest.fixture
def leftover(run: str) -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen(["sleep", "60"], env={**os.environ, ENV_RUN: run})
    yield process
    process.kill()
    process.wait()


def test_what_a_killed_run_left_is_ended(run: str, leftover: subprocess.Popen[bytes]) -> None:
    wait_for_variables(leftover.pid)

    ended = end_leftovers(run)

    assert ended == [f"sleep (pid {leftover.pid})"]
    assert leftover.wait(timeout=5) != 0


def test_what_a_killed_run_was_only_just_starting_is_ended(
    tmp_path: Path, run: str, leftover: subprocess.Popen[bytes]
) -> None:
    """Between a program's name and its variables, the kernel shows a process without any."""
    process = tmp_path / "proc" / str(leftover.pid)
    process.mkdir(parents=True)
    for name in ("comm", "stat", "exe"):
        (process / name).symlink_to(f"/proc/{leftover.pid}/{name}")
    (process / "environ").touch()
    soon = threading.Timer(0.02, lambda: (process / "environ").write_text(f"{ENV_RUN}={run}\0"))

    soon.start()
    ended = end_leftovers(run, proc=tmp_path / "proc")

    assert [text.rpartition(" (")[2] for text in ended] == [f"pid {leftover.pid})"]
    assert leftover.wait(timeout=5) != 0


def test_processes_of_another_stack_are_left_alone(run: str, leftover: subprocess.Popen[bytes]) -> None:
    wait_for_variables(leftover.pid)

    assert end_leftovers(f"{run}-other") == []
    assert leftover.poll() is None


def test_a_process_that_only_waits_to_be_reaped_is_not_alive() -> None:
    process = subprocess.Popen(["true"])
    deadline = time.monotonic() + 5
    while is_alive(process.pid) and time.monotonic() < deadline:
        time.sleep(0.01)

    assert not is_alive(process.pid)
    process.wait()


def test_a_program_that_is_started_reads_nothing_of_what_is_typed(tmp_path: Path) -> None:
    """Outside of the terminal's foreground group, a program that reads from the terminal is stopped for good."""
    typed, typing = os.pipe()
    os.write(typing, b"typed")
    os.close(typing)
    ours = os.dup(0)
    os.dup2(typed, 0)
    try:
        process = start(["cat"], folder=tmp_path, env=os.environ, capture=True)
        read, _ = process.communicate(timeout=5)
    finally:
        os.dup2(ours, 0)
        os.close(ours)
        os.close(typed)

    assert read == ""


def wait_for_variables(pid: int) -> None:
    """Wait until the child has become the program it was started for: its name comes first, then its variables."""
    deadline = time.monotonic() + 5
    while not has_become_sleep(pid) and time.monotonic() < deadline:
        time.sleep(0.01)


def has_become_sleep(pid: int) -> bool:
    return Path(f"/proc/{pid}/comm").read_text().strip() == "sleep" and (
        ENV_RUN.encode() in Path(f"/proc/{pid}/environ").read_bytes()
    )
