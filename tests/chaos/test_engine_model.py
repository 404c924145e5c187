"""The model of the engine takes the steps that the real one takes, and remembers what that one remembers."""

import random
from typing import Any

import pytest

from tests.chaos.clock import Clock
from tests.chaos.engine.program import Goal, Program
from tests.chaos.engine.run import Engine
from tests.chaos.engine.state import State
from tests.chaos.engine.steps import EngineKilled, Outcome
from tests.chaos.engine.wire import PROVIDER, over_the_wire
from tests.chaos.scheduler import Scheduler
from tests.chaos.things import Thing, reference
from tests.resources.users.wire import sent


def goal(name: str, value: str = "good", *after: str, protect: bool = False, **more: Any) -> Goal:
    """Want a thing."""
    return Goal(
        urn=f"Thing::{name}",
        type="Thing",
        name=name,
        inputs={"name": name, "value": value, **more, PROVIDER: reference()},
        protect=protect,
        dependencies=tuple(f"Thing::{other}" for other in after),
        provider="",
    )


class Stack:
    """A backend, and commands on it."""

    def __init__(self) -> None:
        self.backend = State()
        self.saves = 0
        self.moments_to_live: int | None = None

    def engine(self, *goals: Goal, checkpoints: bool = True) -> Engine:
        """Start a command."""
        Thing.calls.clear()
        Thing.now.clear()
        Thing.most = 0
        scheduler = Scheduler(random.Random(1), Clock())  # noqa: S311 — to be had again
        Thing.scheduler = scheduler
        program = Program(goals=goals, providers={"": {}})
        return Engine(program, scheduler, self._save, checkpoints=checkpoints, moment=self._moment)

    def up(self, *goals: Goal, refresh: bool = False, checkpoints: bool = True) -> Outcome:
        """Update."""
        return self.engine(*goals, checkpoints=checkpoints).up(self.backend, refresh=refresh)

    def recorded(self) -> list[str]:
        """Name what the backend has."""
        return sorted(row.urn.removeprefix("Thing::") for row in self.backend.rows)

    def _save(self, state: State) -> None:
        self.backend = state
        self.saves += 1

    def _moment(self) -> None:
        if self.moments_to_live is not None:
            self.moments_to_live -= 1
            if self.moments_to_live < 0:
                raise EngineKilled


@pytest.fixture
def stack() -> Stack:
    """An empty one."""
    return Stack()


def test_what_others_wait_for_is_made_first_and_deleted_last(stack: Stack) -> None:
    assert stack.up(goal("a"), goal("b", "good", "a")).ok
    assert Thing.calls == ["create a", "create b"]

    assert stack.up().ok
    assert Thing.calls == ["delete b", "delete a"]


def test_a_plugin_works_on_four_calls_at_once_and_no_more(stack: Stack) -> None:
    assert stack.up(*[goal(f"thing {number}") for number in range(9)]).ok

    assert Thing.most == 4


def test_nothing_is_done_to_what_stays_the_same(stack: Stack) -> None:
    stack.up(goal("a"))

    assert stack.up(goal("a")).steps == []
    assert Thing.calls == []


def test_what_changes_is_updated_and_what_moves_is_made_before_the_old_one_goes(stack: Stack) -> None:
    stack.up(goal("a"), goal("b", identity="one"))

    assert stack.up(goal("a", "other"), goal("b", identity="two")).ok

    assert sorted(Thing.calls[:2]) == ["create b", "update a"]
    assert Thing.calls[2:] == ["delete b"]


def test_what_cannot_be_there_twice_is_deleted_before_it_is_made_again(stack: Stack) -> None:
    stack.up(goal("a"))

    assert stack.up(goal("a", identity="deleted first")).ok

    assert Thing.calls == ["delete a", "create a"]


def test_a_refusal_of_check_stops_the_preview_and_nothing_is_done(stack: Stack) -> None:
    outcome = stack.engine(goal("a"), goal("b", "refused")).preview(stack.backend)

    assert outcome.refused == {"name": "refused"}
    assert Thing.calls == []


def test_what_is_protected_is_not_deleted_and_the_preview_says_so(stack: Stack) -> None:
    stack.up(goal("a", protect=True))

    assert stack.engine().preview(stack.backend).refused
    assert stack.up().refused
    assert stack.recorded() == ["a"]


def test_what_loses_its_protection_can_go_in_the_next_update(stack: Stack) -> None:
    stack.up(goal("a", protect=True))
    stack.up(goal("a"))

    assert stack.up().ok
    assert stack.recorded() == []


def test_a_failed_create_is_not_recorded_and_nothing_new_begins_after_it(stack: Stack) -> None:
    outcome = stack.up(goal("a", "fails"), goal("b", "good", "a"), goal("c"))

    assert list(outcome.failed) == ["Thing::a"]
    assert stack.recorded() == ["c"]


def test_a_refresh_forgets_what_is_gone_and_the_same_command_makes_it_again(stack: Stack) -> None:
    stack.up(goal("a", "vanishes"))

    assert stack.up(goal("a"), refresh=True).ok

    assert Thing.calls == ["read a", "create a"]


def test_a_kill_between_effect_and_checkpoint_leaves_a_pending_create_and_no_row(stack: Stack) -> None:
    stack.moments_to_live = 3  # before and after the checkpoint of its begin, and one more: the call is under way

    assert stack.up(goal("a")).killed

    assert Thing.calls == ["create a"]
    assert stack.recorded() == []
    assert stack.backend.pending == {"Thing::a": "create"}


def test_without_checkpoints_a_kill_forgets_everything_since_the_start(stack: Stack) -> None:
    stack.moments_to_live = 12

    assert stack.up(*[goal(f"thing {number}") for number in range(6)], checkpoints=False).killed

    assert Thing.calls
    assert stack.saves == 0


def test_properties_come_out_of_the_models_wire_as_out_of_the_engines() -> None:
    properties = {"text": "ä", "number": 2048, "none": None, "flag": True, "tuple": ("a", "b"), "inner": {"n": 1}}

    theirs = sent(properties)
    theirs.pop(PROVIDER)

    assert over_the_wire(properties) == theirs
