"""The vault provider as the engine sees it."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental import provider as engine
from typing_extensions import override

from lab.plugins import schema
from lab.plugins.server import PluginError
from lab.plugins.tables import TableProvider, failures, given
from lab.plugins.values import has_unknown, plain, properties
from lab.plugins.vault.resources import KINDS
from lab.plugins.vault.server_api import VaultServer

if TYPE_CHECKING:
    from lab.plugins.vault.resources import Kind

_CHILD_TOKEN_TTL_S = 1200
_PROVIDER = "pulumi:providers:vault"


def classes() -> dict[str, schema.ResourceClass]:
    """Every class the lab provides, and the provider's own arguments, by token."""
    return dict(schema.load_classes(Path(__file__).parent / "classes.yml"))


class VaultProvider(TableProvider):
    """Drives a real server over HTTP, with a child token unless told otherwise."""

    def __init__(self) -> None:
        super().__init__("vault", version="7.14.0", classes=classes())
        self._server: VaultServer | None = None

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        found = schema.problems(classes()[_PROVIDER], _decoded(given(request)))
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures(found))

    @override
    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        arguments = _decoded({**_from_config(request.variables), **plain(request.args)})
        if not has_unknown(arguments):
            self._server = await asyncio.to_thread(_connect, arguments)
        return engine.ConfigureResponse(supports_preview=True)

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return self.previewed(request)
        kind = self._kind(request.urn)
        id_ = await asyncio.to_thread(kind.create, self._connected, request.name, inputs)
        found = await asyncio.to_thread(kind.read, self._connected, id_)
        return engine.CreateResponse(id_, properties({**(found or {}), **inputs}))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        found = await asyncio.to_thread(self._kind(request.urn).read, self._connected, request.resource_id)
        if found is None:
            return engine.ReadResponse(None, {}, {})
        # A refresh hears of the arguments it asked with; an import, which asked with none, of all.
        known = self.class_of(request.urn).inputs
        asked = plain(request.inputs) or dict.fromkeys(known)
        inputs = {name: value for name, value in found.items() if name in asked and name in known}
        return engine.ReadResponse(
            request.resource_id, properties({**plain(request.properties), **found}), properties(inputs)
        )

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        inputs = plain(request.news)
        if request.preview:
            return engine.UpdateResponse(properties({**plain(request.olds), **inputs}))
        kind = self._kind(request.urn)
        await asyncio.to_thread(kind.update, self._connected, request.resource_id, inputs)
        found = await asyncio.to_thread(kind.read, self._connected, request.resource_id)
        return engine.UpdateResponse(properties({**(found or {}), **inputs}))

    async def delete(self, request: engine.DeleteRequest) -> None:
        await asyncio.to_thread(self._kind(request.urn).delete, self._connected, request.resource_id)

    def _kind(self, urn: str) -> Kind:
        return KINDS[self.class_of(urn).token]

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
