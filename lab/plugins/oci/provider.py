"""The oci provider as the engine sees it: checks, diffs, previews, and calls of the lab's cloud."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental import provider as engine
from typing_extensions import override

from lab.plugins import schema
from lab.plugins.oci import compute, dns, identity, network, objectstorage, public_ip, queries, recovery, storage
from lab.plugins.oci.cloud import Cloud
from lab.plugins.oci.containers import Containers
from lab.plugins.server import PluginError, own_type
from lab.plugins.tables import TableProvider, failures, given
from lab.plugins.values import UNKNOWN, has_unknown, plain, properties

if TYPE_CHECKING:
    from lab.plugins.oci.handler import Handler
    from lab.world import World

_TABLES = Path(__file__).parent / "classes"
_REGION = re.compile(r"[a-z]{2}-[a-z]+-\d")
_HANDLERS: tuple[type[Handler], ...] = (
    network.Vcn,
    network.InternetGateway,
    network.RouteTable,
    network.SecurityList,
    network.Subnet,
    compute.Instance,
    public_ip.PublicIp,
    storage.Volume,
    storage.VolumeAttachment,
    dns.Rrset,
    objectstorage.Bucket,
    objectstorage.ObjectLifecyclePolicy,
    identity.DynamicGroup,
    identity.Policy,
)


def resource_classes() -> dict[str, schema.ResourceClass]:
    """Every class the lab provides, by token."""
    names = ("network", "compute", "storage", "dns", "objectstorage", "identity")
    return {token: entry for name in names for token, entry in schema.load_classes(_TABLES / f"{name}.yml").items()}


def data_sources() -> dict[str, schema.ResourceClass]:
    """Every data source the lab provides, by token."""
    return dict(schema.load_classes(_TABLES / "data_sources.yml"))


def configuration() -> schema.ResourceClass:
    """What `oci.Provider` takes."""
    return schema.load_classes(_TABLES / "provider.yml")["pulumi:providers:oci"]


class OciProvider(TableProvider):
    """Dispatches to the handler of a class; everything that blocks runs in a thread."""

    def __init__(self, world: World, containers: Containers | None = None) -> None:
        super().__init__("oci", version="5.5.0", classes=resource_classes())
        self._world = world
        self._containers = containers or Containers(world)
        self._cloud: Cloud | None = None
        self._handlers: dict[str, Handler] = {}

    async def check_config(self, request: engine.CheckRequest) -> engine.CheckResponse:
        inputs = given(request)
        found = schema.problems(configuration(), _decoded(inputs))
        region = inputs.get("region")
        if region is None or (region != UNKNOWN and not _REGION.fullmatch(region)):
            found.append(schema.Problem("region", f"region {region} is not one of Oracle's regions"))
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures(found))

    @override
    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        region = plain(request.args).get("region") or request.variables.get("oci:config:region", "")
        self._cloud = Cloud(self._world, region)
        self._handlers = {handler.type: handler(self._cloud, self._containers) for handler in _HANDLERS}
        await asyncio.to_thread(recovery.sweep, self._cloud, self._handlers)
        # Without secrets the engine strips and marks again what was secret: nothing to keep here.
        return engine.ConfigureResponse(supports_preview=True)

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return self.previewed(request)
        record = await asyncio.to_thread(self._handler(own_type(request.urn)).create, inputs)
        return engine.CreateResponse(record.id, properties(record.outputs()))

    async def read(self, request: engine.ReadRequest) -> engine.ReadResponse:
        record = await asyncio.to_thread(self._connected.find, request.resource_id)
        if record is not None:
            record = await asyncio.to_thread(self._handler(own_type(request.urn)).read, record)
        if record is None:
            return engine.ReadResponse(None, {}, {})
        # A refresh hears of the arguments it asked with; an import, which asked with none, of all.
        asked = plain(request.inputs)
        inputs = {name: value for name, value in record.inputs.items() if not asked or name in asked}
        return engine.ReadResponse(record.id, properties(record.outputs()), properties(inputs))

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        inputs = plain(request.news)
        if request.preview:
            return engine.UpdateResponse(properties({**plain(request.olds), **inputs}))
        record = await asyncio.to_thread(self._connected.find, request.resource_id)
        if record is None:
            raise PluginError(f"404-NotAuthorizedOrNotFound, {own_type(request.urn)} {request.resource_id} not found")
        record = await asyncio.to_thread(self._handler(own_type(request.urn)).update, record, inputs)
        return engine.UpdateResponse(properties(record.outputs()))

    async def delete(self, request: engine.DeleteRequest) -> None:
        record = await asyncio.to_thread(self._connected.find, request.resource_id)
        if record is not None:
            await asyncio.to_thread(self._handler(own_type(request.urn)).delete, record)

    async def invoke(self, request: engine.InvokeRequest) -> engine.InvokeResponse:
        arguments = plain(request.args)
        known = data_sources().get(request.tok)
        if known is None:
            raise PluginError(f"data source {request.tok} is not one the lab provides; add it to lab/plugins/oci")
        found = failures(schema.problems(known, arguments))
        if found or has_unknown(arguments):
            return engine.InvokeResponse(None, found)
        result = await asyncio.to_thread(queries.FUNCTIONS[request.tok], self._connected, arguments)
        return engine.InvokeResponse(properties(result))

    @property
    def _connected(self) -> Cloud:
        if self._cloud is None:
            raise PluginError("the oci provider was used before it was configured")
        return self._cloud

    def _handler(self, token: str) -> Handler:
        return self._handlers[token.rsplit(":", 1)[1]]


def _decoded(values: dict[str, Any]) -> dict[str, Any]:
    """Provider arguments travel as strings, even booleans, numbers and lists."""
    words = {"true": True, "false": False}
    return {name: words.get(value, value) if isinstance(value, str) else value for name, value in values.items()}
