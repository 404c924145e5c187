"""Names, addresses and ports of a lab, derived from where its clone lies and what the world is called."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Final

from lab import advice
from lab.errors import LabError

CLONE: Final = Path(__file__).resolve().parent.parent

LABEL_CLONE: Final = "mailstead.lab"
LABEL_WORLD: Final = "mailstead.lab.world"

RUN_ROOT: Final = Path("/run/mailstead-lab")
"""What all labs of the machine tell each other, and their sockets."""

APT_PROXY_PORT: Final = 3142
REGISTRY_PORT: Final = 5000
GIT_PORT: Final = 9418
DNS_PORT: Final = 53
VAULT_PORT: Final = 8200

NUMBERS: Final = range(1, 255)
"""Third bytes a world's subnet 10.77.N.0/24 may have."""

_LONGEST_BRIDGE: Final = 15  # Linux takes no longer interface name
_WORLD: Final = re.compile(r"[a-z][a-z0-9-]{0,19}")
_OTHER_FOLDERS: Final = frozenset({"docker", "tmp"})  # of .lab/, which are no worlds


@dataclass(frozen=True)
class Names:
    """What a world is called everywhere."""

    clone_id: str
    """8 hexadecimal digits that tell this clone from any other on the machine."""
    world: str
    prefix: str
    """Begins the name of every container of the world, and is the name of its network."""
    bridge: str
    """The network's interface on the machine; at most 15 characters."""


def clone_id(clone: Path) -> str:
    """Tell one clone of the repository from another by where it lies."""
    return hashlib.sha256(str(clone.resolve()).encode()).hexdigest()[:8]


def check_world_name(world: str) -> str:
    """Give the name back.

    Raises:
        LabError: it cannot be the name of a world.
    """
    if not _WORLD.fullmatch(world) or world in _OTHER_FOLDERS:
        raise LabError(
            f"world {world!r} is not a name; write up to 20 lower-case letters, digits and dashes, a letter first"
        )
    return world


def names(clone: Path, world: str) -> Names:
    """Name a world of a clone."""
    identity = clone_id(clone)
    check_world_name(world)
    room = _LONGEST_BRIDGE - len("ms") - 6
    short = world.replace("-", "")
    if len(short) > room or "-" in world:
        short = short[: room - 3] + hashlib.sha256(world.encode()).hexdigest()[:3]
    return Names(
        clone_id=identity,
        world=world,
        prefix=f"mailstead-{identity}-{world}",
        bridge=f"ms{identity[:6]}{short}",
    )


def world_folder(clone: Path, world: str) -> Path:
    """Everything a world keeps while it is up, and nothing that outlives it."""
    return clone.resolve() / ".lab" / check_world_name(world)


def subnet(number: int) -> IPv4Network:
    """Give the network with that number."""
    return IPv4Network(f"10.77.{number}.0/24")


def parse_subnet(text: str) -> IPv4Network:
    """Read a network that a world.json or a record says."""
    return IPv4Network(text)


def gateway(network: IPv4Network) -> IPv4Address:
    """Give the machine's own address in a world, where all its services listen."""
    return network.network_address + 1


def choose_subnet(of: Names, taken: Collection[IPv4Network]) -> IPv4Network:
    """Choose a world's network: always the same one, unless somebody else has it; then the next.

    Raises:
        LabError: every one is taken.
    """
    first = int(hashlib.sha256(f"{of.clone_id} {of.world}".encode()).hexdigest()[:8], 16) % len(NUMBERS)
    for step in range(len(NUMBERS)):
        wanted = subnet(NUMBERS[(first + step) % len(NUMBERS)])
        if not any(wanted.overlaps(other) for other in taken):
            return wanted
    raise LabError(f"no network 10.77.N.0/24 is free; end labs that are no longer needed with: {advice.END}")


def choose_port(preferred: int, taken: Collection[int]) -> int:
    """Choose a service's port: the usual one, unless a program of this machine listens there on every address."""
    port = preferred
    while port in taken:
        port += 1
    return port
