"""`mailstead up` and `mailstead preview`: the engine's update, with manners."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from rich.console import Console

from core.errors import RefusedError
from core.inputs import Inputs
from ops.agent import ssh_agent
from ops.engine import Engine, Outcome, preview_failure
from ops.interrupted import clear_what_is_left
from ops.project import Project
from ops.report import print_words
from ops.words import Words, recorded_addresses, words_of

SKIP_CHECKPOINTS = "PULUMI_SKIP_CHECKPOINTS"
"""On file and S3 backends the engine writes its whole state at each step, which is quadratic."""

QUIET = ("--suppress-progress", "--suppress-outputs")
"""The outputs hold every DNS record; who wants them asks: pulumi stack output."""


@dataclass(frozen=True, kw_only=True)
class Update:
    """One run of `mailstead up` or `mailstead preview`.

    Attributes:
        project: Folder and stack.
        env: The operator's environment.
        console: Where words go; the engine's own progress goes to the same terminal.
        confirm: Asks the person in front of it; given the question, says yes or no, or refuses to ask.
    """

    project: Project
    env: Mapping[str, str]
    console: Console
    confirm: Callable[[str], bool]

    def preview(self) -> Words:
        """Say in words what an update would do.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: The preview itself failed; the text says why.
        """
        self._inputs()
        engine = self._engine({})
        engine.require()
        return self._words(engine)

    def run(self) -> Outcome:
        """Preview, ask, update.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: Something has to be put right first; the text says what.
        """
        self._inputs()
        with ssh_agent(self.env) as agent:
            engine = self._engine(agent)
            engine.require()
            clear_what_is_left(engine, self.project, self.console)
            words = self._words(engine)
            print_words(words, self.console)
            if words.happenings and not self.confirm(f"Do this to stack {self.project.stack}?"):
                raise RefusedError("nothing was done, because the answer was not yes")
            fast = {SKIP_CHECKPOINTS: "true"} if words.only_people else {}
            return self._engine({**agent, **fast}).change("up", "--skip-preview", *QUIET)

    def _inputs(self) -> Inputs:
        """Read the files, and say aloud what was decided for the operator."""
        inputs = self.project.inputs()
        for notice in inputs.state.notices:
            self.console.print(f"note: {notice}")
        return inputs

    def _engine(self, extra: Mapping[str, str]) -> Engine:
        return Engine.of(self.project, env=self.env, extra=extra)

    def _words(self, engine: Engine) -> Words:
        outcome, document = engine.preview()
        if outcome.status != 0:
            raise RefusedError(preview_failure(outcome, document))
        return words_of(document, recorded=recorded_addresses(engine.export()))
