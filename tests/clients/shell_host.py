"""A host over SSH whose commands really run, on this machine: their input stays open as long as the caller's."""

import contextlib
import os
import subprocess
import threading
from pathlib import Path

import paramiko

from tests.clients.ssh_host import SshHost

_SUDO = '#!/bin/sh\n[ "$1" = -n ] && shift\nexec "$@"\n'


class ShellHost(SshHost):
    """One host; its ``sudo`` is a stand-in that runs what it is given."""

    def __init__(self, folder: Path, *, accepts: paramiko.PKey) -> None:
        super().__init__(accepts=accepts)
        self._path = f"{folder}{os.pathsep}{os.environ['PATH']}"
        sudo = folder / "sudo"
        sudo.write_text(_SUDO)
        sudo.chmod(0o755)

    def check_channel_exec_request(self, channel: paramiko.Channel, command: bytes) -> bool:
        threading.Thread(target=self._run_it, args=(channel, command.decode()), daemon=True).start()
        return True

    def _run_it(self, channel: paramiko.Channel, command: str) -> None:
        with subprocess.Popen(
            ["/bin/sh", "-c", command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PATH": self._path},
        ) as process:
            assert process.stdin is not None
            assert process.stdout is not None
            assert process.stderr is not None
            reading = threading.Thread(target=_feed, args=(channel, process.stdin.fileno(), process), daemon=True)
            reading.start()
            with contextlib.suppress(OSError, EOFError):
                while data := os.read(process.stdout.fileno(), 4096):
                    channel.sendall(data)
                channel.sendall_stderr(process.stderr.read())
                channel.send_exit_status(process.wait())
                channel.close()
            reading.join()


def _feed(channel: paramiko.Channel, stdin: int, process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(OSError, EOFError):
        while data := channel.recv(4096):
            os.write(stdin, data)
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
