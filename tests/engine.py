"""A stand-in for the Pulumi engine that remembers what was registered and looked up."""

import asyncio
import gc
import warnings
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any
from unittest import mock

import pulumi
from pulumi.runtime.mocks import MockCallArgs, MockMonitor, MockResourceArgs, Mocks

ADDRESS = "203.0.113.7"
HOST_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIFakeFakeFakeFakeFakeFakeFakeFakeFakeFakeFake"

_INSTANCE = "oci:Core/instance:Instance"
_PUBLIC_IP = "oci:Core/publicIp:PublicIp"
_COMMAND = "command:remote:Command"
_DYNAMIC = "pulumi-python:dynamic/mailstead:"

# What clouds and hosts would add to a resource's inputs.
_ADDED: Mapping[str, Mapping[str, Any]] = {
    _INSTANCE: {"privateIp": "10.20.0.5"},
    _PUBLIC_IP: {"ipAddress": ADDRESS},
    _COMMAND: {"stdout": "done", "stderr": ""},
    "pulumi:pulumi:StackReference": {"outputs": {}},
    f"{_DYNAMIC}HostKey": {"host_key": HOST_KEY},
    f"{_DYNAMIC}DkimKey": {"public_key": "MIIB", "dns_text": "v=DKIM1;k=rsa;p=MIIB"},
    f"{_DYNAMIC}DkimPair": {"public_key": "MIIC", "dns_text": "v=DKIM1;k=rsa;p=MIIC"},
    f"{_DYNAMIC}VaultSecret": {"made": "2026-11-22T13:50:00+00:00"},
}
_LOOKED_UP: Mapping[str, Mapping[str, Any]] = {
    "oci:Core/getImages:getImages": {"images": [{"id": "ocid1.image.newest"}, {"id": "ocid1.image.older"}]},
    "oci:Core/getPrivateIps:getPrivateIps": {"privateIps": [{"id": "ocid1.privateip.first"}]},
    "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": {
        "availabilityDomains": [{"name": "Uocm:EXAMPLE-AD-1"}, {"name": "Uocm:EXAMPLE-AD-2"}]
    },
}


@dataclass(frozen=True, kw_only=True)
class Registration:
    """One registered resource: what it was asked to be, and under which conditions."""

    type: str
    name: str
    inputs: dict[str, Any]
    options: Any
    """The request itself: protect, ignoreChanges, deleteBeforeReplace, replacement_trigger, provider …"""

    @property
    def after(self) -> set[str]:
        """Names of the resources it waits for."""
        return {urn.rpartition("::")[2] for urn in self.options.dependencies}

    @property
    def provider(self) -> str:
        """Name of its explicit provider; empty on a default one."""
        return self.options.provider.rpartition("::")[0].rpartition("::")[2]


class Engine(Mocks):
    """Answers every registration with its own inputs, every look-up from a table, and keeps them all."""

    def __init__(self, *, looked_up: Mapping[str, Mapping[str, Any]] | None = None) -> None:
        """Start with nothing registered; ``looked_up`` replaces answers of the table."""
        self.registered: list[Registration] = []
        self.calls: list[MockCallArgs] = []
        self.outputs: dict[str, Any] = {}  # what the program exported
        self._looked_up = {**_LOOKED_UP, **(looked_up or {})}

    def new_resource(self, args: MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        return f"{args.name}-id", {**args.inputs, **_ADDED.get(args.typ, {})}

    def call(self, args: MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        self.calls.append(args)
        if args.token not in self._looked_up:
            raise AssertionError(f"the program looked up {args.token}, which no test expects")
        return dict(self._looked_up[args.token]), []

    def run(self, program: Callable[[], object], *, config: Mapping[str, str] | None = None) -> None:
        """Run a program to its end: every registration is in when this returns."""
        loop = asyncio.new_event_loop()  # of this run alone: another test may have taken the thread's away
        asyncio.set_event_loop(loop)
        try:
            self._run(program, dict(config or {}))
        except BaseException:
            _leave_nothing(loop)
            raise
        finally:
            # What a later test logs shall go where it goes without an engine, and not to these mocks.
            pulumi.runtime.settings.reset_options()
            asyncio.set_event_loop(None)
            loop.close()

    def _run(self, program: Callable[[], object], config: dict[str, str]) -> None:
        pulumi.runtime.set_mocks(self, monitor=_Monitor(self), project="mailstead", stack="test", preview=False)
        pulumi.runtime.set_all_config(config)

        ends: list[Callable[[], Awaitable[None]]] = []  # the SDK's own test runner knows nothing of pulumi.run

        def with_outputs() -> pulumi.Output[None]:
            with mock.patch.object(pulumi, "run", ends.append):
                program()
            exported = getattr(pulumi.runtime.get_root_resource(), "outputs", {})
            ended = pulumi.Output.all(dict(exported), *(end() for end in ends))
            return ended.apply(lambda known: self.outputs.update(known[0]))

        pulumi.runtime.test(with_outputs)()

    def one(self, type_: str, name: str) -> Registration:
        """Give the one resource of this type (its last part) and name."""
        found = [it for it in self.registered if it.type.rpartition(":")[2] == type_ and it.name == name]
        known = sorted(f"{it.type.rpartition(':')[2]} {it.name}" for it in self.registered)
        assert len(found) == 1, f"{len(found)} of {type_} {name}; there are {known}"
        return found[0]

    def names(self, type_: str) -> list[str]:
        """Name all resources of a type, in order of name."""
        return sorted(it.name for it in self.registered if it.type.rpartition(":")[2] == type_)


class _Monitor(MockMonitor):
    """Keeps the requests, whose options the mocks do not hand on."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(engine)
        self._engine = engine

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802 — gRPC's name
        if request.type != "pulumi:pulumi:Stack":
            self._engine.registered.append(
                Registration(
                    type=request.type,
                    name=request.name,
                    inputs=_plain(pulumi.runtime.rpc.deserialize_properties(request.object)),
                    options=request,
                )
            )
        return super().RegisterResource(request)


def _leave_nothing(loop: asyncio.AbstractEventLoop) -> None:
    """End what a program that fails leaves waiting: collected later, it would be some other test's failure."""
    loop.set_exception_handler(lambda _loop, _context: None)
    waiting = asyncio.all_tasks(loop)
    for task in waiting:
        task.cancel()
    loop.run_until_complete(asyncio.gather(*waiting, return_exceptions=True))
    with warnings.catch_warnings(action="ignore"):
        gc.collect()


def _plain(value: Any) -> Any:
    """Take the wrapping off secrets and archives: tests compare values."""
    if isinstance(value, pulumi.FileArchive):
        return f"archive of {value.path}"
    if pulumi.runtime.rpc.is_rpc_secret(value):
        return _plain(pulumi.runtime.rpc.unwrap_rpc_secret(value))
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_plain(inner) for inner in value]
    return value
