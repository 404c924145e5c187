"""The steps of one command: preview, refresh, up. One instance is one process of the engine, with its plugins."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final, TypeVar

from pulumi.runtime import rpc

from tests.chaos.engine.plugin import Plugin
from tests.chaos.engine.program import Goal, Program, resolved
from tests.chaos.engine.state import Row, State
from tests.chaos.engine.steps import Call, EngineKilled, Outcome, output_of, row_of
from tests.chaos.engine.wire import Properties
from tests.chaos.scheduler import Killed, Scheduler, Task

AT_ONCE: Final = 4
"""Calls that a plugin process works on at the same time."""


_Item = TypeVar("_Item", Goal, Row)


class Engine:
    """Runs one command on a backend's state."""

    def __init__(
        self,
        program: Program,
        scheduler: Scheduler,
        save: Callable[[State], None],
        *,
        checkpoints: bool = True,
        moment: Callable[[], None] = lambda: None,
        gone: Callable[[str], None] = lambda _: None,
    ) -> None:
        """Start the process.

        Args:
            program: What is wanted.
            scheduler: Decides which of the parallel calls goes on.
            save: Writes the state into the backend.
            checkpoints: Save around each step; else once, at the end.
            moment: Called between any two things that happen; may raise ``EngineKilled``.
            gone: Told each URN that a refresh does not find.
        """
        self._program = program
        self._plugins = {name: Plugin(config) for name, config in program.providers.items()}
        self._scheduler = scheduler
        self._save = save
        self._checkpoints = checkpoints
        self._moment = moment
        self._gone = gone
        self._running: dict[Task, Call] = {}
        self._outcome = Outcome()

    def preview(self, recorded: State) -> Outcome:
        """Say what an update would do, without asking anybody but the providers' ``check`` and ``diff``."""
        outcome = Outcome()
        unchanged: set[str] = set()

        def output(urn: str, name: str) -> Any:
            row = recorded.get(urn)
            return row.outputs.get(name) if row is not None and urn in unchanged else rpc.UNKNOWN

        for goal in self._program.goals:
            row = recorded.get(goal.urn)
            operation, _, failures = self._compare(goal, row, output)
            if operation == "same":
                unchanged.add(goal.urn)
            outcome.refused |= failures
            if operation != "same":
                outcome.steps.append((operation, goal.urn))
            if row is not None and row.protect and goal.protect and operation == "replace":
                outcome.refused[goal.urn] = "cannot be replaced because it is protected"
        for row in self._unwanted(recorded):
            outcome.steps.append(("delete", row.urn))
            if row.protect:
                outcome.refused[row.urn] = "cannot be deleted because it is protected"
        return outcome

    def up(self, recorded: State, *, refresh: bool = False) -> Outcome:
        """Bring everything to what the program wants."""
        state = recorded.copied()
        try:
            if refresh:
                self._refresh(state)
            if not self._outcome.failed:
                self._make(state)
            if not self._outcome.failed and not self._outcome.refused:
                self._remove(state)
            self._save(state)
        except EngineKilled:
            self._scheduler.kill()
            self._outcome.killed = True
        return self._outcome

    def _refresh(self, state: State) -> None:
        left = [row for row in state.rows if not row.doomed]
        while (left and not self._outcome.failed) or self._running:
            for row in self._startable(left):
                plugin = self._plugins[row.provider]
                read = Call(
                    urn=row.urn,
                    operation="read",
                    provider=row.provider,
                    work=lambda plugin=plugin, row=row: plugin.read(row.id, row.outputs),
                    then=lambda found, row=row: self._refreshed(state, row, found),
                )
                self._begin(state, read)
            self._work(state)

    def _refreshed(self, state: State, row: Row, found: tuple[Properties, Properties | None] | None) -> None:
        if found is None:
            self._outcome.steps.append(("gone", row.urn))
            self._gone(row.urn)
            state.drop(row)
            return
        outputs, inputs = found
        state.put(replace(row, outputs=outputs, inputs=row.inputs if inputs is None else inputs))

    def _make(self, state: State) -> None:
        done: set[str] = set()
        left = list(self._program.goals)
        while (left and not self._outcome.failed and not self._outcome.refused) or self._running:
            ready = [goal for goal in left if done.issuperset(goal.dependencies)]
            for goal in self._startable(ready):
                left.remove(goal)
                self._step(state, goal, done)
            self._work(state)

    def _step(self, state: State, goal: Goal, done: set[str]) -> None:
        row = state.get(goal.urn)
        operation, inputs, failures = self._compare(goal, row, lambda urn, name: output_of(state, urn, name))
        if failures:
            self._outcome.refused |= failures
            return
        plugin = self._plugins[goal.provider]

        def record(id_: str, outputs: Properties) -> None:
            state.put(row_of(goal, id_, inputs, outputs))
            done.add(goal.urn)

        if row is None:
            self._begin(state, self._creation(goal, inputs, record))
        elif operation == "same":
            record(row.id, row.outputs)
        elif operation == "update":
            update = Call(
                urn=goal.urn,
                operation="update",
                provider=goal.provider,
                work=lambda: plugin.update(row.id, row.outputs, inputs),
                then=lambda outputs: record(row.id, outputs),
            )
            self._begin(state, update)
        elif row.protect and goal.protect:
            self._outcome.refused[goal.urn] = "cannot be replaced because it is protected"
        else:
            self._replace(state, goal, row, inputs, record)

    def _creation(self, goal: Goal, inputs: Properties, record: Callable[[str, Properties], None]) -> Call:
        plugin = self._plugins[goal.provider]
        return Call(
            urn=goal.urn,
            operation="create",
            provider=goal.provider,
            work=lambda: plugin.create(inputs),
            then=lambda made: record(*made),
        )

    def _deletion(self, row: Row, then: Callable[[Any], None]) -> Call:
        plugin = self._plugins[row.provider]
        return Call(
            urn=row.urn,
            operation="delete",
            provider=row.provider,
            work=lambda: plugin.delete(row.id, row.outputs),
            then=then,
        )

    def _replace(
        self, state: State, goal: Goal, row: Row, inputs: Properties, record: Callable[[str, Properties], None]
    ) -> None:
        creation = self._creation(goal, inputs, record)

        def deleted(_: None) -> None:
            state.drop(row)
            self._begin(state, creation)

        if self._plugins[goal.provider].diff(row.id, row.outputs, inputs).delete_before_replace:
            self._begin(state, self._deletion(row, deleted))
        else:
            state.rows[state.rows.index(row)] = replace(row, doomed=True)
            self._begin(state, creation)

    def _remove(self, state: State) -> None:
        unwanted = self._unwanted(state)
        protected = [row for row in unwanted if row.protect]
        if protected:
            self._outcome.refused |= {row.urn: "cannot be deleted because it is protected" for row in protected}
            return
        while unwanted and not self._outcome.failed:
            # What nothing depends on goes first, all of it at once, and then the next layer.
            needed = {urn for row in unwanted for urn in row.dependencies}
            layer = [row for row in unwanted if row.urn not in needed or row.doomed]
            unwanted = [row for row in unwanted if row not in layer]
            while (layer and not self._outcome.failed) or self._running:
                for row in self._startable(layer):
                    self._begin(state, self._deletion(row, lambda _, row=row: state.drop(row)))
                self._work(state)

    def _compare(
        self, goal: Goal, row: Row | None, output: Callable[[str, str], Any]
    ) -> tuple[str, Properties, dict[str, str]]:
        """Check the new inputs and compare; gives operation, inputs to record, and what is wrong."""
        plugin = self._plugins[goal.provider]
        inputs, failures = plugin.check(row.inputs if row else {}, resolved(goal.inputs, output))
        if failures or row is None:
            return "create" if row is None else "same", inputs, failures
        difference = plugin.diff(row.id, row.outputs, inputs)
        assert difference.changes is not None, f"{goal.urn}: the provider leaves the comparison to the engine"
        if difference.replaces:
            return "replace", inputs, {}
        return "update" if difference.changes else "same", inputs, {}

    def _unwanted(self, state: State) -> list[Row]:
        wanted = {goal.urn for goal in self._program.goals}
        return [row for row in state.rows if row.doomed or row.urn not in wanted]

    def _startable(self, items: list[_Item]) -> Iterable[_Item]:
        """Take from a list what may be started now: each plugin process works on so many calls at once."""
        for item in tuple(items):
            if self._outcome.failed or self._outcome.refused:
                return
            if sum(1 for running in self._running.values() if running.provider == item.provider) < AT_ONCE:
                items.remove(item)
                yield item

    def _begin(self, state: State, call: Call) -> None:
        """Write down that a call begins, and begin it."""
        state.pending[call.urn] = call.operation
        self._checkpoint(state)
        if call.operation != "read":
            self._outcome.steps.append((call.operation, call.urn))
        self._running[self._scheduler.start(f"{call.operation} {call.urn}", call.work)] = call

    def _work(self, state: State) -> None:
        """Let one of the running calls go on, and write down what ended."""
        if not self._running:
            return
        self._moment()
        task = self._scheduler.step()
        if task is None:
            return
        self._moment()
        running = self._running.pop(task)
        state.pending.pop(running.urn, None)
        if task.error is None:
            running.then(task.result)
        elif isinstance(task.error, Exception) and not isinstance(task.error, AssertionError):
            self._outcome.failed[running.urn] = task.error
        else:
            assert not isinstance(task.error, Killed)
            raise task.error
        self._checkpoint(state)

    def _checkpoint(self, state: State) -> None:
        self._moment()
        if self._checkpoints:
            self._save(state.copied())
        self._moment()
