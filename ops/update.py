"""`mailstead up` and `mailstead preview`: the engine's update, with manners."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from rich.console import Console

from core.errors import RefusedError
from core.inputs import Inputs
from ops.agent import agent_of
from ops.engine import Engine, Outcome
from ops.interrupted import clear_what_is_left
from ops.preview import Preview
from ops.preview_report import print_happenings
from ops.progress import Progress
from ops.project import Project
from ops.words import Words

SKIP_CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
"""On file and S3 backends the engine writes its whole state at each step, which is quadratic."""

QUIET = ("--suppress-progress", "--suppress-outputs")
"""The outputs hold every DNS record; who wants them asks: mailstead dns."""
_WAITING: Final = "fail"
_GOING_ON: Final = "--continue-on-error"
"""Without it the engine begins nothing more once something fails: a domain whose DNS is not right would hold up all."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One run of `mailstead up` or `mailstead preview`.

    Attributes:
        project: Folder and stack.
        env: The operator's environment.
        console: Where words go.
        confirm: Asks the person in front of it; given the question, says yes or no, or refuses to ask.
        verbose: Show the engine's own lines instead of progress in words.
        refresh: Read first what is really there, so that the update mends what was changed behind the program's back.
    """

    project: Project
    env: Mapping[str, str]
    console: Console
    confirm: Callable[[str], bool]
    verbose: bool = False
    refresh: bool = False

    def preview(self) -> Words:
        """Say in words what an update would do; when the engine cannot, why, and what the list alone tells.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: There is no engine that could be asked.
        """
        inputs = self._inputs()
        engine = self._engine({})
        engine.require()
        return Preview(engine=engine, inputs=inputs, env=self.env).words()

    def run(self) -> Outcome:
        """Preview, ask, update.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: Something has to be put right first; the text says what.
        """
        inputs = self._inputs()
        with agent_of(inputs.settings, self.env) as agent:
            engine = self._engine(agent)
            engine.require()
            clear_what_is_left(engine, self.project, self.console)
            if self.refresh:
                outcome = self._change(engine, "refresh", Words(happenings=()))
                if outcome.status != 0:
                    return outcome
            words = Preview(engine=engine, inputs=inputs, env={**self.env, **agent}).words()
            self._agree(words)
            fast = {SKIP_CHECKPOINTS: "true"} if words.only_people else {}
            going_on = [_GOING_ON] if inputs.settings.require_dns == _WAITING else []
            return self._change(self._engine({**agent, **fast}), "up", words, *going_on)

    def _agree(self, words: Words) -> None:
        print_happenings(words, self.console)
        if words.reasons:
            raise RefusedError(
                "\n".join(["the preview failed, so nothing was done:", *(f"  {reason}" for reason in words.reasons)])
            )
        if any(happening.kind == "refused" for happening in words.happenings):
            raise RefusedError("nothing was done: what is marked with ✗ has to be settled first")
        if words.happenings and not self.confirm(f"Do this to stack {self.project.stack}?"):
            raise RefusedError("nothing was done, because the answer was not yes")

    def _change(self, engine: Engine, command: str, words: Words, *options: str) -> Outcome:
        options = ("--skip-preview", *QUIET, *options)
        if self.verbose:
            return engine.change(command, *options)
        progress = Progress(self.console, words.planned)
        try:
            return engine.change(command, *options, watcher=progress)
        finally:
            progress.end()

    def _inputs(self) -> Inputs:
        """Read the files, and say aloud what was decided for the operator."""
        inputs = self.project.inputs()
        for notice in inputs.notices:
            self.console.print(f"note: {notice}")
        return inputs

    def _engine(self, extra: Mapping[str, str]) -> Engine:
        return Engine.of(self.project, env=self.env, extra=extra)
