"""The servers that show the certificate, told to read it anew; mailcow has a container of its own for it: dockerapi."""

import http.client
import json
import socket
from typing import Any

from certificates.log import Log

_SOCKET = "/var/run/docker.sock"
_RELOADED_BY = {
    "nginx-mailcow": ["nginx", "-s", "reload"],
    "dovecot-mailcow": ["doveadm", "reload"],
    "postfix-mailcow": ["postfix", "reload"],
}


class _Docker(http.client.HTTPConnection):
    """HTTP over Docker's socket."""

    def __init__(self) -> None:
        super().__init__("docker", timeout=60)

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.connect(_SOCKET)


def reload_servers(project: str, log: Log) -> None:
    """Have each of them read the certificate again."""
    log("Reloading or restarting services... (1)")
    wanted = json.dumps({"label": [f"com.docker.compose.project={project}"]}).replace('"', "%22").replace(" ", "")
    for container in _ask("GET", f"/containers/json?filters={wanted}"):
        service = container["Labels"].get("com.docker.compose.service", "")
        if command := _RELOADED_BY.get(service):
            started = _ask("POST", f"/containers/{container['Id']}/exec", {"Cmd": command, "AttachStderr": True})
            _ask("POST", f"/exec/{started['Id']}/start", {"Detach": False})
            if status := _ask("GET", f"/exec/{started['Id']}/json")["ExitCode"]:
                log(f"{service} did not reload: {command[0]} ended with {status}")


def _ask(method: str, path: str, body: object = None) -> Any:
    connection = _Docker()
    try:
        connection.request(method, path, json.dumps(body or {}), {"Content-Type": "application/json"})
        said = connection.getresponse().read()
    finally:
        connection.close()
    return json.loads(said) if said.startswith((b"{", b"[")) else None
