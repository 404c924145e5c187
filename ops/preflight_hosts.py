"""The mail hosts of a stack to look from: each with its address, and a way to open connections that start there."""

import socket
from collections.abc import Mapping
from typing import Any

from core.errors import HostUnreachableError, SshError
from core.inputs import Inputs
from ops.dns_known import addresses_of
from ops.preflight import FromHost
from ops.server_access import Access, no_server, server_access
from ssh.client import SshClient


def hosts_of(exported: Mapping[str, Any], inputs: Inputs, *, stack: str) -> list[FromHost]:
    """Give every mail host that the stack's recorded state knows; nothing is connected yet.

    Args:
        exported: The state.
        inputs: The stack's configuration and list.
        stack: Its name.

    Raises:
        RefusedError: There is none yet.
    """
    found = server_access(exported)
    if not found:
        raise no_server(stack)
    addresses = addresses_of(exported, inputs)
    known = {host.number for host in inputs.state.hosts}
    return [_from(one, inputs, addresses.get(one.number, "")) for one in found if one.number in known]


def _from(access: Access, inputs: Inputs, address: str) -> FromHost:
    shell = None if access.host is None else SshClient(access.host)
    host = next(one for one in inputs.state.hosts if one.number == access.number)

    def connect(name: str, port: int) -> socket.socket:
        if shell is None:
            raise OSError("there is no way to the host but its API")
        try:
            return shell.open_channel(name, port)
        except HostUnreachableError:
            # Its words are about services of the host's own; here it is somebody else's.
            raise OSError("no connection") from None
        except SshError as problem:
            raise OSError(str(problem)) from None

    return FromHost(host=host, address=address, shell=shell, connect=connect)
