"""What a command of the engine is made of: the calls of providers, what is recorded of them, how it ended."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tests.chaos.engine.program import Goal
from tests.chaos.engine.state import Row, State
from tests.chaos.engine.wire import Properties


class EngineKilled(Exception):  # noqa: N818 — what was asked for
    """The engine got SIGKILL."""


@dataclass
class Outcome:
    """How a command ended."""

    refused: dict[str, str] = field(default_factory=dict[str, str])
    """Sentences of ``check``, and of the engine for what is protected, by name; nothing was done."""
    failed: dict[str, BaseException] = field(default_factory=dict[str, BaseException])
    """Steps that failed, by URN."""
    steps: list[tuple[str, str]] = field(default_factory=list[tuple[str, str]])
    """What was done or, in a preview, would be: operation and URN; without what stays the same."""
    killed: bool = False

    @property
    def ok(self) -> bool:
        """Whether it ended with success."""
        return not (self.refused or self.failed or self.killed)


@dataclass(frozen=True, kw_only=True)
class Call:
    """One call of a provider."""

    urn: str
    operation: str
    provider: str
    work: Callable[[], Any]
    then: Callable[[Any], None]
    """Records the result."""


def output_of(state: State, urn: str, name: str) -> Any:
    """Give an output of a resource that is done."""
    row = state.get(urn)
    assert row is not None, f"{urn} is waited for and not there"
    return row.outputs.get(name)


def row_of(goal: Goal, id_: str, inputs: Properties, outputs: Properties) -> Row:
    return Row(
        urn=goal.urn,
        id=id_,
        inputs=inputs,
        outputs=outputs,
        protect=goal.protect,
        dependencies=goal.dependencies,
        provider=goal.provider,
    )
