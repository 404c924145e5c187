"""The end of the program waits for what was registered, in time that grows with their number and not its square."""

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest import mock

import pulumi
import pytest

from components import registering


class FakeUrn:
    """Comes, or fails, when told to."""

    def __init__(self) -> None:
        self.here = asyncio.Event()
        self.error: Exception | None = None

    async def future(self) -> str:
        await self.here.wait()
        if self.error:
            raise self.error
        return "urn"


def ended_by(*urns: FakeUrn) -> Any:
    """Give the awaitable that the program ends with."""
    with mock.patch.object(pulumi, "run") as run:
        resources: Any = [SimpleNamespace(urn=urn) for urn in urns]
        registering.wait_until_registered(resources)
    return run.call_args.args[0]()


def test_the_program_ends_when_the_last_is_registered() -> None:
    async def story() -> None:
        first, last = FakeUrn(), FakeUrn()
        end = asyncio.ensure_future(ended_by(first, last))
        first.here.set()
        await asyncio.sleep(0.01)
        assert not end.done()
        last.here.set()
        await asyncio.wait_for(end, 5)

    asyncio.run(story())


def test_one_that_fails_is_left_to_the_sdk_and_the_others_are_waited_for() -> None:
    async def story() -> None:
        bad, good = FakeUrn(), FakeUrn()
        bad.error = RuntimeError("it failed to register")
        end = asyncio.ensure_future(ended_by(bad, good))
        bad.here.set()
        await asyncio.sleep(0.01)
        assert not end.done()
        good.here.set()
        assert await asyncio.wait_for(end, 5) is None

    asyncio.run(story())


def test_debug_messages_are_not_sent_unless_somebody_asks_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    sent = mock.Mock()
    monkeypatch.setattr(pulumi.log, "debug", sent)
    monkeypatch.setenv(registering.ENV_DEBUG, "1")
    registering.silence_debug_messages()
    pulumi.log.debug("one")
    sent.assert_called_once_with("one")
    monkeypatch.delenv(registering.ENV_DEBUG)
    registering.silence_debug_messages()
    pulumi.log.debug("two")
    sent.assert_called_once_with("one")
