"""The certificate authority of a world: Pebble, which proves names over the world's DNS. Started when it is wanted."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import requests

from lab import machine, packages
from lab.errors import PrerequisiteError
from lab.machine import Tool
from lab.services import acme_tls, service
from lab.services.service import Service
from lab.steps import Step, quiet_step
from lab.topology import DNS_PORT
from lab.world import World

NAME: Final = "acme"
PORT: Final = 14000
_MANAGEMENT_PORT: Final = 15000
_DAY_S: Final = 86_400
_PATIENCE_S: Final = 10
_TOOL: Final = Tool("pebble", ("pebble",))
# It waits and refuses at random otherwise, to see whether clients bear it; acme-tiny does.
_STEADY: Final = ("PEBBLE_VA_NOSLEEP=1", "PEBBLE_WFE_NONCEREJECT=0", "PEBBLE_AUTHZREUSE=0")


def directory_url(world: World) -> str:
    """Give the address that a client is told."""
    return f"https://{world.gateway}:{PORT}/dir"


def ca_file(world: World) -> Path:
    """Give the file that a client has to trust for its HTTPS; the certificates that it issues need no trust here."""
    return _folder(world) / "ca.pem"


def tls_files(world: World) -> tuple[Path, Path]:
    """Give certificate and key for another server in its place; made now if they are not there."""
    acme_tls.make(_folder(world), world.gateway)
    return _folder(world) / "server.pem", _folder(world) / "server.key"


def start(world: World, *, days: int = 90, refused: Sequence[str] = (), step: Step | None = None) -> None:
    """Start it, or start it anew when it was started otherwise; it knows no earlier accounts and orders then.

    Args:
        world: Whose authority, and whose DNS it asks.
        days: How long its certificates are valid.
        refused: Domains that it issues nothing for.
        step: What shows the progress of its installation.

    Raises:
        PrerequisiteError: This system has no Pebble.
        LabError: It does not start.
    """
    if not machine.find(_TOOL.program):
        packages.install(step or quiet_step(world.folder / "log" / "install-pebble.log"), [_TOOL])
    certificate, key = tls_files(world)
    configuration = _folder(world) / "pebble.json"
    settings = {
        "listenAddress": f"{world.gateway}:{PORT}",
        "managementListenAddress": f"{world.gateway}:{_MANAGEMENT_PORT}",
        "certificate": str(certificate),
        "privateKey": str(key),
        "httpPort": 80,
        "tlsPort": 443,
        "ocspResponderURL": "",
        "externalAccountBindingRequired": False,
        "domainBlocklist": list(refused),
        "certificateValidityPeriod": days * _DAY_S,
    }
    configuration.write_text(json.dumps({"pebble": settings}, indent=2), encoding="utf-8")
    pebble = machine.find(_TOOL.program)
    if pebble is None:
        raise PrerequisiteError("Pebble was installed and is not there; install the package pebble by hand")
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=(
                *("env", *_STEADY, pebble, "-config", str(configuration)),
                *("-dnsserver", f"{world.dns}:{DNS_PORT}"),
            ),
            is_ready=lambda: service.answers(world.gateway, PORT),
            files=(configuration,),
        ),
    )


def issuer_file(world: World) -> Path:
    """Fetch the root of what it issues now into a file: each start makes another one, whom nobody trusts.

    Raises:
        requests.RequestException: It does not run.
    """
    url = f"https://{world.gateway}:{_MANAGEMENT_PORT}/roots/0"
    answer = requests.get(url, verify=str(ca_file(world)), timeout=_PATIENCE_S)
    answer.raise_for_status()
    file = _folder(world) / "issuer.pem"
    file.write_text(answer.text, encoding="ascii")
    return file


def stop(world: World) -> None:
    """End it; one that does not run is fine."""
    service.stop(world, NAME)


def _folder(world: World) -> Path:
    return world.folder / "acme"
