"""What killed labs leave in the kernel: mounts, loop devices, interfaces; listed and taken away."""

import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Interface, IPv4Network
from pathlib import Path
from typing import Any, Final, cast

from lab import machine
from lab.errors import LabError

_DELETED: Final = " (deleted)"  # what the kernel writes behind the name of a file that is no more
_TCP_LISTEN: Final = "0A"
_ANY_ADDRESS: Final = frozenset({"00000000", "0" * 32})


@dataclass(frozen=True)
class LoopDevice:
    """A loop device and the file behind it."""

    device: Path
    file: Path
    file_is_gone: bool


@dataclass(frozen=True)
class Interface:
    """A network interface with its IPv4 networks."""

    name: str
    is_bridge: bool
    networks: tuple[IPv4Network, ...]
    addresses: tuple[str, ...]


def mounts_below(folder: Path, mountinfo: str | None = None) -> tuple[Path, ...]:
    """List what is mounted on a folder or anywhere below it, the last mounted first."""
    text = Path("/proc/self/mountinfo").read_text(encoding="utf-8") if mountinfo is None else mountinfo
    places = (Path(_unescape(line.split()[4])) for line in text.splitlines())
    return tuple(reversed([place for place in places if place.is_relative_to(folder)]))


def unmount_below(folder: Path) -> None:
    """Unmount everything on and below a folder; what is still in use goes when its last user does."""
    for place in mounts_below(folder):
        if _run("umount", str(place)) is None:
            _run("umount", "--lazy", str(place))


def root_is_a_mount(mountinfo: str | None = None) -> bool:
    """Say whether our root is a mount point; in a plain chroot it is not, and containers cannot pivot away from it."""
    text = Path("/proc/self/mountinfo").read_text(encoding="utf-8") if mountinfo is None else mountinfo
    return any(line.split()[4] == "/" for line in text.splitlines())


def loop_devices() -> tuple[LoopDevice, ...]:
    """List the loop devices that have a file."""
    found: list[LoopDevice] = []
    for entry in sorted(Path("/sys/block").glob("loop*/loop/backing_file")):
        try:
            file = entry.read_text(encoding="utf-8").rstrip("\n")
        except OSError:  # detached between listing and reading
            continue
        gone = file.endswith(_DELETED)
        found.append(LoopDevice(Path("/dev") / entry.parts[3], Path(file.removesuffix(_DELETED)), gone))
    return tuple(found)


def detach_loops_of(folder: Path) -> None:
    """Detach every loop device whose file lies, or lay, below a folder."""
    for loop in loop_devices():
        if loop.file.is_relative_to(folder):
            _run("losetup", "--detach", str(loop.device))


def interfaces() -> tuple[Interface, ...]:
    """List this machine's network interfaces.

    Raises:
        LabError: iproute2 cannot be run.
    """
    listed = _run("ip", "-json", "-details", "address", "show")
    if listed is None:
        raise LabError("the interfaces of this machine cannot be listed; try: ip -json address show")
    return parse_interfaces(listed)


def parse_interfaces(listed: str) -> tuple[Interface, ...]:
    """Read what ``ip -json -details address show`` prints."""
    found: list[Interface] = []
    for row in cast("list[dict[str, Any]]", json.loads(listed)):
        if "ifname" not in row:  # ip prints an empty object for what a filter left out
            continue
        kind = cast("dict[str, Any]", row.get("linkinfo", {})).get("info_kind", "")
        addresses = [
            IPv4Interface(f"{one['local']}/{one['prefixlen']}")
            for one in cast("list[dict[str, Any]]", row.get("addr_info", []))
            if one["family"] == "inet"
        ]
        found.append(
            Interface(
                name=str(row["ifname"]),
                is_bridge=kind == "bridge",
                networks=tuple(address.network for address in addresses),
                addresses=tuple(str(address.ip) for address in addresses),
            )
        )
    return tuple(found)


def remove_bridge(name: str) -> None:
    """Take a bridge away; one that is not there, or is no bridge, is left."""
    if any(found.name == name and found.is_bridge for found in interfaces()):
        _run("ip", "link", "delete", name, "type", "bridge")


def forward_nothing_from(interface: str) -> None:
    """Have nothing that comes in through an interface of ours forwarded, whatever this machine does otherwise.

    The setting is the interface's own and goes with it; the machine's forwarding and firewall are not touched.
    """
    switch = Path("/proc/sys/net/ipv4/conf") / interface / "forwarding"
    if switch.read_text(encoding="ascii").strip() != "0":
        switch.write_text("0", encoding="ascii")


def ports_taken_everywhere(tables: Sequence[str] | None = None) -> frozenset[int]:
    """List the TCP ports on which some program listens on all addresses: nobody else can on any."""
    if tables is None:
        files = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
        tables = [file.read_text(encoding="ascii") for file in files if file.exists()]
    taken: set[int] = set()
    for table in tables:
        for line in table.splitlines()[1:]:
            fields = line.split()
            address, _, port = fields[1].rpartition(":")
            if fields[3] == _TCP_LISTEN and address in _ANY_ADDRESS:
                taken.add(int(port, 16))
    return frozenset(taken)


def forwarding_is_filtered() -> bool:
    """Say whether this machine's firewall also sees what goes between two containers of one bridge.

    Then a FORWARD policy of DROP would cut the hosts of a world off from each other.
    What goes between a host and this machine is never forwarded, so a world with one mail host does not notice.
    """
    switch = Path("/proc/sys/net/bridge/bridge-nf-call-iptables")
    if not switch.exists() or switch.read_text(encoding="ascii").strip() != "1":
        return False
    rules = _run("iptables-save", "-t", "filter") or ""
    return re.search(r"^:FORWARD DROP", rules, re.MULTILINE) is not None


def _unescape(text: str) -> str:
    return re.sub(r"\\([0-7]{3})", lambda found: chr(int(found[1], 8)), text)


def _run(*argv: str) -> str | None:
    """Run a program; None if it failed."""
    program = machine.find(argv[0]) or argv[0]
    try:
        ended = subprocess.run([program, *argv[1:]], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return None
    return ended.stdout if ended.returncode == 0 else None
