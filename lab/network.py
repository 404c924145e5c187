"""A world's network: a bridge of its own with no way out, on which the machine itself is the only neighbour."""

from ipaddress import IPv4Network
from typing import Any, cast

from lab import advice, kernel, register, topology
from lab.docker_client import Docker
from lab.errors import LabError
from lab.world import World


def networks_taken(docker: Docker, *, clone_id: str, world: str, bridge: str) -> tuple[IPv4Network, ...]:
    """List the networks that a world cannot have: this machine's, the daemon's and other labs', its own excepted."""
    named = {f"mailstead-{clone_id}-{world}"}
    taken = [network for one in kernel.interfaces() if one.name != bridge for network in one.networks]
    taken += [
        topology.parse_subnet(record.subnet)
        for record in register.read_all()
        if record.subnet and (record.clone_id, record.name) != (clone_id, world)
    ]
    for name in docker.call("network", "ls", "--format", "{{.Name}}").split():
        if name not in named and (found := docker.inspect("network", name)):
            taken += [topology.parse_subnet(text) for text in _subnets(found)]
    return tuple(taken)


def ensure(docker: Docker, world: World) -> None:
    """Make the world's network, or mend it.

    Between the machine and a container nothing is forwarded, so neither this machine's forwarding nor its FORWARD
    rules matter. Between two containers they may: see kernel.forwarding_is_filtered.

    Raises:
        LabError: the network cannot be had.
    """
    found = docker.inspect("network", world.network)
    if found and _is_as_wanted(found, world) and _is_up(world):
        kernel.forward_nothing_from(world.bridge)
        return
    if found:
        if cast("dict[str, Any]", found.get("Containers") or {}):
            raise LabError(
                f"network {world.network} is not what the lab made and containers are in it; "
                f"end the lab with: {advice.END}"
            )
        docker.call("network", "rm", world.network)
    kernel.remove_bridge(world.bridge)  # a killed daemon's; the name is ours
    labels = [word for key, value in world.labels.items() for word in ("--label", f"{key}={value}")]
    docker.call(
        "network", "create", "--driver", "bridge", "--internal",
        "--subnet", world.subnet, "--gateway", world.gateway,
        "--opt", f"com.docker.network.bridge.name={world.bridge}",
        *labels, world.network,
    )  # fmt: skip
    if not _is_up(world):
        raise LabError(
            f"the Docker daemon at {docker.host} made the network {world.network} somewhere else than on this machine; "
            "set MAILSTEAD_LAB_DOCKER=own to give the lab a daemon of its own"
        )
    # Docker keeps an internal network in by firewall rules only, and a private daemon makes none.
    kernel.forward_nothing_from(world.bridge)


def remove(docker: Docker, world: World) -> None:
    """Remove the world's network and everything in it."""
    docker.remove_labelled([f"{key}={value}" for key, value in world.labels.items()])


def _is_as_wanted(found: dict[str, Any], world: World) -> bool:
    options = cast("dict[str, str]", found.get("Options") or {})
    return (
        bool(found.get("Internal"))
        and _subnets(found) == [world.subnet]
        and options.get("com.docker.network.bridge.name") == world.bridge
    )


def _is_up(world: World) -> bool:
    return any(one.name == world.bridge and world.gateway in one.addresses for one in kernel.interfaces())


def _subnets(found: dict[str, Any]) -> list[str]:
    ipam = cast("dict[str, Any]", found.get("IPAM") or {})
    rows = cast("list[dict[str, str]]", ipam.get("Config") or [])
    return [row["Subnet"] for row in rows if "." in row.get("Subnet", "")]
