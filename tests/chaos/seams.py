"""Where the product is taken hold of: its clock, its locks, its ways to mailcow and Vault; nothing else changes."""

import os
import random
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime, tzinfo
from types import ModuleType, SimpleNamespace
from typing import Any, Self
from unittest import mock

import hvac
import pulumi
import requests
import tenacity

from mailcow.transport import bare_session
from tests.chaos.exchange import Exchange, InMemory
from tests.chaos.scheduler import Lock, RLock, Scheduler
from users import host_provider
from vault.api import VaultApi

_PACKAGES = ("mailcow", "ssh", "users", "vault")
_LOCK, _RLOCK = type(threading.Lock()), type(threading.RLock())
_WAYS = ("session_over_ssh", "session_over_tls")
"""Functions that give the way to a mailcow, by the names that product modules import."""


@contextmanager
def installed(
    *, scheduler: Scheduler, dice: random.Random, mailcow: Exchange, vault: Exchange, say: Callable[[str], None]
) -> Iterator[None]:
    """Let the product run in this world.

    Args:
        scheduler: Whose turn it is, and what time.
        dice: For the product's own dice: how long it waits before it tries again.
        mailcow: Answers what goes to mailcow.
        vault: Answers what goes to Vault.
        say: Hears what the operator is told.
    """

    def way_to_mailcow(*_: Any, **__: Any) -> requests.Session:
        session = bare_session()
        session.mount("https://", InMemory(mailcow))
        return session

    def way_to_vault() -> VaultApi:
        session = requests.Session()
        session.mount("http://", InMemory(vault))
        return VaultApi(hvac.Client(url="http://vault:8200", token="THE-TOKEN", session=session))

    with ExitStack() as stack:
        for target, name, value in (
            *((module, way, way_to_mailcow) for module in _modules() for way in _WAYS if hasattr(module, way)),
            (VaultApi, "from_environment", way_to_vault),
            *((pulumi.log, level, lambda text, *_, **__: say(str(text))) for level in ("info", "warn", "error")),
            *_time_of_tenacity(scheduler, dice),
            *_locks(),
            *_dates(scheduler),
        ):
            stack.enter_context(mock.patch.object(target, name, value))
        stack.enter_context(mock.patch.dict(os.environ))
        os.environ.pop("MAILSTEAD_DESTROY", None)
        yield


def start_processes() -> None:
    """Forget what the plugin processes have gathered, as the next command's do not have it."""
    host_provider._shared = host_provider._Shared()  # pyright: ignore[reportPrivateUsage]


def _time_of_tenacity(scheduler: Scheduler, dice: random.Random) -> Iterator[tuple[Any, str, Any]]:
    clock = SimpleNamespace(sleep=scheduler.sleep, monotonic=scheduler.clock.monotonic)
    yield tenacity, "time", clock
    yield tenacity.nap, "time", clock
    yield tenacity.wait, "random", dice


def _dates(scheduler: Scheduler) -> Iterator[tuple[Any, str, Any]]:
    class Here(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Self:
            return cls.fromtimestamp(scheduler.clock.monotonic(), tz)

    for module in _modules():
        if vars(module).get("datetime") is datetime:
            yield module, "datetime", Here


def _locks() -> Iterator[tuple[Any, str, Any]]:
    """Find the product's locks, and where it makes more of them."""
    threads = _Threads()
    for module in _modules():
        for attribute, value in sorted(vars(module).items()):
            if value is threading:
                yield module, attribute, threads
            elif isinstance(value, _LOCK):
                yield module, attribute, Lock()
            elif isinstance(value, _RLOCK):
                yield module, attribute, RLock()


def _modules() -> list[ModuleType]:
    """List the product's modules that have been imported."""
    found = sorted(sys.modules.items())
    return [module for name, module in found if name.partition(".")[0] in _PACKAGES and isinstance(module, ModuleType)]


class _Threads:
    """The module ``threading`` with locks that the scheduler knows."""

    Lock = Lock
    RLock = RLock

    def __getattr__(self, name: str) -> Any:
        return getattr(threading, name)
