"""Processes that the lab starts: known again by pid and start time, ended whole, found by a mark of their own."""

import atexit
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

MARK: Final = "MAILSTEAD_LAB_OWNER"
"""Environment variable of every process of a lab, and of those it starts: the clone's id and the world."""

_PROC: Final = Path("/proc")
_POLL_S: Final = 0.05
_KEPT: Final[list["subprocess.Popen[bytes]"]] = []  # one that is collected while its process lives would warn


@atexit.register
def _leave_running() -> None:
    """Services are meant to outlive us: Python shall not complain of them when it ends."""
    for child in _KEPT:
        child.returncode = 0


@dataclass(frozen=True)
class Process:
    """A process that nobody else's can be taken for: a pid is given out again, a pid with its start time is not."""

    pid: int
    started: int
    """Clock ticks from the machine's start to the process's."""


def boot_id() -> str:
    """Tell this run of the machine from any other: pids and start times mean nothing across one."""
    return (_PROC / "sys/kernel/random/boot_id").read_text(encoding="ascii").strip()


def identify(pid: int) -> Process | None:
    """Identify a process; None if there is none, or it has ended and only waits to be collected."""
    try:
        # The name, in parentheses, may hold blanks and parentheses itself.
        fields = (_PROC / str(pid) / "stat").read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] in {"Z", "X"} else Process(pid, int(fields[19]))


def is_alive(process: Process) -> bool:
    """Say whether that very process still runs."""
    return identify(process.pid) == process


def launch(
    argv: Sequence[str], *, log: Path, environment: Mapping[str, str], mark: str, keep_open: Sequence[int] = ()
) -> Process:
    """Start a process that outlives this one, in a session of its own.

    Args:
        argv: program and arguments; never a secret among them.
        log: gets all it prints, behind what is there.
        environment: the whole environment, to which the mark is added.
        mark: whose process it is.
        keep_open: descriptors that it inherits.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("ab") as output:
        started = subprocess.Popen(
            argv,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**environment, MARK: mark},
            start_new_session=True,
            pass_fds=keep_open,
        )
    _KEPT.append(started)
    return identify(started.pid) or Process(started.pid, 0)


def end(process: Process, *, grace_s: float = 10) -> None:
    """End a process and its group: ask, wait, then kill. One that has gone already is fine."""
    if not is_alive(process):
        return
    _signal_group(process.pid, signal.SIGTERM)
    if not gone_within(lambda: is_alive(process), grace_s):
        _signal_group(process.pid, signal.SIGKILL)
        gone_within(lambda: is_alive(process), grace_s)
    _collect()


def kill(processes: Sequence[Process]) -> None:
    """Kill processes at once, those that have gone already excepted, and wait until they are gone."""
    for process in processes:
        if is_alive(process):
            try:
                os.kill(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
    gone_within(lambda: any(is_alive(process) for process in processes), 10)
    _collect()


def marked(matches: Callable[[str], bool]) -> tuple[Process, ...]:
    """Find all processes whose mark the caller takes for its own."""
    found: list[Process] = []
    for pid, environment in _environments():
        mark = environment.get(MARK)
        if mark is not None and matches(mark) and (process := identify(pid)):
            found.append(process)
    return tuple(found)


def engines_of(world_folder: Path) -> tuple[Process, ...]:
    """Find engines and plugins that work in a world: a killed engine may leave plugins behind.

    A shell that has the world's environment is nobody's debris: only programs of the engine count.
    """
    found: list[Process] = []
    for pid, environment in _environments():
        if environment.get("MAILSTEAD_LAB_WORLD") != str(world_folder):
            continue
        words = _arguments(pid)
        # python -u /…/lab/plugins/NAME, /…/pulumi up, /…/pulumi-language-python-exec …
        if any(Path(word).name.startswith("pulumi") or "/lab/plugins/" in word for word in words[:4]) and (
            process := identify(pid)
        ):
            found.append(process)
    return tuple(found)


def sees(process: Process, path: Path) -> bool:
    """Say whether a path exists for that process: one in a chroot or a container sees other files than we do."""
    try:
        return Path(f"/proc/{process.pid}/root{path}").exists()
    except OSError:
        return True


def gone_within(is_there: Callable[[], bool], limit_s: float) -> bool:
    """Wait until something is there no more.

    Returns:
        False if it still was when the time was over.
    """
    until = time.monotonic() + limit_s
    while is_there():
        if time.monotonic() > until:
            return False
        _collect()
        time.sleep(_POLL_S)
    return True


def _signal_group(pid: int, number: int) -> None:
    try:
        os.killpg(pid, number)
    except ProcessLookupError:
        return


def _collect() -> None:
    """Collect those of our own children that have ended; else they would stay as zombies."""
    for child in _KEPT[:]:
        if child.poll() is not None:
            _KEPT.remove(child)


def _environments() -> Iterator[tuple[int, dict[str, str]]]:
    own = os.getpid()
    for folder in _PROC.iterdir():
        if not folder.name.isdigit() or int(folder.name) == own:
            continue
        try:
            text = (folder / "environ").read_bytes().decode(errors="replace")
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
        pairs = (entry.partition("=") for entry in text.split("\0") if "=" in entry)
        yield int(folder.name), {key: value for key, _, value in pairs}


def _arguments(pid: int) -> list[str]:
    try:
        return (_PROC / str(pid) / "cmdline").read_bytes().decode(errors="replace").split("\0")
    except (FileNotFoundError, ProcessLookupError):
        return []
