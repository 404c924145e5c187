"""The lock on a mail host: one at a time among threads and processes, and nobody who dies keeps it."""

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.errors import HostUnreachableError, RemoteCommandError
from ssh.client import SshClient
from ssh.lock import HostLock
from tests.clients.shell_host import ShellHost
from tests.clients.ssh_fixtures import Fill, Reach
from tests.clients.ssh_host import new_key

ROUNDS = 8
MakeLock = Callable[..., HostLock]


@pytest.fixture
def host(agent: Fill, reach: Reach, tmp_path: Path) -> ShellHost:
    mine = new_key()
    agent(mine)
    host = ShellHost(tmp_path, accepts=mine)
    reach(host)
    return host


@pytest.fixture
def lock(host: ShellHost, reach: Reach, tmp_path: Path) -> MakeLock:
    """Make a lock of its own connection on the same file, as another process does."""

    def make(wait_s: int = 60) -> HostLock:
        return HostLock(SshClient(reach(host)), path=str(tmp_path / "api.lock"), wait_s=wait_s, patience_s=0)

    return make


def test_two_stacks_in_two_processes_are_never_in_it_at_once(tmp_path: Path) -> None:
    log, path = tmp_path / "log", tmp_path / "api.lock"
    runs: list[subprocess.Popen[bytes]] = []
    for name in ("one", "other"):
        folder = tmp_path / name
        folder.mkdir()
        arguments = [str(folder), str(path), str(log), str(ROUNDS)]
        runs.append(subprocess.Popen([sys.executable, "-m", "tests.clients.lock_holder", *arguments]))

    assert [run.wait(60) for run in runs] == [0, 0]

    lines = log.read_text().splitlines()
    assert len(lines) == 2 * 2 * ROUNDS
    pairs = list(zip(lines[::2], lines[1::2], strict=True))
    assert all((into.split()[0], out) == ("in", f"out {into.split()[1]}") for into, out in pairs)
    assert len({into for into, _ in pairs}) == 2


def test_threads_of_one_process_wait_for_each_other(lock: MakeLock) -> None:
    held, inside, most = lock().held, [], []

    def work(_: int) -> None:
        with held():
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(work, range(4)))

    assert most == [1, 1, 1, 1]


def test_who_waits_too_long_is_told_how_to_see_who_holds_it(lock: MakeLock, tmp_path: Path) -> None:
    with (
        lock().held(),
        pytest.raises(RemoteCommandError, match=rf"has held {tmp_path}/api.lock on the mail host for 0 s; .*fuser"),
        lock(wait_s=0).held(),
    ):
        pass


def test_a_connection_that_dies_lets_go(lock: MakeLock, host: ShellHost) -> None:
    entered = threading.Event()

    def die_holding_it() -> None:
        with lock().held():
            entered.set()
            host.hang_up()
            time.sleep(0.2)

    with ThreadPoolExecutor(1) as threads:
        dead = threads.submit(die_holding_it)
        entered.wait(20)
        with lock(wait_s=20).held():
            pass
        dead.result(20)


def test_it_is_let_go_after_an_error(lock: MakeLock) -> None:
    one = lock()
    with pytest.raises(ZeroDivisionError), one.held():
        _ = 1 / 0

    with one.held(), pytest.raises(RemoteCommandError):
        lock(wait_s=0)._take()


def test_a_host_that_cannot_lock_says_why(lock: MakeLock, tmp_path: Path) -> None:
    (tmp_path / "sudo").write_text("#!/bin/sh\necho 'sudo: a password is required' >&2\nexit 1\n")

    with (
        pytest.raises(RemoteCommandError, match=r"cannot be locked on the mail host: sudo: a password is required"),
        lock().held(),
    ):
        pass


def test_a_host_that_is_not_there_is_unreachable(lock: MakeLock, host: ShellHost) -> None:
    host.up = False

    with pytest.raises(HostUnreachableError), lock().held():
        pass
