"""Carry bytes between a channel of an SSH connection and a real socket, so that TLS can run over it."""

import contextlib
import socket
import threading

import paramiko

_CHUNK_BYTES = 64 * 1024


def socket_over(channel: paramiko.Channel) -> socket.socket:
    """Return a connected socket whose other end is the channel; no port listens.

    Closing the socket closes the channel, and when the SSH connection dies the socket reads as closed.
    """
    ours, theirs = socket.socketpair()
    for target in (_inwards, _outwards):
        threading.Thread(target=target, args=(channel, ours), name=f"ssh-{target.__name__}", daemon=True).start()
    return theirs


def _inwards(channel: paramiko.Channel, ours: socket.socket) -> None:
    # Either side may go at any time; what is lost then, the reader of the socket notices as its end.
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        while data := channel.recv(_CHUNK_BYTES):
            ours.sendall(data)
    with contextlib.suppress(OSError):
        ours.shutdown(socket.SHUT_RDWR)  # wakes the other direction, which closes both


def _outwards(channel: paramiko.Channel, ours: socket.socket) -> None:
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        while data := ours.recv(_CHUNK_BYTES):
            channel.sendall(data)
    close(channel)
    ours.close()


def close(channel: paramiko.Channel) -> None:
    """Close a channel, also when its connection died meanwhile and cannot be told."""
    with contextlib.suppress(OSError, EOFError, paramiko.SSHException):
        channel.close()
