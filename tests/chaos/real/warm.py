"""Python that has imported everything before the engine asks for it: programs and plugins are forked, not started.

Three quarters of a small update is four Pythons that import. Here one process imports once, and each program and
plugin is a fork of it with its own memory, arguments, environment and files: the code that runs, and all that goes over
the wire, are those of a process that was started. What the engine starts is a small client that hands its files over
and ends as its fork ends; a fork whose client is killed is killed.
"""

import contextlib
import gc
import importlib
import json
import os
import runpy
import selectors
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, NoReturn

from lab.engine.build import expected
from tests.chaos.campaign.records import ROOT

_IMPORTED: Final = (
    "dill",
    "pulumi.dynamic",
    "components.dns_output",
    "components.inputs",
    "components.mail_site",
    "mailcow.server",
    "users.provision",
)
_COPIED: Final = ("pulumi", "pulumi-language-python")
_PROGRAM: Final = "pulumi-language-python-exec"
_PLUGIN: Final = "pulumi-resource-pulumi-python"
_END_ALL: Final = b"end all"
_LONGEST: Final = 1 << 20
_PATIENCE_S: Final = 60
_CLIENT: Final = """#!{python} -IS
import json, os, signal, socket, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.connect({address!r})
said = json.dumps([{kind!r}, os.getcwd(), sys.argv[1:], dict(os.environ)])
socket.send_fds(server, [said.encode()], [0, 1, 2])
sys.exit(int(server.recv(8) or b"1"))
"""


class WarmPython:
    """A folder with the engine whose Pythons are warm."""

    def __init__(self, folder: Path) -> None:
        """Put the engine into a folder that is there, its own binaries as they are."""
        self.engine = folder
        self.address = str(folder / "socket")
        for name in _COPIED:
            try:
                (folder / name).hardlink_to(expected() / name)
            except OSError:  # on another disk
                shutil.copy2(expected() / name, folder / name)
        for kind in (_PROGRAM, _PLUGIN):
            client = _CLIENT.format(python=sys.executable, address=self.address, kind=kind)
            (folder / kind).write_text(client, encoding="utf-8")
            (folder / kind).chmod(0o755)

    def end_all(self) -> None:
        """Kill all forks; when this returns none does anything any more."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as server:
            server.connect(self.address)
            server.send(_END_ALL)
            server.recv(8)


@contextmanager
def warm_python() -> Iterator[WarmPython]:
    """Run one, on an engine that is there."""
    with tempfile.TemporaryDirectory() as folder:
        warm = WarmPython(Path(folder))
        server = subprocess.Popen([sys.executable, "-u", "-m", __name__, warm.address, str(expected())], cwd=ROOT)
        try:
            _wait_for(server, warm.address)
            yield warm
        finally:
            with contextlib.suppress(OSError):
                warm.end_all()
            server.terminate()
            server.wait(_PATIENCE_S)


def _wait_for(server: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not Path(address).exists():
        if server.poll() is not None or time.monotonic() > deadline:
            raise RuntimeError("no warm Python: it did not come up")
        time.sleep(0.05)


class _Forks:
    """The server: one fork a client."""

    def __init__(self, address: str, engine: Path) -> None:
        self._program = str(engine / _PROGRAM)
        self._selector = selectors.DefaultSelector()
        self._clients: dict[int, socket.socket] = {}
        self._listener = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._listener.bind(address)
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ)

    def serve(self) -> None:
        """Fork until ended."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._listener:
                    self._hear(self._listener.accept()[0])
                elif isinstance(key.fileobj, socket.socket):
                    self._kill(key.data)  # its client has gone
                else:
                    self._ended(key.data, key.fd)

    def _hear(self, client: socket.socket) -> None:
        said, files, _, _ = socket.recv_fds(client, _LONGEST, 3)
        if said == _END_ALL:
            for fork in self._clients:
                self._kill(fork)
            for fork in self._clients:
                os.waitid(os.P_PID, fork, os.WEXITED | os.WNOWAIT)
            client.send(b"0")
            client.close()
            return
        fork = os.fork()
        if fork == 0:
            self._selector.close()
            for one in (self._listener, client, *self._clients.values()):
                one.close()
            _be(self._program, said, files)
        for file in files:
            os.close(file)
        self._clients[fork] = client
        self._selector.register(client, selectors.EVENT_READ, fork)
        self._selector.register(os.pidfd_open(fork), selectors.EVENT_READ, fork)

    def _kill(self, fork: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(fork, signal.SIGKILL)

    def _ended(self, fork: int, pidfd: int) -> None:
        _, status = os.waitpid(fork, 0)
        self._selector.unregister(pidfd)
        os.close(pidfd)
        client = self._clients.pop(fork)
        self._selector.unregister(client)
        with contextlib.suppress(OSError):
            client.send(str(abs(os.waitstatus_to_exitcode(status))).encode())
        client.close()


def _be(program: str, said: bytes, files: list[int]) -> NoReturn:
    """Be, in a fork, the process that the client stands for, to its end."""
    kind, folder, arguments, environment = json.loads(said)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    code = 1
    try:
        sys.argv = [kind, *arguments]
        if kind == _PLUGIN:
            runpy.run_module("pulumi.dynamic", run_name="__main__", alter_sys=True)
        else:
            runpy.run_path(program, run_name="__main__")
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 — whatever it is, it must not come back into the server
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _main(address: str, engine: Path) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for module in _IMPORTED:
        importlib.import_module(module)
    gc.freeze()
    _Forks(address, engine).serve()


if __name__ == "__main__":
    _main(sys.argv[1], Path(sys.argv[2]))
