"""Runs the engine in a process group of its own and ends what a killed run left behind.

A plugin may outlive an engine that was killed and go on changing the server. Each run
carries a name in its environment, so that the next run can recognise what is left of it.
"""

import contextlib
import os
import signal
import time
from collections.abc import Generator, Iterator, Mapping, Sequence
from pathlib import Path
from subprocess import DEVNULL, PIPE, Popen

from core.names import ENV_RUN

_GRACE_S = 5.0
_STARTING_S = 0.05


def run_name(folder: Path, stack: str) -> str:
    """Name the runs of one stack; the same for every run, so that the next finds the last."""
    return f"{folder}:{stack}"


def start(command: Sequence[str], *, folder: Path, env: Mapping[str, str], capture: bool) -> Popen[str]:
    """Start a program in a process group of its own, with nothing to read.

    A program outside of the terminal's foreground group that reads from the terminal is stopped for good.
    SIGINT gets its default action back: an engine that was started with it ignored, as a shell's
    background job is, waits five seconds for each language host it ends.
    """
    with _interrupt_not_ignored():
        return Popen(  # the caller waits for it
            list(command),
            cwd=folder,
            env=dict(env),
            text=True,
            stdin=DEVNULL,
            stdout=PIPE if capture else None,
            stderr=PIPE if capture else None,
            process_group=0,
        )


@contextlib.contextmanager
def _interrupt_not_ignored() -> Generator[None]:
    """Start programs with SIGINT's default action although we ignore it; a handler of ours is not inherited anyway."""
    if signal.getsignal(signal.SIGINT) is not signal.SIG_IGN:
        yield
        return
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def end_leftovers(name: str, *, proc: Path = Path("/proc")) -> list[str]:
    """End processes of an earlier run of this stack whose engine is gone.

    Returns:
        What was ended, as ``program (pid N)``.
    """
    running = list(_of_run(name, proc))
    if any(_program(proc / str(pid)) == "pulumi" for pid in running):
        return []  # an engine is alive: it is a run of its own, and its lock will say so
    ended = [f"{_program(proc / str(pid))} (pid {pid})" for pid in running]
    for pid in running:
        _signal(pid, signal.SIGTERM)
    deadline = time.monotonic() + _GRACE_S
    while any(is_alive(pid, proc=proc) for pid in running) and time.monotonic() < deadline:
        time.sleep(0.05)
    for pid in running:
        if is_alive(pid, proc=proc):
            _signal(pid, signal.SIGKILL)
    return ended


def is_alive(pid: int, *, proc: Path = Path("/proc")) -> bool:
    """Say whether a process runs; one that only waits to be reaped does not."""
    try:
        stat = (proc / str(pid) / "stat").read_text()
    except OSError:
        return False
    return stat.rpartition(")")[2].split()[0] not in {"Z", "X"}


def _of_run(name: str, proc: Path) -> Iterator[int]:
    wanted = f"{ENV_RUN}={name}".encode()
    for entry in proc.iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        if wanted in _variables(entry).split(b"\0") and is_alive(int(entry.name), proc=proc):
            yield int(entry.name)


def _variables(entry: Path) -> bytes:
    """Read a process's variables; a program that is only just being started has none for a moment."""
    deadline = time.monotonic() + _STARTING_S
    try:
        while not (variables := (entry / "environ").read_bytes()):
            (entry / "exe").readlink()  # the kernel's own threads have no program and never get variables
            if time.monotonic() > deadline:
                return b""
            time.sleep(0.005)
    except OSError:
        return b""  # it ended meanwhile, or belongs to somebody else
    return variables


def _program(entry: Path) -> str:
    try:
        return (entry / "comm").read_text().strip()
    except OSError:
        return "process"


def _signal(pid: int, number: signal.Signals) -> None:
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return  # it ended by itself, which is what was wanted
