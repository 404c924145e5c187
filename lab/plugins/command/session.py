"""One command in one SSH session, with environment, standard input and what it printed."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import asyncssh
from asyncssh.channel import SSHClientChannel
from asyncssh.packet import String

from lab.plugins.server import PluginError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

_WINDOW_BYTES = 2 * 1024 * 1024
_PACKET_BYTES = 32768
_CHUNK_BYTES = 65536
_SETENV_HINT = (
    "This only works if your SSH server is configured to accept these variables via AcceptEnv. Alternatively, if a "
    "Bash-like shell runs the command on the remote host, you could prefix the command itself with the variables in "
    "the form 'VAR=value command'"
)


@dataclass(frozen=True)
class CommandLine:
    """What to run."""

    command: str
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """The server must take these, or nothing runs."""
    previous_output: Mapping[str, str] = field(default_factory=dict[str, str])
    """The server may refuse these; that is a warning."""
    stdin: str = ""
    logs_stdout: bool = True
    logs_stderr: bool = True


@dataclass(frozen=True)
class Output:
    """What a command printed, without the last line's end."""

    stdout: str
    stderr: str


async def run(
    connection: asyncssh.SSHClientConnection, line: CommandLine, log: Callable[[str, str], Awaitable[None]]
) -> Output:
    """Run a command and give what it printed.

    Args:
        connection: An open connection.
        line: What to run.
        log: Takes a severity and a line as the command prints them.

    Raises:
        PluginError: an environment variable was refused, or the command failed; its text and all its output follow.
    """
    channel = _Channel(connection, line)
    session = await channel.create(
        asyncssh.SSHClientProcess[bytes],
        command=line.command,
        subsystem=None,
        env={},
        request_pty=False,
        term_type=None,
        term_size=None,
        term_modes={},
        x11_forwarding=False,
        x11_display=None,
        x11_auth_path=None,
        x11_single_connection=False,
        agent_forwarding=False,
    )
    for name in channel.refused_previous:
        await log("WARNING", f"Unable to set '{name}'. {_SETENV_HINT}")
    process: Any = session
    unsent = _send(process, line.stdin)
    both: list[bytes] = []
    stdout, stderr = await asyncio.gather(
        _collect(process.stdout, both, log if line.logs_stdout else None),
        _collect(process.stderr, both, log if line.logs_stderr else None),
    )
    await process.wait_closed()
    failure = _failure(process)
    if failure:
        text = b"".join(both).decode(errors="replace")
        raise PluginError(f"{failure}: running {json.dumps(line.command, ensure_ascii=False)}:\n{text}")
    if unsent:
        raise PluginError(unsent)
    return Output(_text(stdout), _text(stderr))


def _send(process: Any, stdin: str) -> str:
    """Send standard input, and say what became of it where it could not be sent.

    A command may be over before it is sent. Go's library, which pulumi-command speaks with, has the exit status
    count first, and complains of the input only where that is 0.
    """
    try:
        if stdin:
            process.stdin.write(stdin.encode())
        process.stdin.write_eof()
    except OSError:
        return "EOF" if stdin else ""
    return ""


class _Channel(SSHClientChannel[bytes]):
    """A session whose environment is asked for one by one, before the command starts, as Go's library does."""

    def __init__(self, connection: asyncssh.SSHClientConnection, line: CommandLine) -> None:
        loop = asyncio.get_running_loop()
        super().__init__(connection, loop, "strict", None, "strict", _WINDOW_BYTES, _PACKET_BYTES)
        self._line = line
        self.refused_previous: list[str] = []

    async def _open(self, chantype: bytes, *args: bytes) -> Any:
        packet = await super()._open(chantype, *args)
        for name, value in self._line.environment.items():
            if not await self._make_request(b"env", String(name), String(value)):
                self.close()
                raise PluginError(f'could not set environment variable "{name}": ssh: setenv failed. {_SETENV_HINT}')
        for name, value in self._line.previous_output.items():
            if not await self._make_request(b"env", String(name), String(value)):
                self.refused_previous.append(name)
        return packet


async def _collect(
    reader: asyncssh.SSHReader[bytes], both: list[bytes], log: Callable[[str, str], Awaitable[None]] | None
) -> bytes:
    """Read one stream to its end, its lines into the log as they come."""
    whole: list[bytes] = []
    pending = b""
    while chunk := await reader.read(_CHUNK_BYTES):
        whole.append(chunk)
        both.append(chunk)
        *lines, pending = (pending + chunk).split(b"\n")
        if log is not None:
            for one in lines:
                await log("INFO", one.decode(errors="replace"))
    if pending and log is not None:
        await log("INFO", pending.decode(errors="replace"))
    return b"".join(whole)


def _failure(process: Any) -> str:
    if process.exit_signal is not None:
        return f"Process exited with signal {process.exit_signal[0]}"
    if process.exit_status is None:
        return "wait: remote command exited without exit status or exit signal"
    return f"Process exited with status {process.exit_status}" if process.exit_status else ""


def _text(output: bytes) -> str:
    return output.decode(errors="replace").removesuffix("\n")
