"""Programs that the lab runs: known again, ended whole, their failures told with reason and log."""

import io
import os
import sys
import threading
import time
from pathlib import Path

import pytest
from rich.console import Console

from lab import caches, processes
from lab.commands import CommandError, Runner
from lab.errors import LabError, StepCancelledError, StepFailedError
from lab.processes import Process
from lab.services import apt_proxy
from lab.steps import Steps

SLEEPER = (sys.executable, "-c", "import time; time.sleep(60)")
PARENT = (
    sys.executable,
    "-c",
    "import subprocess, sys; subprocess.run([sys.executable, '-c', 'import time; time.sleep(60)'])",
)


def launch(tmp_path: Path, *argv: str, mark: str = "test:demo:service") -> Process:
    """Start a program as a service is started."""
    return processes.launch(argv, log=tmp_path / "log", environment=os.environ, mark=mark)


def steps(tmp_path: Path) -> tuple[Steps, io.StringIO]:
    """Steps that are shown in a text."""
    shown = io.StringIO()
    return Steps(tmp_path / "log", Console(file=shown, width=200)), shown


def test_a_process_is_known_again_by_pid_and_start_time(tmp_path: Path) -> None:
    process = launch(tmp_path, *SLEEPER)

    assert processes.is_alive(process)
    assert not processes.is_alive(Process(process.pid, process.started + 1))

    processes.end(process)
    assert not processes.is_alive(process)


def test_ending_a_service_ends_its_children(tmp_path: Path) -> None:
    mark = f"test-{os.getpid()}:children"
    process = launch(tmp_path, *PARENT, mark=mark)
    assert processes.gone_within(lambda: len(processes.marked(lambda found: found == mark)) < 2, 10)

    processes.end(process)

    assert processes.gone_within(lambda: bool(processes.marked(lambda found: found == mark)), 10)


def test_children_that_outlive_a_killed_service_are_found_by_their_mark(tmp_path: Path) -> None:
    mark = f"test-{os.getpid()}:orphans"
    process = launch(tmp_path, *PARENT, mark=mark)
    assert processes.gone_within(lambda: len(processes.marked(lambda found: found == mark)) < 2, 10)

    processes.kill([process])
    orphans = processes.marked(lambda found: found == mark)
    assert len(orphans) == 1

    processes.kill(orphans)
    assert not processes.marked(lambda found: found == mark)


def test_a_shell_in_a_worlds_environment_is_not_taken_for_its_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MAILSTEAD_LAB_WORLD", str(tmp_path))
    plugin = tmp_path / "pulumi-resource-oci"
    plugin.write_text("import time\ntime.sleep(60)\n")
    shell, engine = launch(tmp_path, *SLEEPER), launch(tmp_path, sys.executable, str(plugin))
    while not Path(f"/proc/{engine.pid}/environ").read_bytes():
        time.sleep(0.001)  # the kernel is still putting it there

    found = processes.engines_of(tmp_path)
    processes.kill([shell, engine])

    assert found == (engine,)


def test_a_program_that_fails_is_quoted_and_logged(tmp_path: Path) -> None:
    code = "import sys; print('to the log'); print('the reason', file=sys.stderr); sys.exit(7)"

    with pytest.raises(CommandError, match=r"ended with 7: the reason"):
        Runner().run([sys.executable, "-c", code], log=tmp_path / "log")

    assert "to the log" in (tmp_path / "log").read_text()


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no-such-program is not installed"):
        Runner().run(["no-such-program"], log=tmp_path / "log")


def test_a_failed_step_says_which_why_and_where_its_log_is(tmp_path: Path) -> None:
    run, shown = steps(tmp_path)

    with pytest.raises(StepFailedError) as caught, run.step("images", "images"):
        raise LabError("the disk is full")

    log = tmp_path / "log" / "images.log"
    assert str(caught.value) == f"images failed: the disk is full\n  log: {log}"
    assert "the disk is full" in log.read_text()
    assert "✗ images" in shown.getvalue()


def test_when_one_part_fails_the_others_are_stopped_and_the_failure_is_the_reason(tmp_path: Path) -> None:
    run, _ = steps(tmp_path)
    started = threading.Event()

    def long_build() -> None:
        with run.step("engine", "engine") as step:
            started.set()
            step.run(*SLEEPER)

    def failing() -> None:
        with run.step("docker", "Docker"):
            assert started.wait(10)
            time.sleep(0.2)
            raise LabError("no daemon")

    began = time.monotonic()
    with pytest.raises(StepFailedError, match="no daemon"):
        run.together(long_build, failing)
    assert time.monotonic() - began < 20


def test_nothing_is_started_any_more_once_cancelled(tmp_path: Path) -> None:
    runner = Runner()
    runner.cancel()

    with pytest.raises(StepCancelledError):
        runner.run(SLEEPER, log=tmp_path / "log")


def test_a_package_cache_is_free_again_when_its_mirror_is_killed(tmp_path: Path) -> None:
    lock = caches.try_lock(tmp_path / "0.lock")
    assert lock is not None
    mirror = processes.launch(SLEEPER, log=tmp_path / "log", environment=os.environ, mark="test", keep_open=(lock,))
    os.close(lock)
    assert caches.try_lock(tmp_path / "0.lock") is None

    processes.kill([mirror])

    freed = caches.try_lock(tmp_path / "0.lock")
    assert freed is not None
    os.close(freed)


def test_a_second_mirror_gets_the_whole_packages_of_the_first_and_no_half_ones(tmp_path: Path) -> None:
    first, second = tmp_path / "0", tmp_path / "1"
    (first / "pool").mkdir(parents=True)
    second.mkdir()
    an_hour_ago = time.time() - 3600
    for name, length in (("whole.deb", 4), ("half.deb", 9)):
        (first / "pool" / name).write_bytes(b"1234")
        (first / "pool" / f"{name}.head").write_text(f"HTTP/1.1 200 OK\r\nContent-Length: {length}\r\n")
        os.utime(first / "pool" / name, (an_hour_ago, an_hour_ago))
    (first / "pool" / "arriving.deb").write_bytes(b"1234")
    (first / "pool" / "arriving.deb.head").write_text("Content-Length: 4\r\n")

    apt_proxy._share_packages(first, second)

    assert sorted(file.name for file in (second / "pool").iterdir()) == ["whole.deb", "whole.deb.head"]
