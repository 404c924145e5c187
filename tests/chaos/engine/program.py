"""What the program asks for: the real ``People`` component, registered with an engine that only listens."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any
from unittest import mock

import pulumi
from pulumi.dynamic import Resource
from pulumi.runtime.mocks import MockResourceArgs
from pulumi.runtime.proto.source_pb2 import StackTrace

from core.desired import DesiredState
from tests.chaos.engine.wire import Properties
from tests.engine import Engine
from users.provision import People, PeopleArgs

_OUTPUT = "an output of "
_PROVIDER_TYPE = "pulumi:providers:pulumi-python"


@dataclass(frozen=True, kw_only=True)
class Goal:
    """One resource as the program wants it, in the order of registration."""

    urn: str
    type: str
    name: str
    inputs: dict[str, Any]
    protect: bool
    dependencies: tuple[str, ...]
    provider: str
    """Name of its explicit provider; empty on the default one."""


@dataclass(frozen=True, kw_only=True)
class Program:
    """All goals, and the config of each provider by name."""

    goals: tuple[Goal, ...]
    providers: dict[str, dict[str, Any]]


def program_of(state: DesiredState, host_inputs: dict[str, str]) -> Program:
    """Run the program for what should be; all domains are on the first host."""
    engine = _Listening()

    def run() -> None:
        provider = pulumi.ProviderResource("pulumi-python", "mail-host-1", dict(host_inputs))
        People("people", PeopleArgs(state=state, providers={1: provider}))

    # Where in the program a resource stands is told to the engine, and costs more than all the rest.
    with mock.patch("pulumi.runtime.resource._get_stack_trace", StackTrace):
        engine.run(run)
    providers: dict[str, dict[str, Any]] = {"": {}}
    goals: list[Goal] = []
    for registered in engine.registered:
        if registered.type == _PROVIDER_TYPE:
            providers[registered.name] = registered.inputs
        elif registered.options.custom:
            goals.append(
                Goal(
                    urn=_urn(registered.type, registered.name),
                    type=registered.type.rpartition(":")[2],
                    name=registered.name,
                    inputs=registered.inputs,
                    protect=bool(registered.options.protect),
                    dependencies=_dependencies(registered.options.dependencies, registered.name),
                    provider=registered.provider,
                )
            )
    return Program(goals=_in_order(goals), providers=providers)


class _Listening(Engine):
    """Answers outputs with words that say whose they are, as they are known only when the resource is there."""

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        id_, outputs = super().new_resource(args)
        kind = args.typ.rpartition(":")[2]
        return id_, {**outputs, **{name: f"{_OUTPUT}{kind}::{args.name}:{name}" for name in _outputs_of(kind)}}


@cache
def _outputs_of(kind: str) -> tuple[str, ...]:
    """Name the outputs that a kind of resource declares."""
    classes = {one.__name__: one for one in Resource.__subclasses__() if one.__module__.startswith("users.")}
    return tuple(classes[kind].__annotations__) if kind in classes else ()


def resolved(inputs: Properties, output: Callable[[str, str], Any]) -> Properties:
    """Put outputs of other resources where they are used.

    Args:
        inputs: Of a goal.
        output: Gives an output by URN and name.
    """
    found: Properties = {}
    for key, value in inputs.items():
        if isinstance(value, str) and value.startswith(_OUTPUT):
            urn, _, name = value.removeprefix(_OUTPUT).rpartition(":")
            found[key] = output(urn, name)
        else:
            found[key] = value
    return found


def _urn(type_: str, name: str) -> str:
    return f"{type_.rpartition(':')[2]}::{name}"


def _dependencies(urns: Any, name: str) -> tuple[str, ...]:
    """Give the URNs of the resources it waits for, components and providers left out."""
    found = (_urn(urn.split("::")[2].rpartition("$")[2], urn.rpartition("::")[2]) for urn in urns)
    return tuple(sorted(urn for urn in found if not urn.startswith(("People::", "pulumi-python::"))))


def _in_order(goals: list[Goal]) -> tuple[Goal, ...]:
    """Put each after what it waits for, else by type and name: the listening engine hears them in no fixed order."""
    left, done, order = sorted(goals, key=lambda goal: goal.urn), set[str](), list[Goal]()
    while left:
        ready = [goal for goal in left if done.issuperset(goal.dependencies)]
        assert ready, (
            f"resources wait for one another or for nobody: {[(goal.urn, goal.dependencies) for goal in left]}"
        )
        order += ready
        done |= {goal.urn for goal in ready}
        left = [goal for goal in left if goal.urn not in done]
    return tuple(order)
