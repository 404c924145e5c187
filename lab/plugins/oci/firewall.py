"""Security lists as an nft table that stands before an instance's own rules, DNAT included."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lab.plugins.oci.handler import listed

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

_TABLE = "inet oci_security_lists"
_PROTOCOLS = {"6": "tcp", "17": "udp"}
# Before Docker's DNAT (-100), after connection tracking (-200); and on the way out after its SNAT (100).
_INGRESS_PRIORITY = -110
_EGRESS_PRIORITY = 110
_GATEWAY_PRIORITY = 90

DEFAULT_LIST: dict[str, Any] = {
    "ingressSecurityRules": [
        {"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": 22, "max": 22}},
        {"protocol": "1", "source": "0.0.0.0/0", "icmpOptions": {"type": 3, "code": 4}},
    ],
    "egressSecurityRules": [{"protocol": "all", "destination": "0.0.0.0/0"}],
}
"""What a VCN's default security list says."""


@dataclass(frozen=True)
class Neighbourhood:
    """The world's addresses that stand for a VCN's: a rule about the VCN's blocks is about these."""

    vcn_blocks: tuple[str, ...]
    instance_addresses: tuple[str, ...]


def ruleset(security_lists: Iterable[Mapping[str, Any]], neighbourhood: Neighbourhood) -> str:
    """The nft file that lets in and out what any of the lists lets in and out, and drops the rest silently."""
    lists = list(security_lists)
    ingress = [
        line
        for entry in lists
        for rule in listed(entry, "ingressSecurityRules")
        for line in _lines(rule, rule["source"], "saddr", neighbourhood)
    ]
    egress = [
        line
        for entry in lists
        for rule in listed(entry, "egressSecurityRules")
        for line in _lines(rule, rule["destination"], "daddr", neighbourhood)
    ]
    return "\n".join(
        [
            # Naming the table first makes the deletion possible where there is none; the file is one transaction.
            f"table {_TABLE}",
            f"delete table {_TABLE}",
            f"table {_TABLE} {{",
            *_chain("ingress", "prerouting", _INGRESS_PRIORITY, "iifname", ingress),
            *_chain("egress", "postrouting", _EGRESS_PRIORITY, "oifname", egress),
            "}",
            "",
        ]
    )


def source_translation(public: Sequence[str], neighbourhood: Neighbourhood) -> str:
    """The nft file that lets what an instance sends to others than its neighbours come from its public address.

    Oracle's gateway does that outside the instance; here it happens inside, before Docker's own translation (100).
    """
    table = "ip oci_internet_gateway"
    lines = [f"table {table}", f"delete table {table}"]
    if public:
        neighbours = ", ".join(sorted(neighbourhood.instance_addresses))
        among = f" ip daddr != {{ {neighbours} }}" if neighbours else ""
        lines += [
            f"table {table} {{",
            "  chain out {",
            f"    type nat hook postrouting priority {_GATEWAY_PRIORITY}; policy accept;",
            f'    oifname "eth0"{among} snat to {public[0]}',
            "  }",
            "}",
        ]
    return "\n".join([*lines, ""])


def _chain(name: str, hook: str, priority: int, interface: str, rules: Sequence[str]) -> list[str]:
    return [
        f"  chain {name} {{",
        f"    type filter hook {hook} priority {priority}; policy accept;",
        f'    {interface} != "eth0" accept',
        "    ct state established,related accept",
        *(f"    {rule}" for rule in rules),
        "    drop",
        "  }",
    ]


def _lines(rule: Mapping[str, Any], block: str, direction: str, neighbourhood: Neighbourhood) -> list[str]:
    match = _match(rule)
    blocks = [block, *_translated(block, neighbourhood)]
    return [" ".join(part for part in (f"{_family(one)} {direction} {one}", match, "accept") if part) for one in blocks]


def _translated(block: str, neighbourhood: Neighbourhood) -> tuple[str, ...]:
    network = ipaddress.ip_network(block)
    if network.version != 4 or network.prefixlen == 0:
        return ()
    is_vcn = any(network.overlaps(ipaddress.IPv4Network(own)) for own in neighbourhood.vcn_blocks)
    return neighbourhood.instance_addresses if is_vcn else ()


def _family(block: str) -> str:
    return "ip" if ipaddress.ip_network(block).version == 4 else "ip6"


def _match(rule: Mapping[str, Any]) -> str:
    protocol = rule["protocol"]
    if protocol == "all":
        return ""
    if protocol in _PROTOCOLS:
        name = _PROTOCOLS[protocol]
        return _ports(name, rule.get(f"{name}Options") or {})
    if protocol in {"1", "58"}:
        return _messages("icmp" if protocol == "1" else "icmpv6", rule.get("icmpOptions"))
    return f"meta l4proto {int(protocol)}"


def _ports(protocol: str, options: Mapping[str, Any]) -> str:
    parts: list[str] = []
    source = options.get("sourcePortRange")
    if source:
        parts.append(f"{protocol} sport {source['min']}-{source['max']}")
    if options.get("min") is not None:
        parts.append(f"{protocol} dport {options['min']}-{options['max']}")
    return " ".join(parts) or f"meta l4proto {protocol}"


def _messages(protocol: str, options: Mapping[str, Any] | None) -> str:
    if not options:
        return f"meta l4proto {protocol.replace('icmpv6', 'ipv6-icmp')}"
    # A code of its own needs the type's number said too, and the API numbers are nft's.
    code = options.get("code")
    parts = [f"{protocol} type {options['type']}", f"{protocol} code {code}" if code is not None and code >= 0 else ""]
    return " ".join(part for part in parts if part)
