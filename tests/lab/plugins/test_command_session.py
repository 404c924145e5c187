"""A command that is over before its standard input was sent; no network."""

import asyncio
from typing import Any
from unittest import mock

import pytest

from lab.plugins.command import session
from lab.plugins.command.session import CommandLine
from lab.plugins.server import PluginError


class Stream:
    """Standard input of a channel that the other side has closed, or an output with one piece in it."""

    def __init__(self, said: bytes = b"") -> None:
        self._said = [said] if said else []

    def write(self, _text: bytes) -> None:
        raise BrokenPipeError("Channel not open for sending")

    def write_eof(self) -> None:
        self.write(b"")

    async def read(self, _most: int) -> bytes:
        return self._said.pop() if self._said else b""


class Over:
    """A command that ended at once."""

    exit_signal = None

    def __init__(self, status: int) -> None:
        self.exit_status = status
        self.stdin, self.stdout, self.stderr = Stream(), Stream(b"out\n"), Stream(b"why\n")

    async def wait_closed(self) -> None:
        pass


def run(status: int, stdin: str) -> session.Output:
    async def create(*_args: Any, **_kwargs: Any) -> Over:
        return Over(status)

    async def log(_severity: str, _line: str) -> None:
        pass

    channel: Any = mock.Mock(create=create, refused_previous=[])
    with mock.patch.object(session, "_Channel", return_value=channel):
        return asyncio.run(session.run(mock.Mock(), CommandLine(command="exit", stdin=stdin), log))


def test_its_exit_status_and_its_output_are_what_is_said() -> None:
    with pytest.raises(PluginError, match=r"(?s)^Process exited with status 3: .*why"):
        run(3, "in")


def test_input_that_a_good_command_did_not_take_is_an_error() -> None:
    with pytest.raises(PluginError, match=r"^EOF$"):
        run(0, "in")


def test_without_input_nothing_is_missed() -> None:
    assert run(0, "").stdout == "out"
