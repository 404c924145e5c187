"""What the lab's providers do alike: they check and compare arguments by a table of classes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental import provider as engine
from typing_extensions import override

from lab.plugins import schema
from lab.plugins.server import PluginError, own_type
from lab.plugins.values import UNKNOWN, plain, properties

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


class TableProvider(engine.Provider):
    """A provider whose classes are a table; a subclass does what is to be done."""

    def __init__(self, name: str, *, version: str, classes: Mapping[str, schema.ResourceClass]) -> None:
        """Say whom it stands in for.

        Args:
            name: the package's name.
            version: the package's version.
            classes: every class it provides, by token.
        """
        self._name = name
        self._version = version
        self._classes = classes

    def class_of(self, urn: str) -> schema.ResourceClass:
        """Find the class of a resource.

        Raises:
            PluginError: the lab has no such class.
        """
        token = own_type(urn)
        found = self._classes.get(token)
        if found is None:
            raise PluginError(f"resource type {token} is not one the lab provides; add it to lab/plugins/{self._name}")
        return found

    @override
    async def get_schema(self, request: engine.GetSchemaRequest) -> engine.GetSchemaResponse:
        return engine.GetSchemaResponse(json.dumps({"name": self._name, "version": self._version}))

    async def diff_config(self, request: engine.DiffRequest) -> engine.DiffResponse:
        return engine.DiffResponse(changes=plain(request.old_state) != plain(request.new_inputs))

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        found = schema.problems(self.class_of(request.urn), plain(request.new_inputs))
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures(found))

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        known = self.class_of(request.urn)
        return response(schema.differences(known, plain(request.old_state), plain(request.new_inputs)))

    def previewed(self, request: engine.CreateRequest) -> engine.CreateResponse:
        """Answer a preview of a creation: what was given, and unknown what it will have besides."""
        unknown = dict.fromkeys(self.class_of(request.urn).outputs, UNKNOWN)
        return engine.CreateResponse(None, properties({**unknown, **plain(request.properties)}))


def given(request: engine.CheckRequest) -> dict[str, Any]:
    """Give a provider's own arguments, without those that the engine adds."""
    inputs = plain(request.new_inputs)
    return {name: value for name, value in inputs.items() if name not in {"version", "pluginDownloadURL"}}


def failures(found: Iterable[schema.Problem]) -> list[engine.CheckFailure]:
    """Say problems in the engine's words."""
    return [engine.CheckFailure(problem.path, problem.reason) for problem in found]


def response(found: list[schema.Difference]) -> engine.DiffResponse:
    """Say differences in the engine's words."""
    return engine.DiffResponse(
        changes=bool(found),
        replaces=[difference.path for difference in found if difference.replaces],
        diffs=sorted({re.split(r"[.\[]", difference.path)[0] for difference in found}),
        detailed_diff={difference.path: engine.PropertyDiff(difference.kind, input_diff=False) for difference in found},
    )
