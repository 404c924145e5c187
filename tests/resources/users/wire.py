"""What the engine does to properties on their way to a provider and back."""

import asyncio
from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.dynamic import CheckResult, CreateResult, DiffResult, ReadResult, ResourceProvider, UpdateResult
from pulumi.runtime import rpc


def sent(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Pass properties over the wire: numbers become floats, tuples lists, and what is None vanishes."""
    loop = asyncio.new_event_loop()
    try:
        wire: Struct = loop.run_until_complete(rpc.serialize_properties({**properties, "__provider": "reference"}, {}))
    finally:
        loop.close()
    received = Struct()
    received.ParseFromString(wire.SerializeToString())
    return rpc.deserialize_properties(received, keep_unknowns=True)


class Life:
    """One resource in the hands of the engine: its inputs and outputs as the state has them."""

    def __init__(self, provider: ResourceProvider) -> None:
        self.provider = provider
        self.id: str | None = None
        self.inputs: dict[str, Any] = {}
        self.outputs: dict[str, Any] = {}

    def check(self, inputs: Mapping[str, Any]) -> CheckResult:
        """Check new inputs against the recorded ones."""
        return self.provider.check(sent(self.inputs) if self.inputs else {}, sent(inputs))

    def diff(self, inputs: Mapping[str, Any]) -> DiffResult:
        """Compare new inputs with what is recorded."""
        assert self.id is not None
        return self.provider.diff(self.id, sent(self.outputs), sent(self.check(inputs).inputs))

    def up(self, inputs: Mapping[str, Any]) -> str:
        """Bring the resource to new inputs; returns the step: create, same, update or replace."""
        checked = self.check(inputs)
        assert not checked.failures, [failure.reason for failure in checked.failures]
        if self.id is None:
            self._record(checked.inputs, self.provider.create(sent(checked.inputs)))
            return "create"
        difference = self.diff(inputs)
        if difference.replaces:
            return self._replace(checked.inputs, delete_first=bool(difference.delete_before_replace))
        if not difference.changes:
            self.inputs = checked.inputs
            return "same"
        updated = self.provider.update(self.id, sent(self.outputs), sent(checked.inputs))
        self._keep(checked.inputs, updated)
        return "update"

    def refresh(self) -> str:
        """Read the resource; returns what the engine would show: gone, drift or same."""
        assert self.id is not None
        found: ReadResult = self.provider.read(self.id, sent(self.outputs))
        if found.id is None:
            self.id, self.inputs, self.outputs = None, {}, {}
            return "gone"
        before = self.outputs
        self.outputs = without_provider(found.outs or {})
        if found.inputs is not None:
            self.inputs = without_provider(found.inputs)
        return "same" if sent(before) == sent(self.outputs) else "drift"

    def delete(self) -> None:
        """Delete the resource as recorded."""
        assert self.id is not None
        self.provider.delete(self.id, sent(self.outputs))
        self.id, self.inputs, self.outputs = None, {}, {}

    def _replace(self, inputs: dict[str, Any], *, delete_first: bool) -> str:
        assert self.id is not None
        assert delete_first, "a replacement that creates first is not played here"
        self.provider.delete(self.id, sent(self.outputs))
        self._record(inputs, self.provider.create(sent(inputs)))
        return "replace"

    def _record(self, inputs: dict[str, Any], created: CreateResult) -> None:
        self.id = created.id
        self._keep(inputs, created)

    def _keep(self, inputs: dict[str, Any], result: CreateResult | UpdateResult) -> None:
        self.inputs = without_provider(inputs)
        self.outputs = without_provider(result.outs or {})


def without_provider(properties: Mapping[str, Any]) -> dict[str, Any]:
    """Drop what the plugin adds by itself."""
    return {key: value for key, value in properties.items() if key != "__provider"}
