"""Security lists as nft rules, read as text."""

from __future__ import annotations

from typing import Any

import pytest

from lab.plugins.oci.firewall import DEFAULT_LIST, Neighbourhood, ruleset, source_translation

NOBODY = Neighbourhood(vcn_blocks=("10.20.0.0/16",), instance_addresses=())
ANY = "0.0.0.0/0"


def ingress(*rules: dict[str, Any], neighbourhood: Neighbourhood = NOBODY) -> list[str]:
    """The lines between the established connections and the drop."""
    text = ruleset([{"ingressSecurityRules": list(rules)}], neighbourhood)
    lines = [line.strip() for line in text.split("chain egress")[0].splitlines()]
    return lines[lines.index("ct state established,related accept") + 1 : lines.index("drop")]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ({"protocol": "all", "source": ANY}, "ip saddr 0.0.0.0/0 accept"),
        ({"protocol": "6", "source": ANY}, "ip saddr 0.0.0.0/0 meta l4proto tcp accept"),
        (
            {"protocol": "6", "source": "192.0.2.0/24", "tcpOptions": {"min": 25, "max": 26}},
            "ip saddr 192.0.2.0/24 tcp dport 25-26 accept",
        ),
        (
            {"protocol": "17", "source": ANY, "udpOptions": {"sourcePortRange": {"min": 53, "max": 53}}},
            "ip saddr 0.0.0.0/0 udp sport 53-53 accept",
        ),
        (
            {"protocol": "1", "source": ANY, "icmpOptions": {"type": 3, "code": 4}},
            "ip saddr 0.0.0.0/0 icmp type 3 icmp code 4 accept",
        ),
        ({"protocol": "1", "source": ANY, "icmpOptions": {"type": 3}}, "ip saddr 0.0.0.0/0 icmp type 3 accept"),
        ({"protocol": "58", "source": "::/0"}, "ip6 saddr ::/0 meta l4proto ipv6-icmp accept"),
        ({"protocol": "47", "source": ANY}, "ip saddr 0.0.0.0/0 meta l4proto 47 accept"),
    ],
)
def test_a_rule_lets_in_what_it_says(rule: dict[str, Any], expected: str) -> None:
    assert ingress(rule) == [expected]


def test_without_a_rule_everything_from_outside_is_dropped_without_an_answer() -> None:
    assert ingress() == []
    assert "reject" not in ruleset([], NOBODY)


def test_the_table_stands_before_docker_s_address_translation() -> None:
    assert "hook prerouting priority -110" in ruleset([], NOBODY)


def test_lists_are_a_union() -> None:
    lists = [
        DEFAULT_LIST,
        {"ingressSecurityRules": [{"protocol": "6", "source": ANY, "tcpOptions": {"min": 443, "max": 443}}]},
    ]
    text = ruleset(lists, NOBODY)
    assert "tcp dport 22-22" in text
    assert "tcp dport 443-443" in text


def test_a_rule_about_the_vcn_s_blocks_is_about_the_instances_real_addresses() -> None:
    neighbourhood = Neighbourhood(vcn_blocks=("10.20.0.0/16",), instance_addresses=("10.77.9.20", "10.77.9.21"))
    lines = ingress({"protocol": "6", "source": "10.20.1.0/24"}, neighbourhood=neighbourhood)
    assert [line.split()[2] for line in lines] == ["10.20.1.0/24", "10.77.9.20", "10.77.9.21"]


def test_what_goes_to_others_than_neighbours_comes_from_the_first_public_address() -> None:
    neighbours = Neighbourhood(vcn_blocks=("10.20.0.0/16",), instance_addresses=("10.77.9.21", "10.77.9.20"))

    text = source_translation(["10.77.9.120", "10.77.9.121"], neighbours)

    assert 'oifname "eth0" ip daddr != { 10.77.9.20, 10.77.9.21 } snat to 10.77.9.120' in text


def test_an_instance_without_a_public_address_has_no_translation() -> None:
    assert "chain" not in source_translation([], NOBODY)
