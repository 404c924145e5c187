"""What a page needs of a machine and a test has not: systemd, root, and people who type at prompts.

Run as ``python -m tests.docs.stand_in NAME ARGUMENT...``; ``STAND_IN_ROOT`` is the folder that stands for the machine.
"""

import configparser
import contextlib
import json
import os
import pty
import re
import select
import shlex
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from tests.docs.page_run import PASSWORD

_ROOT = Path(os.environ["STAND_IN_ROOT"])
_REAL = Path(sys.executable).parent / "bao"
_PATIENCE_S = 60
_SEALED = 2


def main() -> int:
    """Do as the program of that name."""
    name, *arguments = sys.argv[1:]
    if name == "chown":  # there is no such user
        return 0
    if name == "sudo":
        return subprocess.run(arguments, check=False).returncode
    return systemctl(arguments) if name == "systemctl" else bao(arguments)


def bao(arguments: list[str]) -> int:
    """Run the real program; keep what `init` shows, and answer prompts with it."""
    if arguments[:1] == ["server"]:
        os.execv(_REAL, [str(_REAL), *arguments])  # noqa: S606 — it is what the unit starts
    if arguments[:2] == ["operator", "init"]:
        return _init(arguments)
    if arguments[:2] == ["operator", "unseal"]:
        return _typed(arguments, _next_share())
    if arguments[:1] == ["login"]:
        return _typed(arguments, PASSWORD)
    status = subprocess.run([_REAL, *arguments], check=False).returncode
    if "-force" in arguments and "restore" in arguments and status == 0:
        (_ROOT / "shares.before").replace(_ROOT / "shares")  # the old shares count again
        (_ROOT / "typed").write_text("0")
    # The page says that this one ends with 2, which would end the script.
    return 0 if arguments == ["status"] and status == _SEALED else status


def _init(arguments: list[str]) -> int:
    ended = subprocess.run([_REAL, *arguments], stdout=subprocess.PIPE, text=True, check=False)
    sys.stdout.write(re.sub(r": \S{20,}", ": …", ended.stdout))
    shares = re.findall(r"^Unseal Key \d+: (\S+)", ended.stdout, re.MULTILINE)
    if (_ROOT / "shares").exists():
        (_ROOT / "shares").replace(_ROOT / "shares.before")
    (_ROOT / "shares").write_text(json.dumps(shares))
    (_ROOT / "typed").write_text("0")
    (_ROOT / "root-token").write_text("".join(re.findall(r"^Initial Root Token: (\S+)", ended.stdout, re.MULTILINE)))
    return ended.returncode


def _next_share() -> str:
    """Give the next holder's share: another person each time."""
    shares, typed = json.loads((_ROOT / "shares").read_text()), int((_ROOT / "typed").read_text())
    (_ROOT / "typed").write_text(str(typed + 1))
    return shares[typed % len(shares)]


def _typed(arguments: list[str], secret: str) -> int:
    """Run the program at a terminal of its own, and type a secret when it asks for one."""
    terminal, its_end = pty.openpty()
    running = subprocess.Popen([_REAL, *arguments], stdin=its_end, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    os.close(its_end)
    said, asked = b"", False
    assert running.stdout
    while chunk := _some(running.stdout.fileno()):
        said += chunk
        if not asked and b"hidden" in said:
            os.write(terminal, f"{secret}\n".encode())
            asked = True
    os.close(terminal)
    # The prompt is for the person, the rest for the page.
    sys.stdout.write(re.sub(r"^[^\n]*\(will be hidden\): *\n?", "", said.decode()))
    return running.wait()


def _some(descriptor: int) -> bytes:
    ready, _, _ = select.select([descriptor], [], [], _PATIENCE_S)
    return os.read(descriptor, 4096) if ready else b""


def systemctl(arguments: list[str]) -> int:
    """Start and stop what a unit of the page says."""
    verb, *rest = arguments
    units = [unit for unit in rest if not unit.startswith("-")]
    for unit in units:
        if unit.endswith(".timer"):
            assert _unit(unit)["Timer"]["OnCalendar"]
            assert _unit(unit.replace(".timer", ".service"))["Service"]["ExecStart"]
            continue
        if verb in {"stop", "restart"}:
            _stop(unit)
        if verb in {"start", "restart", "enable"}:
            service = _unit(f"{unit}.service")["Service"]
            command = shlex.split(service["ExecStart"])
            if service.get("Type") == "oneshot":
                return subprocess.run(command, check=False).returncode
            _start(unit, command)
    return 0


def _unit(name: str) -> configparser.ConfigParser:
    read = configparser.ConfigParser(interpolation=None)
    read.optionxform = str  # type: ignore[assignment]
    assert read.read(_ROOT / "etc" / "systemd" / "system" / name), f"no unit {name}"
    return read


def _start(unit: str, command: list[str]) -> None:
    with (_ROOT / f"{unit}.log").open("ab") as log:
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True)
    (_ROOT / f"{unit}.pid").write_text(str(server.pid))
    _until(_listens, f"{unit} does not answer; its log is {_ROOT / unit}.log")


def _stop(unit: str) -> None:
    file = _ROOT / f"{unit}.pid"
    if not file.exists():
        return
    # The program is a wrapper with the server as its child: they end as a group.
    group = int(file.read_text())
    file.unlink()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGTERM)
    # The port is closed before the store is let go of, and another server would find it locked.
    _until(lambda: not _lives(group), f"{unit} does not end")


def _lives(group: int) -> bool:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = stat.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def _listens() -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", int(os.environ["STAND_IN_PORT"]))) == 0


def _until(true: Callable[[], bool], otherwise: str) -> None:
    deadline = time.monotonic() + _PATIENCE_S
    while not true():
        if time.monotonic() > deadline:
            raise TimeoutError(otherwise)
        time.sleep(0.1)


if __name__ == "__main__":
    sys.exit(main())
