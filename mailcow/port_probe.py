"""The PortProbe resource: the mail host's ports answer from where the operator is."""

import socket
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pulumi
from pulumi.dynamic import CreateResult, DiffResult, ReadResult, Resource, ResourceProvider, UpdateResult

from core.errors import MailcowUnavailableError

_INPUTS = ("instance_id", "address", "ports", "after")
_LIMIT_S = 60.0
_PAUSE_S = 2.0
_CONNECT_TIMEOUT_S = 5.0
_SMTP = 25


class PortProbeProvider(ResourceProvider):
    """One look at all ports, taken again whenever the host was worked on.

    State holds this class as a reference, ``mailcow.port_probe.PortProbeProvider``: do not move or rename it.
    """

    serialize_as_secret_always = False  # a reference captures nothing secret

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Take any change as a reason to look again."""
        return DiffResult(changes=any(_olds.get(key) != _news.get(key) for key in _INPUTS), replaces=[])

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Connect to each port.

        Raises:
            MailcowUnavailableError: Some do not answer; names all of them.
        """
        _probe(str(props["address"]), [int(port) for port in props["ports"]])
        return CreateResult("ports", _recorded(props))

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Look again.

        Raises:
            MailcowUnavailableError: Some do not answer; names all of them.
        """
        _probe(str(_news["address"]), [int(port) for port in _news["ports"]])
        return UpdateResult(_recorded(_news))

    def read(self, id_: str, props: dict[str, Any]) -> ReadResult:
        """Report what is recorded; whether ports answer today is for monitoring."""
        return ReadResult(id_, _recorded(props), _recorded(props))


class PortProbe(Resource, module="mailstead", name="PortProbe"):
    """All ports of a mail host answer."""

    def __init__(
        self,
        name: str,
        *,
        instance_id: pulumi.Input[str],
        address: pulumi.Input[str],
        ports: Iterable[int],
        after: pulumi.Input[str],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Register it.

        Args:
            name: Name of the resource.
            instance_id: The host; another one is probed anew.
            address: Its public address.
            ports: TCP ports that must answer; 25 only should.
            after: What the step before printed; when that changes, the ports are probed anew.
            opts: Options of the resource.
        """
        inputs: dict[str, Any] = {
            "instance_id": instance_id,
            "address": address,
            "ports": list(ports),
            "after": after,
        }
        super().__init__(PortProbeProvider(), name, inputs, opts)


def connect(address: str, port: int) -> None:
    """Open a TCP connection and close it again.

    Raises:
        OSError: It could not be opened.
    """
    socket.create_connection((address, port), timeout=_CONNECT_TIMEOUT_S).close()


def _probe(address: str, ports: list[int]) -> None:
    deadline = time.monotonic() + _LIMIT_S
    with ThreadPoolExecutor(max_workers=len(ports) or 1) as pool:
        tries = {port: pool.submit(_reason_why_not, address, port, deadline) for port in ports}
    reasons = {port: tried.result() for port, tried in tries.items()}
    silent = {port: reason for port, reason in reasons.items() if reason is not None}
    if _SMTP in silent and len(silent) < len(ports):
        # Many networks let nobody out to port 25; the host has checked by itself that it listens.
        pulumi.log.warn(
            f"port {_SMTP} of {address} does not answer from here ({silent.pop(_SMTP)}), "
            "as where most networks block it; look from a host outside whether mail gets in"
        )
    if silent:
        lines = (f"port {port} of {address} does not answer from here ({reason})" for port, reason in silent.items())
        raise MailcowUnavailableError(
            "\n".join(lines) + "; check the security list, the host's firewall (sudo iptables -L INPUT) "
            "and the containers (sudo docker compose ps in /srv/mail/mailcow-dockerized)"
        )


def _reason_why_not(address: str, port: int, deadline: float) -> str | None:
    """Try until the deadline, at least once; None when it answers."""
    while True:
        try:
            connect(address, port)
        except OSError as error:
            if time.monotonic() + _PAUSE_S > deadline:
                return error.strerror or str(error) or type(error).__name__
            time.sleep(_PAUSE_S)
        else:
            return None


def _recorded(props: dict[str, Any]) -> dict[str, Any]:
    recorded = {key: props.get(key) for key in _INPUTS}
    return {**recorded, "ports": [int(port) for port in props.get("ports") or ()]}
