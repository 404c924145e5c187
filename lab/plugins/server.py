"""Serve a provider to the engine: errors as plain sentences, log lines, and an end when the engine is gone."""

from __future__ import annotations

import asyncio
import concurrent.futures
import contextlib
import os
import sys
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio
from pulumi.provider.experimental.server import ProviderServicer
from pulumi.runtime import rpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS  # pyright: ignore[reportPrivateUsage]
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc, provider_pb2, provider_pb2_grpc
from typing_extensions import override

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from pulumi.provider.experimental.provider import Provider

_SIGNATURE: str = rpc._special_sig_key  # noqa: SLF001 # pyright: ignore[reportPrivateUsage] -- part of the protocol
_ASSET_SIGNATURES = {
    rpc._special_asset_sig,  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    rpc._special_archive_sig,  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
}
_PARENT_CHECK_S = 1.0
_WORKER_THREADS = 32
"""Blocking work (Docker, files) of resources that are made at the same time."""


class PluginError(Exception):
    """What the engine shows as the reason why an operation failed; must not hold a secret."""


def own_type(urn: str) -> str:
    """A resource's own type: a URN has those of its parents before it, joined by dollar signs.

    The `type` of the SDK's requests (3.259) leaves the parents in.
    """
    return urn.split("::")[-2].rpartition("$")[2]


class EngineLog:
    """The engine's log, where a provider's lines appear under the resource they belong to."""

    def __init__(self) -> None:
        self.address = ""
        """Where the engine listens; without it (tests) lines are dropped."""
        self._stub: Any = None

    async def line(self, urn: str, text: str, *, severity: str = "INFO") -> None:
        """Show one line; severity is DEBUG, INFO, WARNING or ERROR."""
        if not self.address:
            return
        if self._stub is None:
            channel = grpc.aio.insecure_channel(self.address, options=_GRPC_CHANNEL_OPTIONS)
            self._stub = engine_pb2_grpc.EngineStub(channel)
        request = engine_pb2.LogRequest(
            severity=engine_pb2.LogSeverity.Value(severity), message=text, urn=urn, streamId=0
        )
        # A log line that cannot be delivered must not fail the operation it tells of.
        with contextlib.suppress(grpc.aio.AioRpcError):
            await self._stub.Log(request)


class Servicer(ProviderServicer):
    """The SDK's servicer with two repairs: a PluginError reaches the user as its own sentence, and assets arrive whole.

    Of recorded assets the engine sends only the digest, which the SDK (3.259) cannot read; of new ones the SDK loses
    the digest, and without it the engine cannot tell later whether they changed.
    """


def _improved(name: str) -> Callable[..., Awaitable[Any]]:
    inner: Callable[..., Awaitable[Any]] = getattr(ProviderServicer, name)

    async def method(self: Servicer, request: Any, context: Any) -> Any:
        for part in ("olds", "news", "properties", "inputs"):
            if hasattr(request, part):
                replace_elided_assets(getattr(request, part))
        try:
            response = await inner(self, request, context)
        except PluginError as error:
            await context.abort(grpc.StatusCode.UNKNOWN, str(error))
            raise  # abort has raised already
        for part in ("news", "properties"):
            for answer in ("inputs", "properties"):
                if hasattr(request, part) and hasattr(response, answer):
                    restore_assets(getattr(request, part), getattr(response, answer))
        return response

    return method


for _name in ("Configure", "Check", "Diff", "Create", "Read", "Update", "Delete", "Invoke"):
    setattr(Servicer, _name, _improved(_name))


def replace_elided_assets(properties: Any) -> None:
    """Put the digest, as a plain string, where the engine left an asset's content out."""
    for name, value in properties.fields.items():
        if _is_asset(value):
            fields = value.struct_value.fields
            if not {"path", "text", "uri", "assets"} & set(fields):
                properties.fields[name].string_value = fields["hash"].string_value
        elif value.HasField("struct_value"):
            replace_elided_assets(value.struct_value)


def restore_assets(sent: Any, answered: Any) -> None:
    """Give assets that come back as they were sent their digest again."""
    for name, value in sent.fields.items():
        if _is_asset(value) and name in answered.fields:
            answered.fields[name].CopyFrom(value)


def _is_asset(value: Any) -> bool:
    if not value.HasField("struct_value"):
        return False
    fields = value.struct_value.fields
    return _SIGNATURE in fields and fields[_SIGNATURE].string_value in _ASSET_SIGNATURES


class EchoingServicer(Servicer):
    """For a provider that never looks: what the engine asks about is answered as it was sent, assets and all."""

    @override
    async def Read(self, request: Any, context: Any) -> Any:
        return provider_pb2.ReadResponse(id=request.id, properties=request.properties, inputs=request.inputs)


def serve(
    version: str, provider: Provider, *, log: EngineLog | None = None, servicer: type[Servicer] = Servicer
) -> None:
    """Serve the provider to the engine that started this process, until the engine ends it or is gone.

    A killed engine leaves no plugin behind: an operation under way is dropped, as if the machine had lost its
    network, and what it had made so far is swept by the next plugin of the same world.
    """
    engine_address = next(argument for argument in sys.argv[1:] if not argument.startswith("-"))
    if log is not None:
        log.address = engine_address
    asyncio.run(_serve(servicer(sys.argv[1:], version, provider, engine_address=engine_address)))


async def _serve(servicer: Servicer) -> None:
    executor = concurrent.futures.ThreadPoolExecutor(max_workers=_WORKER_THREADS)
    asyncio.get_running_loop().set_default_executor(executor)
    server = grpc.aio.server(options=_GRPC_CHANNEL_OPTIONS)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(servicer, server)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    await _parent_gone(os.getppid())
    # Worker threads may be in the middle of something; waiting for them is what must not happen.
    os._exit(1)


async def _parent_gone(parent: int) -> None:
    while os.getppid() == parent:  # noqa: ASYNC110 — the kernel tells of it in no other way that asyncio hears
        await asyncio.sleep(_PARENT_CHECK_S)
