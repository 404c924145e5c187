"""The command provider as the engine sees it: pulumi-command 1.2.1's rules of when something runs."""

from __future__ import annotations

import asyncio
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pulumi.provider.experimental import provider as engine
from typing_extensions import override

from lab.plugins import schema
from lab.plugins.command import copying, session
from lab.plugins.command.connection import connect
from lab.plugins.server import EngineLog, own_type
from lab.plugins.tables import TableProvider, failures, response
from lab.plugins.values import UNKNOWN, is_asset, plain, properties

if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMAND = "command:remote:Command"
_COPY = "command:remote:CopyToRemote"
_SOURCE_DIGEST = "__sourceDigest"
"""An output only the plugin sees: an update hears the engine's digest of the old asset, and not of the new one."""
_LOGGING = ("stdout", "stderr", "stdoutAndStderr", "none")


def resource_classes() -> dict[str, schema.ResourceClass]:
    """Every class the lab provides, by token."""
    return dict(schema.load_classes(Path(__file__).parent / "classes.yml"))


class CommandProvider(TableProvider):
    """Nothing touches the network but create, update and delete."""

    def __init__(self, log: EngineLog) -> None:
        super().__init__("command", version="1.2.1", classes=resource_classes())
        self._log = log

    @override
    async def configure(self, request: engine.ConfigureRequest) -> engine.ConfigureResponse:
        return engine.ConfigureResponse(supports_preview=True)

    async def check(self, request: engine.CheckRequest) -> engine.CheckResponse:
        inputs = plain(request.new_inputs)
        found = schema.problems(self.class_of(request.urn), inputs)
        if own_type(request.urn) == _COPY and "source" in inputs:
            reason = copying.source_problem(inputs["source"])
            if reason:
                found.append(schema.Problem("asset", reason))
        if inputs.get("logging") not in (None, UNKNOWN, *_LOGGING):
            found.append(schema.Problem("logging", f"logging is none of {', '.join(_LOGGING)}"))
        return engine.CheckResponse(inputs=request.new_inputs, failures=failures(found))

    async def diff(self, request: engine.DiffRequest) -> engine.DiffResponse:
        old, new = plain(request.old_state), plain(request.new_inputs)
        if own_type(request.urn) == _COPY:
            # The engine sends both sides as its own digests.
            old["source"] = await _digest_of(old.get("source"))
            new["source"] = await _digest_of(new["source"])
        return response(schema.differences(self.class_of(request.urn), old, new))

    async def create(self, request: engine.CreateRequest) -> engine.CreateResponse:
        inputs = plain(request.properties)
        if request.preview:
            return engine.CreateResponse(None, properties(_previewed(own_type(request.urn), inputs)))
        id_ = f"{request.name}{secrets.token_hex(4)}" if own_type(request.urn) == _COMMAND else secrets.token_hex(4)
        if own_type(request.urn) == _COPY:
            return engine.CreateResponse(id_, properties(await _copied(inputs)))
        outputs = await self._run(request.urn, inputs, inputs.get("create"), {})
        return engine.CreateResponse(id_, properties({**inputs, **outputs}))

    async def update(self, request: engine.UpdateRequest) -> engine.UpdateResponse:
        old, inputs = plain(request.olds), plain(request.news)
        if request.preview:
            return engine.UpdateResponse(properties(_previewed(own_type(request.urn), inputs)))
        if own_type(request.urn) == _COPY:
            is_new = await _digest_of(inputs["source"]) != old.get(_SOURCE_DIGEST)
            if is_new or inputs["remotePath"] != old.get("remotePath"):
                return engine.UpdateResponse(properties(await _copied(inputs)))
            # Another connection alone copies nothing, on the real one too.
            return engine.UpdateResponse(properties({**inputs, _SOURCE_DIGEST: old.get(_SOURCE_DIGEST)}))
        command = inputs.get("update") if inputs.get("update") is not None else inputs.get("create")
        outputs = await self._run(request.urn, inputs, command, old)
        return engine.UpdateResponse(properties({**inputs, **outputs}))

    async def delete(self, request: engine.DeleteRequest) -> None:
        old = plain(request.properties)
        if own_type(request.urn) == _COMMAND and old.get("delete") is not None:
            await self._run(request.urn, old, old["delete"], old)

    async def _run(
        self, urn: str, inputs: Mapping[str, Any], command: str | None, old: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Run one command; without one there is nothing to do and the old output stands."""
        previous = {name: old.get(name) or "" for name in ("stdout", "stderr")}
        if command is None:
            return previous
        logging = inputs.get("logging", "stdoutAndStderr")
        with_previous = inputs.get("addPreviousOutputInEnv", True)
        line = session.CommandLine(
            command,
            environment=inputs.get("environment") or {},
            previous_output={
                f"PULUMI_COMMAND_{name.upper()}": text for name, text in previous.items() if text and with_previous
            },
            stdin=inputs.get("stdin") or "",
            logs_stdout=logging in {"stdout", "stdoutAndStderr"},
            logs_stderr=logging in {"stderr", "stdoutAndStderr"},
        )

        async def log(severity: str, text: str) -> None:
            await self._log.line(urn, text, severity=severity)

        async with await connect(inputs["connection"]) as connection:
            output = await session.run(connection, line, log)
            return {"stdout": output.stdout, "stderr": output.stderr}
        raise AssertionError("a connection does not swallow errors")


async def _copied(inputs: Mapping[str, Any]) -> dict[str, Any]:
    async with await connect(inputs["connection"]) as connection:
        await copying.copy(connection, inputs["source"], inputs["remotePath"])
    return {**inputs, _SOURCE_DIGEST: await _digest_of(inputs["source"])}


def _previewed(token: str, inputs: Mapping[str, Any]) -> dict[str, Any]:
    unknown = {"stdout": UNKNOWN, "stderr": UNKNOWN} if token == _COMMAND else {}
    return {**inputs, **unknown}


async def _digest_of(source: Any) -> Any:
    """What a source holds, as a digest; a digest or an unknown stays what it is."""
    if not is_asset(source):
        return source
    return (await asyncio.to_thread(copying.read, source)).digest
