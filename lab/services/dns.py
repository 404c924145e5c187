"""The resolver of a world: knows the world's own names and answers at once that there are no others."""

import os
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from lab.services import service
from lab.services.service import Service
from lab.topology import DNS_PORT
from lab.world import World

NAME: Final = "dns"


def hosts_file(world: World) -> Path:
    """Give the file with the world's names, in the form of /etc/hosts."""
    return world.folder / "dns" / "hosts"


def resolv_conf(world: World) -> Path:
    """Give a resolv.conf for the world's hosts."""
    return world.folder / "dns" / "resolv.conf"


def start(world: World) -> None:
    """Start the resolver.

    Raises:
        LabError: it does not start.
    """
    hosts_file(world).parent.mkdir(parents=True, exist_ok=True)
    hosts_file(world).touch()
    resolv_conf(world).write_text(f"nameserver {world.dns}\noptions timeout:2 attempts:2\n", encoding="utf-8")
    service.ensure(
        world,
        Service(
            name=NAME,
            argv=(
                "dnsmasq",
                "--keep-in-foreground",
                "--conf-file=/dev/null",
                "--pid-file",
                "--user=root",
                "--group=root",
                "--log-facility=-",
                f"--listen-address={world.dns}",
                f"--port={DNS_PORT}",
                "--bind-interfaces",
                "--no-resolv",
                "--no-hosts",
                f"--addn-hosts={hosts_file(world)}",
                "--local=/#/",  # every name is ours to answer for: what is not in the file does not exist
                "--local-ttl=5",
            ),
            is_ready=lambda: service.answers(world.dns, DNS_PORT),
        ),
    )


def publish(world: World, addresses: Mapping[str, str]) -> None:
    """Say which names there are, in place of those said before.

    Args:
        world: whose resolver.
        addresses: address of each name.
    """
    new = hosts_file(world).with_suffix(".new")
    new.write_text("".join(f"{address} {name}\n" for name, address in sorted(addresses.items())), encoding="utf-8")
    new.replace(hosts_file(world))
    if entry := service.running(world, NAME):
        os.kill(entry.process.pid, signal.SIGHUP)  # dnsmasq reads the file again
