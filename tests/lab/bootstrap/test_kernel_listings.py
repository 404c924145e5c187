"""Reading what the kernel says of mounts, interfaces and ports."""

import json
from ipaddress import IPv4Network
from pathlib import Path

from lab import kernel

MOUNTS = """\
22 1 253:0 / / rw,relatime - ext4 /dev/vda rw
80 22 0:50 / /clone/.lab/docker/data/overlay2/a/merged rw - overlay overlay rw
81 80 0:51 / /clone/.lab/docker/data/overlay2/a/merged/proc rw - proc proc rw
82 22 0:52 / /clone/.lab\\040x/mnt rw - tmpfs tmpfs rw
83 22 0:53 / /clone/.labour rw - tmpfs tmpfs rw
"""


def test_mounts_below_a_folder_come_deepest_first_and_nobody_elses_among_them() -> None:
    found = kernel.mounts_below(Path("/clone/.lab"), MOUNTS)

    merged = Path("/clone/.lab/docker/data/overlay2/a/merged")
    assert found == (merged / "proc", merged)


def test_a_blank_in_a_mount_point_is_read_as_one() -> None:
    assert kernel.mounts_below(Path("/clone/.lab x"), MOUNTS) == (Path("/clone/.lab x/mnt"),)


def test_a_plain_chroot_is_known_by_its_root_not_being_a_mount() -> None:
    assert kernel.root_is_a_mount(MOUNTS)
    assert not kernel.root_is_a_mount(MOUNTS.split("\n", 1)[1])


def test_interfaces_tell_bridges_and_networks() -> None:
    listed = [
        {},
        {"ifname": "lo", "addr_info": [{"family": "inet", "local": "127.0.0.1", "prefixlen": 8}]},
        {
            "ifname": "msabc",
            "linkinfo": {"info_kind": "bridge"},
            "addr_info": [
                {"family": "inet", "local": "10.77.9.1", "prefixlen": 24},
                {"family": "inet6", "local": "fe80::1", "prefixlen": 64},
            ],
        },
    ]

    loopback, bridge = kernel.parse_interfaces(json.dumps(listed))

    assert not loopback.is_bridge
    assert bridge == kernel.Interface("msabc", True, (IPv4Network("10.77.9.0/24"),), ("10.77.9.1",))


def test_only_listeners_on_all_addresses_take_a_port_from_everybody() -> None:
    head = "  sl  local_address rem_address   st\n"
    ipv4 = head + "   0: 00000000:0C46 00000000:0000 0A\n   1: 0100007F:1388 00000000:0000 0A\n"
    ipv6 = head + f"   0: {'0' * 32}:2008 {'0' * 32}:0000 0A\n   1: {'0' * 32}:0016 {'0' * 32}:0000 01\n"

    assert kernel.ports_taken_everywhere([ipv4, ipv6]) == {3142, 8200}
