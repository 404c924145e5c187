"""Running other programs as parts of a step: everything they print in the step's log, stoppable as a whole."""

import os
import signal
import subprocess
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from lab.errors import LabError, StepCancelledError

_LINES_QUOTED: Final = 6


class CommandError(LabError):
    """A program failed; the text says which, how, and its last lines."""


class Runner:
    """Runs programs, several at a time from several threads, until it is cancelled."""

    def __init__(self) -> None:
        self._running: set[subprocess.Popen[str]] = set()
        self._lock = threading.Lock()
        self.cancelled = threading.Event()

    def cancel(self) -> None:
        """End every program that runs, and start none any more."""
        self.cancelled.set()
        with self._lock:
            for running in self._running:
                _end_group(running)

    def run(
        self,
        argv: Sequence[str | Path],
        *,
        log: Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        on_line: Callable[[str], None] | None = None,
        stdin: Path | None = None,
    ) -> str:
        """Run a program to its end and give what it printed to standard output.

        Args:
            argv: program and arguments; never a secret among them.
            log: gets the command and all it prints.
            environment: the whole environment; ours if it is not given.
            folder: where it runs.
            on_line: is handed every line of both streams as it comes.
            stdin: a file it reads; nothing if it is not given.

        Raises:
            CommandError: it cannot be started, or ends with another code than 0.
            StepCancelledError: it was ended because another step failed.
        """
        words = [str(word) for word in argv]
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8") as output, (stdin or Path(os.devnull)).open("rb") as source:
            output.write(f"$ {' '.join(words)}\n")
            output.flush()
            started = self._start(words, source.fileno(), environment, folder)
            printed: list[str] = []
            errors: list[str] = []

            def take(line: str, kept: list[str]) -> None:
                output.write(line)
                output.flush()
                kept.append(line)
                if on_line:
                    on_line(line.rstrip("\n"))

            self._read(started, printed, errors, take)
            output.write(f"-> {started.returncode}\n")
        if self.cancelled.is_set():
            raise StepCancelledError(f"{words[0]} was stopped")
        if started.returncode != 0:
            quoted = [line.rstrip() for line in (errors or printed) if line.strip()][-_LINES_QUOTED:]
            raise CommandError(f"{Path(words[0]).name} ended with {started.returncode}: " + " | ".join(quoted))
        return "".join(printed)

    def _start(
        self, words: list[str], stdin: int, environment: Mapping[str, str] | None, folder: Path | None
    ) -> "subprocess.Popen[str]":
        with self._lock:
            if self.cancelled.is_set():
                raise StepCancelledError(f"{words[0]} was not started any more")
            try:
                started = subprocess.Popen(
                    words,
                    stdin=stdin,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                    env=environment,
                    cwd=folder,
                    text=True,
                    errors="replace",
                    start_new_session=True,  # ended as a whole, and only by us
                )
            except FileNotFoundError:
                raise CommandError(f"{words[0]} is not installed, or not on PATH") from None
            self._running.add(started)
        return started

    def _read(
        self,
        started: "subprocess.Popen[str]",
        printed: list[str],
        errors: list[str],
        take: Callable[[str, list[str]], None],
    ) -> None:
        try:
            assert started.stdout is not None
            assert started.stderr is not None
            second = threading.Thread(target=lambda: [take(line, errors) for line in started.stderr or ()])
            second.start()
            for line in started.stdout:
                take(line, printed)
            second.join()
            started.wait()
            started.stdout.close()
            started.stderr.close()
        except BaseException:
            _end_group(started)
            started.wait()
            raise
        finally:
            with self._lock:
                self._running.discard(started)


def _end_group(started: "subprocess.Popen[str]") -> None:
    try:
        os.killpg(started.pid, signal.SIGTERM)
    except ProcessLookupError:
        return
