"""Pulumi's command line, as this project calls it."""

import contextlib
import json
import os
import signal
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from core.errors import RefusedError
from core.names import ENV_RUN
from ops.event_log import Watcher, followed, stack_outputs
from ops.processes import run_name, start
from ops.project import Project
from ops.sentences import clear_sentence, errors_of_events, errors_of_output

# The dynamic plugin and the old language host both want the environment's bin first on PATH.
_VENV_BIN = ".venv/bin"
_FIRST_VERSION = (3, 259, 0)


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """How a run of the engine ended.

    Attributes:
        status: Exit code; 0 is success.
        stdout: What it printed, when it was captured.
        errors: Its errors, each one sentence.
        interrupted: Whether the person in front of it stopped it.
        outputs: The stack's outputs before and after a change, when it came to them.
    """

    status: int
    stdout: str = ""
    errors: tuple[str, ...] = ()
    interrupted: bool = False
    outputs: tuple[Mapping[str, Any], Mapping[str, Any]] | None = None


@dataclass(frozen=True, kw_only=True)
class Engine:
    """The ``pulumi`` program for one stack. Every call names the stack; none selects it, none asks anything.

    Attributes:
        project: Folder and stack.
        env: The environment of its runs.
    """

    project: Project
    env: Mapping[str, str]
    program: str = field(default="pulumi")

    @classmethod
    def of(cls, project: Project, *, env: Mapping[str, str], extra: Mapping[str, str]) -> "Engine":
        """Prepare the engine with the environment that its language host needs."""
        path = f"{project.folder / _VENV_BIN}{os.pathsep}{env.get('PATH', '')}"
        run = {ENV_RUN: run_name(project.folder, project.stack)}
        return cls(project=project, env={**env, "PATH": path, "PULUMI_SKIP_UPDATE_CHECK": "true", **run, **extra})

    def version(self) -> tuple[int, ...] | None:
        """Give the engine's version; none when there is no engine."""
        try:
            outcome = self._captured(["version"])
        except FileNotFoundError:
            return None
        numbers = outcome.stdout.strip().removeprefix("v").split("-")[0].split(".")
        return tuple(int(number) for number in numbers if number.isdigit())

    def require(self) -> None:
        """Make sure that there is an engine and that it is new enough.

        Raises:
            RefusedError: It is missing or too old.
        """
        found = self.version()
        wanted = ".".join(map(str, _FIRST_VERSION))
        if found is None:
            raise RefusedError(f"pulumi is not on PATH; install version {wanted} or newer")
        if not found:
            raise RefusedError("pulumi is on PATH and does not say its version; try: pulumi version")
        if found < _FIRST_VERSION:
            raise RefusedError(f"pulumi {'.'.join(map(str, found))} is too old; install {wanted} or newer")

    def export(self) -> dict[str, Any]:
        """Read the stack's state, secrets left encrypted.

        Raises:
            RefusedError: The stack does not exist or the backend cannot be read.
        """
        outcome = self._captured(["stack", "export", *self._stack()])
        if outcome.status != 0:
            reason = outcome.errors[0] if outcome.errors else "pulumi stack export failed"
            raise RefusedError(f"the state of stack {self.project.stack} cannot be read: {reason}")
        return cast("dict[str, Any]", json.loads(outcome.stdout))

    def import_state(self, state: Mapping[str, Any]) -> None:
        """Write the stack's state.

        Raises:
            RefusedError: The backend refused it.
        """
        with tempfile.NamedTemporaryFile("w", suffix=".json", prefix="mailstead-state-") as file:
            json.dump(state, file)
            file.flush()
            outcome = self._captured(["stack", "import", *self._stack(), "--file", file.name])
        if outcome.status != 0:
            raise RefusedError(
                f"the state of stack {self.project.stack} could not be written: {'; '.join(outcome.errors)}"
            )

    def preview(self) -> tuple[Outcome, dict[str, Any]]:
        """Ask what an update would do, without doing it: the outcome and the engine's document."""
        outcome = self._captured(["preview", *self._stack(), "--json"])
        try:
            document = cast("dict[str, Any]", json.loads(outcome.stdout))
        except ValueError:
            document = {}  # it failed before it could say anything; its errors tell why
        return outcome, document

    def change(self, *arguments: str, watcher: Watcher | None = None) -> Outcome:
        """Run a command that changes things, its errors collected.

        Args:
            arguments: The command with its options.
            watcher: Is told of what happens; without one the engine's own progress goes to the terminal.
        """
        with tempfile.TemporaryDirectory(prefix="mailstead-events-") as folder:
            log = Path(folder) / "events.json"
            # The event log is behind the engine's switch for developers; it is the only place
            # where an error is a value and not a line of a display.
            options = [*arguments, *self._stack(), "--yes", "--event-log", str(log)]
            with followed(log, watcher) if watcher else contextlib.nullcontext():
                outcome = self._run(options, capture=watcher is not None, extra={"PULUMI_DEBUG_COMMANDS": "true"})
            written = log.read_text(encoding="utf-8") if log.exists() else ""
        errors = errors_of_events(written) or (outcome.errors if outcome.status else ())
        return Outcome(
            status=outcome.status,
            errors=tuple(errors),
            interrupted=outcome.interrupted,
            outputs=stack_outputs(written),
        )

    def _stack(self) -> list[str]:
        return ["--stack", self.project.stack]

    def _captured(self, arguments: Sequence[str]) -> Outcome:
        """Run a command that changes no resource and keep what it prints; a Ctrl-C ends us when it has ended."""
        outcome = self._run(arguments, capture=True)
        if outcome.interrupted:
            raise KeyboardInterrupt
        return outcome

    def _run(self, arguments: Sequence[str], *, capture: bool, extra: Mapping[str, str] | None = None) -> Outcome:
        env = {**self.env, **(extra or {})}
        command = [self.program, *arguments, "--non-interactive"]
        process = start(command, folder=self.project.folder, env=env, capture=capture)
        interrupted = False
        while True:
            try:
                stdout, stderr = process.communicate()
                break
            except KeyboardInterrupt:
                # Its own group does not see the terminal's Ctrl-C: pass it on, and wait, so that
                # the engine ends what it has begun and writes its state. A second one ends it at once.
                interrupted = True
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGINT)
        return Outcome(
            status=process.returncode,
            stdout=stdout or "",
            errors=tuple(errors_of_output(stderr or "")),
            interrupted=interrupted,
        )


def preview_failure(outcome: Outcome, document: Mapping[str, Any]) -> tuple[str, ...]:
    """Give all reasons why a preview failed, from the engine's document and its error output, each once."""
    diagnostics = cast("list[dict[str, Any]]", document.get("diagnostics") or [])
    reasons = [
        sentence
        for entry in diagnostics
        if entry.get("severity") == "error"
        if (sentence := clear_sentence(str(entry.get("message", ""))))
    ]
    return tuple(dict.fromkeys([*reasons, *outcome.errors])) or ("pulumi gave no reason",)
