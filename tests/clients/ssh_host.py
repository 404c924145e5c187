"""A mail host's sshd and an SSH agent, both in this process: real protocol, no port, no file but the agent's socket."""

import contextlib
import io
import socket
import struct
import threading
from collections.abc import Callable
from pathlib import Path

import paramiko
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ed25519
from paramiko import common

from ssh.connection import as_text
from ssh.tunnel import socket_over

_LIST, _LISTED, _SIGN, _SIGNED = 11, 12, 13, 14  # message numbers of the agent's protocol

Ran = tuple[int, bytes, bytes]
"""Status, standard output, standard error."""


def new_key() -> paramiko.PKey:
    """Make an ed25519 key."""
    pem = ed25519.Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.OpenSSH, serialization.NoEncryption()
    )
    return paramiko.Ed25519Key.from_private_key(io.StringIO(pem.decode()))


class SshHost(paramiko.ServerInterface):
    """One host; ``dial`` stands for the TCP connection to it."""

    def __init__(
        self,
        *,
        accepts: paramiko.PKey | None = None,
        run: Callable[[str, bytes], Ran] | None = None,
        serve: Callable[[socket.socket], object] | None = None,
    ) -> None:
        self.key = new_key()
        self.accepts = accepts
        self.up = True
        self.dialled = 0
        self.offered = 0
        """How many keys were shown to it, over all connections."""
        self.users: set[str] = set()
        self._run = run or (lambda _command, _stdin: (0, b"", b""))
        self._serve = serve
        self._transports: list[paramiko.Transport] = []

    @property
    def key_text(self) -> str:
        """Its host key as it is pinned."""
        return as_text(self.key)

    def dial(self, address: str, timeout_s: float) -> socket.socket:
        """Answer as the network does: connected, or refused."""
        self.dialled += 1
        if not self.up:
            raise ConnectionRefusedError(111, "Connection refused")
        here, there = socket.socketpair()
        transport = paramiko.Transport(there)
        transport.add_server_key(self.key)
        transport.start_server(event=threading.Event(), server=self)
        self._transports.append(transport)
        threading.Thread(target=self._answer, args=(transport,), daemon=True).start()
        return here

    def hang_up(self) -> None:
        """Close all connections, as a host that goes down does."""
        for transport in self._transports:
            transport.close()

    def get_allowed_auths(self, username: str) -> str:
        return "publickey"

    def check_auth_publickey(self, username: str, key: paramiko.PKey) -> int:
        self.offered += 1
        self.users.add(username)
        good = self.accepts is not None and key.asbytes() == self.accepts.asbytes()
        return common.AUTH_SUCCESSFUL if good else common.AUTH_FAILED

    def check_channel_request(self, kind: str, chanid: int) -> int:
        return common.OPEN_SUCCEEDED

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._execute, args=(channel, command.decode()), daemon=True).start()
        return True

    def check_channel_direct_tcpip_request(
        self, chanid: int, origin: tuple[str, int], destination: tuple[str, int]
    ) -> int:
        self.destination = destination
        return common.OPEN_FAILED_CONNECT_FAILED if self._serve is None else common.OPEN_SUCCEEDED

    def _answer(self, transport: paramiko.Transport) -> None:
        while transport.is_active():
            channel = transport.accept(0.2)
            # A session's channel is answered when its command is asked for.
            if channel is not None and self._serve is not None:
                threading.Thread(target=self._serve_and_close, args=(channel, self._serve), daemon=True).start()

    @staticmethod
    def _serve_and_close(channel: paramiko.Channel, serve: Callable[[socket.socket], object]) -> None:
        with socket_over(channel) as there, contextlib.suppress(OSError):
            serve(there)

    def _execute(self, channel: paramiko.Channel, command: str) -> None:
        stdin = bytearray()
        while data := channel.recv(4096):
            stdin.extend(data)
        status, stdout, stderr = self._run(command, bytes(stdin))
        with contextlib.suppress(OSError, EOFError):
            channel.sendall(stdout)
            channel.sendall_stderr(stderr)
            channel.send_exit_status(status)
            channel.close()


class Agent:
    """An SSH agent that listens on a socket file and signs with its keys."""

    def __init__(self, path: Path, *keys: paramiko.PKey) -> None:
        self._keys = {key.asbytes(): key for key in keys}
        self._listener = socket.socket(socket.AF_UNIX)
        self._listener.bind(str(path))
        self._listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        """Stop listening."""
        self._listener.close()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                connection, _ = self._listener.accept()
                threading.Thread(target=self._talk, args=(connection,), daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        with connection, connection.makefile("rwb") as stream:
            while head := stream.read(4):
                message = paramiko.Message(stream.read(struct.unpack(">I", head)[0]))
                answer = self._answer(message).asbytes()
                stream.write(struct.pack(">I", len(answer)) + answer)
                stream.flush()

    def _answer(self, message: paramiko.Message) -> paramiko.Message:
        answer = paramiko.Message()
        kind = message.get_byte()[0]
        if kind == _LIST:
            answer.add_byte(bytes([_LISTED]))
            answer.add_int(len(self._keys))
            for blob in self._keys:
                answer.add_string(blob)
                answer.add_string("ana@laptop")
        elif kind == _SIGN:
            key = self._keys[message.get_binary()]
            answer.add_byte(bytes([_SIGNED]))
            answer.add_string(key.sign_ssh_data(message.get_binary()).asbytes())
        return answer
