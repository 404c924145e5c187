"""SSH to a mail host: keys from the agent only, the host's key pinned, tunnels that listen on no port."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Self

import paramiko

from core.errors import HostUnreachableError, RemoteCommandError
from ssh.connection import HostAddress, first_host_key, log_in
from ssh.tunnel import close, socket_over

__all__ = ["HostAddress", "RunResult", "SshClient", "first_host_key"]

_SHOWN_CHARACTERS = 80
_SHOWN_LINES = 5
_CHUNK_BYTES = 64 * 1024
_CONNECT_FAILED = 2  # reason code of a refused channel, RFC 4254


@dataclass(frozen=True, kw_only=True)
class RunResult:
    """How a remote command ended."""

    status: int
    stdout: bytes = field(repr=False)
    """May be a secret, so it does not show when this is printed."""
    stderr: bytes


class SshClient:
    """One connection to one host, made at the first use and made again when it died.

    Several threads may share it: each command and each tunnel is a channel of its own.
    """

    def __init__(self, host: HostAddress, *, connect_timeout_s: float = 15) -> None:
        self._host = host
        self._connect_timeout_s = connect_timeout_s
        self._lock = threading.Lock()
        self._transport: paramiko.Transport | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def close(self) -> None:
        """End the connection; a later use makes a new one."""
        with self._lock:
            if self._transport is not None:
                self._transport.close()
                self._transport = None

    def connect(self) -> None:
        """Connect now, if not connected.

        Raises:
            HostUnreachableError: Nothing answers SSH there.
            HostKeyChangedError: It answers with another key than the pinned one.
            LoginRefusedError: It takes none of the agent's keys for this user, or the agent has none.
        """
        self._connected()

    def run(self, command: str, *, stdin: bytes | None = None, timeout_s: float, check: bool = True) -> RunResult:
        """Run a command to its end.

        Args:
            command: Shell text; it shows in errors, so it holds no secret.
            stdin: What the command reads; never shown anywhere.
            timeout_s: Limit for the command, in seconds. A command that passes it goes on running there.
            check: Whether a status other than 0 is an error.

        Raises:
            RemoteCommandError: The status is not 0 and ``check``, or the limit has passed.
            SshError: As ``connect``.
        """
        shown = command if len(command) <= _SHOWN_CHARACTERS else f"{command[:_SHOWN_CHARACTERS]}…"
        channel = self.session()
        try:
            channel.exec_command(command)
            result = _converse(channel, stdin or b"", timeout_s)
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise HostUnreachableError(
                f"the connection to {self._host.address} broke off during '{shown}' "
                f"({type(error).__name__}); check the host and run again"
            ) from None
        finally:
            close(channel)
        if result is None:
            raise RemoteCommandError(
                f"'{shown}' on {self._host.address} did not end within {timeout_s:.0f} s; "
                "it may still be running there: look before you run again"
            )
        if result.status < 0:
            if not channel.get_transport().is_active():
                raise HostUnreachableError(
                    f"the connection to {self._host.address} broke off during '{shown}'; check the host and run again"
                )
            raise RemoteCommandError(f"'{shown}' on {self._host.address} was killed; look at its log, then run again")
        if result.status and check:
            said = result.stderr.decode(errors="replace").strip().splitlines()[-_SHOWN_LINES:]
            raise RemoteCommandError(
                f"'{shown}' failed on {self._host.address} with status {result.status}: "
                + ("\n".join(said) or "it printed no error")
            )
        return result

    def session(self) -> paramiko.Channel:
        """Open a channel for a command that goes on while others run; whoever opens it closes it.

        Raises:
            SshError: As ``connect``.
        """
        return self._channel(lambda transport: transport.open_session(timeout=self._connect_timeout_s))

    def open_channel(self, host: str, port: int) -> socket.socket:
        """Connect to an address as the host sees it, through SSH; returns one end of a socket pair.

        Raises:
            HostUnreachableError: Nothing listens there, or as ``connect``.
            SshError: As ``connect``.
        """

        def through(transport: paramiko.Transport) -> paramiko.Channel:
            try:
                return transport.open_channel(
                    "direct-tcpip", (host, port), ("127.0.0.1", 0), timeout=self._connect_timeout_s
                )
            except paramiko.ChannelException as error:
                reason = (
                    f"nothing listens on {host}:{port} of {self._host.address}; check the service there"
                    if error.code == _CONNECT_FAILED
                    else f"sshd of {self._host.address} lets no tunnel through to {host}:{port}; "
                    "set AllowTcpForwarding yes in its configuration"
                )
                raise HostUnreachableError(reason) from None

        return socket_over(self._channel(through))

    def _channel(self, opened: Callable[[paramiko.Transport], paramiko.Channel]) -> paramiko.Channel:
        """Open a channel; a connection that died unnoticed is made anew, once."""
        transport = self._connected()
        try:
            return opened(transport)
        except (paramiko.SSHException, OSError, EOFError):
            self._drop(transport)
        try:
            return opened(self._connected())
        except (paramiko.SSHException, OSError, EOFError) as error:
            raise HostUnreachableError(
                f"{self._host.address} takes the login but opens no channel ({type(error).__name__}); "
                "look at sshd's log there"
            ) from None

    def _connected(self) -> paramiko.Transport:
        with self._lock:
            if self._transport is None or not self._transport.is_active():
                self._transport = log_in(self._host, timeout_s=self._connect_timeout_s)
            return self._transport

    def _drop(self, transport: paramiko.Transport) -> None:
        transport.close()
        with self._lock:
            if self._transport is transport:
                self._transport = None


def _converse(channel: paramiko.Channel, stdin: bytes, timeout_s: float) -> RunResult | None:
    """Write standard input while reading both outputs; None when the time is up first."""
    stdout, stderr = bytearray(), bytearray()
    threads = [
        threading.Thread(target=_feed, args=(channel, stdin), daemon=True),
        threading.Thread(target=_drain, args=(channel.recv, stdout), daemon=True),
        threading.Thread(target=_drain, args=(channel.recv_stderr, stderr), daemon=True),
    ]
    deadline = time.monotonic() + timeout_s
    for thread in threads:
        thread.start()
    # The status is the end: a command that never reads its input would hold the first thread.
    ended = channel.status_event.wait(timeout_s)
    for thread in threads[1:]:
        thread.join(max(0.0, deadline - time.monotonic()))
    if not ended or threads[1].is_alive() or threads[2].is_alive():
        close(channel)
        return None
    # A status of -1 says that it went without telling one.
    return RunResult(status=channel.exit_status, stdout=bytes(stdout), stderr=bytes(stderr))


def _feed(channel: paramiko.Channel, stdin: bytes) -> None:
    # A command may end without reading all of it; its status then says what that means.
    with contextlib.suppress(OSError, EOFError):
        channel.sendall(stdin)
        channel.shutdown_write()


def _drain(receive: Callable[[int], bytes], into: bytearray) -> None:
    while data := receive(_CHUNK_BYTES):
        into.extend(data)
