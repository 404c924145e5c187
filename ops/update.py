"""`mailstead up` and `mailstead preview`: the engine's update, with manners."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from rich.console import Console

from core.errors import RefusedError
from ops.agent import ssh_agent
from ops.backend import pending_operations, remove_dead_lock, without_pending
from ops.engine import Engine, Outcome, clear_sentence
from ops.processes import end_leftovers, run_name
from ops.project import PROJECT, Project
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
        confirm: Asks the person in front of it; given the question, says yes or no.
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
        self.project.inputs()
        engine = self._engine({})
        engine.require()
        return self._words(engine)

    def run(self) -> Outcome:
        """Preview, ask, update.

        Raises:
            InputError: The stack file or the list is wrong.
            RefusedError: Something has to be put right first; the text says what.
        """
        inputs = self.project.inputs()
        for notice in inputs.state.notices:
            self.console.print(f"note: {notice}")
        with ssh_agent(self.env) as agent:
            engine = self._engine(agent)
            engine.require()
            self._clear_what_an_interrupted_run_left(engine)
            words = self._words(engine)
            print_words(words, self.console)
            if words.happenings and not self.confirm(f"Do this to stack {self.project.stack}?"):
                raise RefusedError("nothing was done")
            fast = {SKIP_CHECKPOINTS: "true"} if words.only_people else {}
            return self._engine({**agent, **fast}).change("up", "--skip-preview", *QUIET)

    def _engine(self, extra: Mapping[str, str]) -> Engine:
        return Engine.of(self.project, env=self.env, extra=extra)

    def _words(self, engine: Engine) -> Words:
        outcome, document = engine.preview()
        if outcome.status != 0:
            raise RefusedError(preview_failure(outcome, document))
        return words_of(document, recorded=recorded_addresses(engine.export()))

    def _clear_what_an_interrupted_run_left(self, engine: Engine) -> None:
        name = run_name(self.project.folder, self.project.stack)
        for ended in end_leftovers(name):
            self.console.print(f"note: ended {ended}, left over from a run that was killed")
        for removed in remove_dead_lock(engine.env, project=PROJECT, stack=self.project.stack):
            self.console.print(f"note: removed {removed}")
        state = engine.export()
        pending = pending_operations(state)
        if not pending:
            return
        unknown = [operation for operation in pending if operation.made_in_the_cloud]
        if unknown:
            raise RefusedError(
                _how_to_import(unknown_names=[f"{op.name} ({op.type})" for op in unknown], stack=self.project.stack)
            )
        engine.import_state(without_pending(state))
        names = ", ".join(sorted({operation.name for operation in pending}))
        self.console.print(f"note: an earlier run was interrupted at {names}; this one takes up what is there")


def _how_to_import(*, unknown_names: list[str], stack: str) -> str:
    return (
        f"an earlier run was killed while it made {', '.join(unknown_names)}, which may exist in the cloud without "
        f"the state knowing it; look for it in the cloud's console, then run: "
        f"pulumi refresh --stack {stack} --import-pending-creates '[[URN OCID]]' if it is there, "
        f"or: pulumi refresh --stack {stack} --clear-pending-creates if it is not; then run this again"
    )


def preview_failure(outcome: Outcome, document: Mapping[str, Any]) -> str:
    """Say why a preview failed, all reasons at once, from the engine's document and its error output."""
    diagnostics = cast("list[dict[str, Any]]", document.get("diagnostics") or [])
    reasons = [
        sentence
        for entry in diagnostics
        if entry.get("severity") == "error"
        if (sentence := clear_sentence(str(entry.get("message", ""))))
    ]
    unique = list(dict.fromkeys([*reasons, *outcome.errors]))
    return "the preview failed, so nothing was done:\n" + "\n".join(
        f"  {reason}" for reason in unique or ["pulumi gave no reason"]
    )
