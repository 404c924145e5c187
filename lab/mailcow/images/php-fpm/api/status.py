"""get/status: version, containers, disk, host; what mailcow asks its dockerapi container for."""

import http.client
import json
import os
import platform
import shutil
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from api.call import Call, EmptyAnswerError

SERVICES = (
    "unbound",
    "mysql",
    "redis",
    "clamd",
    "rspamd",
    "php-fpm",
    "sogo",
    "dovecot",
    "postfix",
    "postfix-tlspol",
    "memcached",
    "nginx",
    "acme",
    "netfilter",
    "watchdog",
    "dockerapi",
    "olefy",
    "ofelia",
)
_STARTED = time.strftime("%Y-%m-%dT%H:%M:%S.000000000Z", time.gmtime())


class _DockerConnection(http.client.HTTPConnection):
    """HTTP over Docker's socket."""

    def __init__(self, path: str) -> None:
        super().__init__("docker", timeout=10)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(self._path)


def read(call: Call, name: str) -> Any:
    """Answer get/status/{name}; an unknown name is an empty body."""
    if name == "version":
        return {"version": call.settings.version}
    if call.fault == "rubbish_dockerapi":
        nothing = {"type": "info", "disk": "", "used": None, "total": None, "used_percent": None}
        return nothing if name == "vmail" else None
    if name == "containers":
        return containers(call.settings.docker_socket)
    if name == "vmail":
        return _disk(call.settings.mail_folder)
    if name == "host":
        return _host()
    raise EmptyAnswerError


def containers(docker_socket: str) -> dict[str, Any]:
    """Return the services by name: from Docker when its socket is mounted here, else by asking the network's DNS.

    Docker's DNS knows the names of running containers only, so a name that resolves is a service that runs; since
    when and from which image cannot be known that way.
    """
    if Path(docker_socket).exists():
        return _from_docker(docker_socket)
    names = [f"{service}-mailcow" for service in SERVICES]
    with ThreadPoolExecutor(len(names)) as pool:
        running = pool.map(_resolves, names)
    return {
        name: _entry(name, "running", _STARTED, "") for name, is_there in zip(names, running, strict=True) if is_there
    }


def _resolves(name: str) -> bool:
    try:
        socket.getaddrinfo(name, None, socket.AF_INET)
    except OSError:
        return False
    return True


def _from_docker(path: str) -> dict[str, Any]:
    """List the containers of our own Compose project."""
    own = _ask(path, f"/containers/{socket.gethostname()}/json")
    project = own["Config"]["Labels"].get("com.docker.compose.project", "")
    filters = json.dumps({"label": [f"com.docker.compose.project={project}"]})
    found: dict[str, Any] = {}
    for listed in _ask(path, f"/containers/json?all=1&filters={filters}"):
        name = listed["Labels"].get("com.docker.compose.service", "")
        whole = _ask(path, f"/containers/{listed['Id']}/json")
        found[name] = _entry(name, whole["State"]["Status"], whole["State"]["StartedAt"], whole["Config"]["Image"])
    return found


def _ask(path: str, target: str) -> Any:
    connection = _DockerConnection(path)
    try:
        connection.request("GET", target.replace('"', "%22").replace(" ", ""))
        return json.loads(connection.getresponse().read())
    finally:
        connection.close()


def _entry(name: str, state: str, started_at: str, image: str) -> dict[str, str]:
    return {"type": "info", "container": name, "state": state, "started_at": started_at, "image": image}


def _disk(folder: Path) -> dict[str, str]:
    """Say what `df -H` says of the mail folder."""
    place = folder if folder.is_dir() else Path("/")
    usage = shutil.disk_usage(place)
    device = next(
        (parts[0] for line in reversed(_mounts()) if (parts := line.split())[1] == _mount_point(place)), "overlay"
    )
    percent = -(-usage.used * 100 // max(usage.used + usage.free, 1))
    return {
        "type": "info",
        "disk": device,
        "used": _size(usage.used),
        "total": _size(usage.total),
        "used_percent": f"{percent}%",
    }


def _host() -> dict[str, Any]:
    memory = {
        line.split(":")[0]: int(line.split()[1]) * 1024
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
        if line.endswith("kB")
    }
    total = memory["MemTotal"]
    return {
        "cpu": {"cores": os.cpu_count() or 1, "usage": int(os.getloadavg()[0])},
        "memory": {
            "total": total,
            "usage": (total - memory["MemAvailable"]) * 100 // total,
            "swap": [0, 0, 0, 0, 0, 0],
        },
        "uptime": int(float(Path("/proc/uptime").read_text(encoding="ascii").split()[0])),
        "system_time": time.strftime("%d.%m.%Y %H:%M:%S"),
        "architecture": platform.machine(),
    }


def _mounts() -> list[str]:
    return Path("/proc/mounts").read_text(encoding="utf-8").splitlines()


def _mount_point(place: Path) -> str:
    place = place.resolve()
    while not place.is_mount():
        place = place.parent
    return str(place)


def _size(number: float) -> str:
    """Write bytes as df -H does: powers of 1000, rounded up."""
    for unit in ("", "K", "M", "G", "T"):
        if number < 1000:
            return f"{-int(-number // 1)}{unit}" if number >= 10 or not unit else f"{number:.1f}{unit}"
        number /= 1000
    return f"{number:.0f}P"
