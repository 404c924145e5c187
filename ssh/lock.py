"""A lock on a mail host: what mailcow cannot do side by side is done one by one, whoever asks for it from wherever.

The lock is a file on the host that a command holds with ``flock`` for as long as it can read from us. It falls with
the command, the connection or the host, so nobody who dies leaves it behind.
"""

import shlex
import threading
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

import paramiko
import tenacity

from core.errors import HostUnreachableError, RemoteCommandError
from core.names import HOST_API_LOCK
from ssh.client import SshClient
from ssh.tunnel import close

_HELD: Final = b"held"
_TAKEN_BY_ANOTHER: Final = 75
_SLACK_S: Final = 30
_PATIENCE_S: Final = 60


class HostLock:
    """One lock on one host, for the threads of this process as for everybody else."""

    def __init__(
        self, ssh: SshClient, *, path: str = HOST_API_LOCK, wait_s: int = 900, patience_s: float = _PATIENCE_S
    ) -> None:
        """Remember what to lock.

        Args:
            ssh: Reaches the host.
            path: The file on the host that stands for the lock; made when it is not there.
            wait_s: How long to wait for another to let go, in seconds.
            patience_s: How long to try to reach the host.
        """
        self._ssh = ssh
        self._path = path
        self._wait_s = wait_s
        self._patience_s = patience_s
        self._threads = threading.Lock()

    @contextmanager
    def held(self) -> Generator[None]:
        """Hold the lock.

        Raises:
            RemoteCommandError: Another held it all the time, or it cannot be taken there.
            SshError: The host cannot be reached.
        """
        with self._threads:
            channel = self._take()
            try:
                yield
            finally:
                close(channel)

    def _take(self) -> paramiko.Channel:
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception_type(HostUnreachableError),
            stop=tenacity.stop_after_delay(self._patience_s),
            wait=tenacity.wait_random_exponential(multiplier=0.5, max=10),
            reraise=True,
        )
        return retrying(self._take_once)

    def _take_once(self) -> paramiko.Channel:
        channel = self._ssh.session()
        try:
            channel.settimeout(self._wait_s + _SLACK_S)
            channel.exec_command(self._command())
            failure = None if _first_word(channel) == _HELD else self._not_taken(channel)
        except (paramiko.SSHException, OSError, EOFError) as error:
            failure = HostUnreachableError(
                f"the connection broke off while {self._path} was locked ({type(error).__name__});"
                " check the host and run again"
            )
        if failure is not None:
            close(channel)
            raise failure
        return channel

    def _command(self) -> str:
        """Write the command that holds the lock until its input ends; as root, as the file is then everybody's."""
        holding = f"printf {_HELD.decode()}; exec cat >/dev/null"
        flock = ["flock", "--exclusive", "--wait", str(self._wait_s), "--conflict-exit-code", str(_TAKEN_BY_ANOTHER)]
        return shlex.join(["sudo", "-n", *flock, self._path, "sh", "-c", holding])

    def _not_taken(self, channel: paramiko.Channel) -> RemoteCommandError | HostUnreachableError:
        if not channel.status_event.wait(_SLACK_S) or channel.exit_status < 0:
            return HostUnreachableError(
                f"the connection broke off before {self._path} was locked; check the host and run again"
            )
        if channel.exit_status == _TAKEN_BY_ANOTHER:
            return RemoteCommandError(
                f"another run has held {self._path} on the mail host for {self._wait_s} s;"
                f" see what it does there with: sudo fuser -v {self._path}"
            )
        said = channel.recv_stderr(1000).decode(errors="replace").strip() or "it printed no error"
        return RemoteCommandError(f"{self._path} cannot be locked on the mail host: {said}")


def _first_word(channel: paramiko.Channel) -> bytes:
    said = bytearray()
    while len(said) < len(_HELD) and (data := channel.recv(len(_HELD) - len(said))):
        said += data
    return bytes(said)
