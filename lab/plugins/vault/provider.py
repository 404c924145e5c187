"""The vault provider as the engine sees it."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental import provider as engine
from typing_extensions import override

from lab.plugins import schema
from lab.plugins.server import PluginError, own_type
from lab.plugins.values import UNKNOWN, has_unknown, plain, properties
from lab.plugins.vault.resources import KINDS
from lab.plugins.vault.server_api import VaultServer

if TYPE_CHECKING:
    from lab.plugins.vault.resources import Kind

_CHILD_TOKEN_TTL_S = 1200
_PROVIDER = "pulumi:providers:vault"


def classes() -> dict[str, schema.ResourceClass]:
    """Every class the lab provides, and the provider's own arguments, by token."""
    return dict(schema.load_classes(Path(__file__).parent / "classes.yml"))


class VaultProvider(engine.Provider):
    """Drives a real server over HTTP, with a child token unless told otherwise."""

    def __init__(self) -> None:
        self._server: VaultServer | None = None

    @override
    async def get_schema(self, request: engine.GetSchemaRequest) -> engine.GetSchemaResponse:
        return engine.GetSchemaResponse('{"name": "vault", "version": "7.14.0"}')

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        inputs = _decoded(plain(request.new_inputs))
        known = {name: value for name, value in inputs.items() if name not in {"version", "pluginDownloadURL"}}
        failures = [engine.CheckFailure(one.path, one.reason) for one in schema.problems(classes()[_PROVIDER], known)]
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff_config(self, request: engine.DiffRequest) -> engine.DiffResponse:
        return engine.DiffResponse(changes=plain(request.old_state) != plain(request.new_inputs))

    @override
    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        given = _decoded({**_from_config(request.variables), **plain(request.args)})
        if not has_unknown(given):
            self._server = await asyncio.to_thread(_connect, given)
        return engine.ConfigureResponse(supports_preview=True)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        found = schema.problems(_class_of(own_type(request.urn)), plain(request.new_inputs))
        failures = [engine.CheckFailure(problem.path, problem.reason) for problem in found]
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures)

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        found = schema.differences(
            _class_of(own_type(request.urn)), plain(request.old_state), plain(request.new_inputs)
        )
        return engine.DiffResponse(
            changes=bool(found),
            replaces=[difference.path for difference in found if difference.replaces],
            diffs=sorted({re.split(r"[.\[]", difference.path)[0] for difference in found}),
            detailed_diff={
                difference.path: engine.PropertyDiff(difference.kind, input_diff=False) for difference in found
            },
        )

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            unknown = dict.fromkeys(_class_of(own_type(request.urn)).outputs, UNKNOWN)
            return engine.CreateResponse(None, properties({**unknown, **inputs}))
        kind = _kind(own_type(request.urn))
        id_ = await asyncio.to_thread(kind.create, self._connected, request.name, inputs)
        found = await asyncio.to_thread(kind.read, self._connected, id_)
        return engine.CreateResponse(id_, properties({**(found or {}), **inputs}))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        found = await asyncio.to_thread(_kind(own_type(request.urn)).read, self._connected, request.resource_id)
        if found is None:
            return engine.ReadResponse(None, {}, {})
        # A refresh hears of the arguments it asked with; an import, which asked with none, of all.
        asked = plain(request.inputs) or dict.fromkeys(_class_of(own_type(request.urn)).inputs)
        known = _class_of(own_type(request.urn)).inputs
        inputs = {name: value for name, value in found.items() if name in asked and name in known}
        return engine.ReadResponse(
            request.resource_id, properties({**plain(request.properties), **found}), properties(inputs)
        )

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        inputs = plain(request.news)
        if request.preview:
            return engine.UpdateResponse(properties({**plain(request.olds), **inputs}))
        kind = _kind(own_type(request.urn))
        await asyncio.to_thread(kind.update, self._connected, request.resource_id, inputs)
        found = await asyncio.to_thread(kind.read, self._connected, request.resource_id)
        return engine.UpdateResponse(properties({**(found or {}), **inputs}))

    async def delete(self, request: engine.DeleteRequest) -> None:
        await asyncio.to_thread(_kind(own_type(request.urn)).delete, self._connected, request.resource_id)

    @property
    def _connected(self) -> VaultServer:
        if self._server is None:
            raise PluginError("the vault provider is not configured: its address or token is not known yet")
        return self._server


def _connect(given: dict[str, Any]) -> VaultServer:
    address = given.get("address") or os.environ.get("VAULT_ADDR", "")
    token = given.get("token") or os.environ.get("VAULT_TOKEN", "")
    if not address:
        raise PluginError("no vault address: set vault:address or VAULT_ADDR")
    if not token:
        raise PluginError("no vault token set on Client: set vault:token or VAULT_TOKEN")
    server = VaultServer(address, token)
    if given.get("skipChildToken"):
        return server
    return server.child(given.get("tokenName", "terraform"), int(given.get("maxLeaseTtlSeconds", _CHILD_TOKEN_TTL_S)))


def _from_config(variables: dict[str, str]) -> dict[str, Any]:
    return {name.rsplit(":", 1)[1]: value for name, value in variables.items()}


def _decoded(values: dict[str, Any]) -> dict[str, Any]:
    """Provider arguments travel as strings, even booleans and numbers."""
    words = {"true": True, "false": False}
    return {
        name: _number(words.get(value, value)) if isinstance(value, str) else value for name, value in values.items()
    }


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, str) and value.isdigit() else value


def _kind(token: str) -> Kind:
    _class_of(token)
    return KINDS[token]


def _class_of(token: str) -> schema.ResourceClass:
    found = classes().get(token)
    if found is None:
        raise PluginError(f"resource type {token} is not one the lab provides; add it to lab/plugins/vault")
    return found
