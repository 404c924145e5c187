"""The Docker daemon of a clone's labs: one that is there, else a private one that leaves the machine as it is."""

import os
import shutil
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final, cast

from lab import debris, kernel, processes, register, topology
from lab.docker_client import Docker
from lab.errors import LabError, PrerequisiteError
from lab.processes import Process
from lab.register import Entry, Record

CHOICE: Final = "MAILSTEAD_LAB_DOCKER"
"""Set to ``own`` to have a private daemon even where another one answers."""

_DEFAULT_HOST: Final = "unix:///var/run/docker.sock"
_READY_WITHIN_S: Final = 60
_STOPPED_WITHIN_S: Final = 60


def own_host(clone: Path) -> str:
    """Give the address of a clone's private daemon."""
    return f"unix://{_run_folder(clone) / 'docker.sock'}"


def shared_host() -> str:
    """Give the address where a daemon of the machine's would answer."""
    return os.environ.get("DOCKER_HOST") or _DEFAULT_HOST


def is_own(clone: Path, host: str) -> bool:
    """Say whether a daemon is the clone's private one."""
    return host == own_host(clone)


def ensure(clone: Path, say: Callable[[str], None]) -> Docker:
    """Give a daemon that works, starting a private one if need be.

    Raises:
        LabError: the private one does not start; the text has its last words.
        PrerequisiteError: it could not work here.
    """
    recorded = register.read(topology.clone_id(clone), register.DAEMON)
    if recorded is None and (there := _already_there(say)):
        return there
    if recorded is None or len(debris.living(recorded, debris.real_witness())) < len(_PARTS):
        _start(clone, say)
    return Docker(own_host(clone))


def stop(clone: Path) -> None:
    """Stop the private daemon, if there is one, and clear what it leaves in /run and in the kernel."""
    identity = topology.clone_id(clone)
    record = register.read(identity, register.DAEMON)
    if record:
        for name in reversed(_PARTS):
            entry = record.processes.get(name)
            if entry and record.boot_id == processes.boot_id():
                processes.end(entry.process, grace_s=_STOPPED_WITHIN_S)
    debris.end_daemon(clone, identity)
    if record:
        register.remove(record)


_PARTS: Final = ("containerd", "dockerd")


def unusable(info: Mapping[str, Any]) -> str | None:
    """Say why a daemon that answers cannot serve the lab; None if it can."""
    security = [str(one) for one in cast("list[object]", info.get("SecurityOptions") or [])]
    if any("rootless" in one or "userns" in one for one in security):
        return "it runs without the rights of root"
    if info.get("OSType") != "linux":
        return "it does not run Linux containers"
    if info.get("Name") != socket.gethostname():
        return "it runs on another machine"
    return None


def _already_there(say: Callable[[str], None]) -> Docker | None:
    """Find a daemon that is there and can be used; another lab's private one is that lab's and not ours."""
    host = shared_host()
    if os.environ.get(CHOICE) == "own" or host.startswith(f"unix://{topology.RUN_ROOT}/"):
        return None
    docker = Docker(host)
    info = docker.answers()
    if info is None:
        return None
    if reason := unusable(info):
        say(f"the Docker daemon at {host} is not used: {reason}")
        return None
    return docker


def _start(clone: Path, say: Callable[[str], None]) -> None:
    if not kernel.root_is_a_mount():
        raise PrerequisiteError(
            "Docker cannot run in a plain chroot, whose root is no mount point; "
            "before entering it, outside: mount --rbind DIRECTORY DIRECTORY"
        )
    identity = topology.clone_id(clone)
    run_folder, data = _run_folder(clone), clone.resolve() / ".lab" / register.DAEMON
    if old := register.read(identity, register.DAEMON):
        say("clearing what a killed daemon left")
        for entry in old.processes.values():
            if old.boot_id == processes.boot_id():
                processes.end(entry.process)
    debris.end_daemon(clone, identity)
    run_folder.mkdir(parents=True, exist_ok=True)
    (run_folder / "docker.pid").unlink(missing_ok=True)
    data.mkdir(parents=True, exist_ok=True)

    say("starting")
    containerd = run_folder / "containerd" / "containerd.sock"
    _write_containerd_config(data / "containerd.toml", root=data / "containerd", run=containerd.parent)
    # Both are started by us: dockerd would take a containerd that the machine has, and share its names with it.
    parts = {
        "containerd": ["containerd", "--config", str(data / "containerd.toml"), "--log-level", "warn"],
        "dockerd": _dockerd_command(run_folder, data, containerd),
    }
    (data / "daemon.json").write_text("{}\n", encoding="utf-8")  # instead of the machine's own /etc/docker/daemon.json
    record = Record(clone=clone.resolve(), clone_id=identity, name=register.DAEMON, boot_id=processes.boot_id())
    for name in _PARTS:
        log = data / f"{name}.log"
        process = processes.launch(
            parts[name], log=log, environment=_environment(), mark=f"{identity}:{register.DAEMON}"
        )
        record = record.with_process(name, Entry(process, ""))
        register.write(record)
        if name == "containerd":
            _wait(process, log, containerd.exists)
        else:
            _wait(process, log, lambda: Docker(own_host(clone)).answers() is not None)


def _dockerd_command(run_folder: Path, data: Path, containerd: Path) -> list[str]:
    command = [
        "dockerd",
        f"--config-file={data / 'daemon.json'}",
        f"--data-root={data / 'data'}",
        f"--exec-root={run_folder / 'exec'}",
        f"--pidfile={run_folder / 'docker.pid'}",
        f"--host=unix://{run_folder / 'docker.sock'}",
        f"--containerd={containerd}",
        # The machine's firewall and forwarding stay as they are: the world's network has no way out anyway.
        "--bridge=none",
        "--iptables=false",
        "--ip6tables=false",
        "--ip-forward=false",
        "--ip-masq=false",
        "--userland-proxy=false",
        "--log-level=warn",
    ]
    return [*command, "--group=root"]  # members of the machine's group docker have no business with it


def _write_containerd_config(file: Path, *, root: Path, run: Path) -> None:
    run.mkdir(parents=True, exist_ok=True)
    file.write_text(
        "version = 2\n"
        f'root = "{root}"\n'
        f'state = "{run}"\n'
        'disabled_plugins = ["io.containerd.grpc.v1.cri"]\n'
        "[grpc]\n"
        f'  address = "{run / "containerd.sock"}"\n',
        encoding="utf-8",
    )


def _environment() -> dict[str, str]:
    """Give the daemons a plain environment; what the machine says about proxies and certificates goes with it."""
    unwanted = ("DOCKER_", "VAULT_", "PULUMI_", "SSH_", "MAILSTEAD_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(unwanted)}
    return {**kept, "PATH": f"{kept.get('PATH', os.defpath)}:/usr/sbin:/sbin"}


def _wait(process: Process, log: Path, is_ready: Callable[[], bool]) -> None:
    until = time.monotonic() + _READY_WITHIN_S
    while not is_ready():
        if not processes.is_alive(process):
            last = [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if line][-3:]
            raise LabError(f"the private Docker daemon ended at once: {' | '.join(last)}; its log is {log}")
        if time.monotonic() > until:
            raise LabError(f"the private Docker daemon is not ready after {_READY_WITHIN_S} s; its log is {log}")
        time.sleep(0.1)


def remove_data(clone: Path) -> None:
    """Remove the private daemon's images and containers from the disk; it must have been stopped."""
    folder = clone.resolve() / ".lab" / register.DAEMON
    kernel.unmount_below(folder)
    if folder.exists():
        shutil.rmtree(folder)


def _run_folder(clone: Path) -> Path:
    return topology.RUN_ROOT / topology.clone_id(clone)
