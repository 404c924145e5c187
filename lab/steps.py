"""The steps of bringing a lab up, as they are shown: what runs, since when, how far, and what failed where."""

import os
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from lab.commands import Runner
from lab.errors import LabError, PrerequisiteError, StepCancelledError, StepFailedError

_SAID_EVERY_S: Final = 10  # where there is no terminal to redraw


class Step:
    """One step while it runs."""

    def __init__(self, steps: "Steps", title: str, log: Path) -> None:
        self.title = title
        self.log = log
        self._steps = steps
        self._began = time.monotonic()
        self._said = self._began
        self._task: TaskID | None = None
        if steps.progress:
            self._task = steps.progress.add_task(title, total=None, detail="")
        else:
            steps.print(f"  … {title}")

    def say(self, detail: str) -> None:
        """Show what it is at."""
        if self._steps.progress and self._task is not None:
            self._steps.progress.update(self._task, detail=detail)
        elif time.monotonic() - self._said >= _SAID_EVERY_S:
            self._said = time.monotonic()
            self._steps.print(f"  … {self.title}: {detail} ({self.elapsed_s:.0f} s)")

    def note(self, text: str) -> None:
        """Print a line that stays on the screen."""
        self._steps.print(f"    {text}")

    def run(
        self,
        *argv: str | Path,
        environment: Mapping[str, str] | None = None,
        folder: Path | None = None,
        on_line: Callable[[str], None] | None = None,
        stdin: Path | None = None,
    ) -> str:
        """Run a program as part of the step; see Runner.run."""
        return self._steps.runner.run(
            argv, log=self.log, environment=environment, folder=folder, on_line=on_line, stdin=stdin
        )

    def check_cancelled(self) -> None:
        """Stop here if another step has failed.

        Raises:
            StepCancelledError: one has.
        """
        if self._steps.runner.cancelled.is_set():
            raise StepCancelledError(f"{self.title} was stopped")

    @property
    def elapsed_s(self) -> float:
        """Give the seconds since the step began."""
        return time.monotonic() - self._began

    def finish(self, mark: str, detail: str = "") -> None:
        """Take the step off the screen and leave its one line."""
        if self._steps.progress and self._task is not None:
            self._steps.progress.remove_task(self._task)
        self._steps.print(f"  {mark} {self.title}{detail} [dim]({self.elapsed_s:.0f} s)[/dim]")


class Steps:
    """All steps of one run."""

    def __init__(self, log_folder: Path, console: Console) -> None:
        """Begin a run.

        Args:
            log_folder: gets one file a step.
            console: where progress is shown; redrawn if it is a terminal, else line by line.
        """
        self.runner = Runner()
        self.console = console
        self.progress: Progress | None = None
        self._log_folder = log_folder
        if console.is_terminal and os.environ.get("TERM") != "dumb":
            self.progress = Progress(
                SpinnerColumn(),
                TextColumn("{task.description}"),
                TimeElapsedColumn(),
                TextColumn("[dim]{task.fields[detail]}", table_column=None),
                console=console,
                transient=True,
            )

    def print(self, text: str) -> None:
        """Print a line above what is redrawn."""
        self.console.print(text, highlight=False, soft_wrap=True)

    @contextmanager
    def shown(self) -> Generator[None]:
        """Show progress while the block runs."""
        if self.progress is None:
            yield
            return
        with self.progress:
            yield

    @contextmanager
    def step(self, name: str, title: str) -> Generator[Step]:
        """Run a block as a step.

        Args:
            name: the log file's.
            title: what people see.

        Raises:
            StepFailedError: the block failed, with the reason and where the log is.
        """
        log = self._log_folder / f"{name}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text("", encoding="utf-8")  # of this run only; services write files of their own
        step = Step(self, title, log)
        try:
            yield step
        except StepCancelledError:
            step.finish("[yellow]-[/yellow]", " stopped")
            raise
        except (StepFailedError, PrerequisiteError):
            step.finish("[red]✗[/red]")
            raise
        except (LabError, OSError) as error:
            step.finish("[red]✗[/red]")
            with log.open("a", encoding="utf-8") as file:
                file.write(f"{error}\n")
            raise StepFailedError(title, str(error), log) from error
        except BaseException:
            step.finish("[yellow]-[/yellow]", " interrupted")
            raise
        step.finish("[green]✓[/green]")

    def together(self, *parts: Callable[[], object]) -> None:
        """Run parts side by side; when one fails the others are stopped, and its error is raised."""
        with ThreadPoolExecutor(max_workers=len(parts)) as pool:
            futures = [pool.submit(part) for part in parts]
            try:
                wait(futures, return_when=FIRST_EXCEPTION)
            except BaseException:
                self.runner.cancel()
                raise
            errors = [error for future in futures if future.done() and (error := future.exception())]
            if errors:
                self.runner.cancel()
        raise_first([error for future in futures if (error := future.exception())])


def raise_first(errors: Sequence[BaseException]) -> None:
    """Raise the error that is the reason: one that was merely stopped comes last."""
    for error in sorted(errors, key=lambda one: isinstance(one, StepCancelledError)):
        raise error


def quiet_step(log: Path) -> Step:
    """Give a step that shows nothing and only logs, for callers that show progress of their own."""
    return Step(Steps(log.parent, Console(quiet=True)), log.stem, log)
