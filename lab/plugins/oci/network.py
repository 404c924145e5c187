"""VCN, internet gateway, route table, security list, subnet."""

from __future__ import annotations

import ipaddress
import re
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from lab.plugins import faults
from lab.plugins.oci import connectivity
from lab.plugins.oci.handler import Handler, exceeded, invalid, listed

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lab.plugins.oci.cloud import Record, Transaction

_DNS_LABEL = re.compile(r"[A-Za-z][A-Za-z0-9]{0,14}")
_PROTOCOL = re.compile(r"all|\d{1,3}")
_COMPARTMENT = re.compile(r"ocid1\.(compartment|tenancy)\.\S+")
_MAX_RULES = 200
_PORT_PROTOCOLS = {"tcpOptions": "6", "udpOptions": "17"}


class Vcn(Handler):
    """A virtual cloud network."""

    type = "Vcn"
    kind = "vcn"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        check_dns_label(inputs)
        blocks = vcn_blocks(inputs)
        if not blocks:
            raise invalid("cidrBlocks must have at least one block")
        for block in blocks:
            if not 16 <= parse_block(block).prefixlen <= 30:
                raise invalid(f"cidrBlock {block} is not a /16 to /30")

    @override
    def check(self, records: Transaction, record: Record) -> None:
        others = [other for other in records.all("Vcn") if other.id != record.id]
        if len(others) + 1 > faults.limit(self.cloud.world, "vcn-count"):
            raise exceeded("vcn-count")
        for subnet in records.all("Subnet"):
            if subnet.inputs["vcnId"] == record.id:
                _check_nested(subnet.inputs["cidrBlock"], record)

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        blocks = vcn_blocks(record.inputs)
        label = record.inputs.get("dnsLabel")
        return {
            "cidrBlock": blocks[0],
            "cidrBlocks": blocks,
            "ipv6cidrBlocks": [],
            "defaultDhcpOptionsId": self.cloud.new_id("dhcpoptions"),
            "defaultRouteTableId": self.cloud.new_id("routetable"),
            "defaultSecurityListId": self.cloud.new_id("securitylist"),
            "vcnDomainName": f"{label}.oraclevcn.com" if label else None,
        }


class InternetGateway(Handler):
    """The way out of a VCN."""

    type = "InternetGateway"
    kind = "internetgateway"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)

    @override
    def check(self, records: Transaction, record: Record) -> None:
        records.require(record.inputs["vcnId"], "Vcn")
        others = [other for other in records.all("InternetGateway") if other.id != record.id]
        if any(other.inputs["vcnId"] == record.inputs["vcnId"] for other in others):
            raise invalid("the VCN has an internet gateway already; it can have only one")
        if len(others) + 1 > faults.limit(self.cloud.world, "internet-gateway-count"):
            raise exceeded("internet-gateway-count")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        return {"enabled": True}


class RouteTable(Handler):
    """Where a subnet's packets go."""

    type = "RouteTable"
    kind = "routetable"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        for rule in listed(inputs, "routeRules"):
            destination = rule.get("destination") or rule.get("cidrBlock")
            if destination is None:
                raise invalid("a route rule needs a destination")
            if rule.get("destinationType", "CIDR_BLOCK") == "CIDR_BLOCK":
                parse_block(destination)

    @override
    def check(self, records: Transaction, record: Record) -> None:
        records.require(record.inputs["vcnId"], "Vcn")
        for rule in listed(record.inputs, "routeRules"):
            records.require(rule["networkEntityId"], "InternetGateway")


class SecurityList(Handler):
    """What may come into and leave the subnets that name it."""

    type = "SecurityList"
    kind = "securitylist"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        for name, key in (("ingressSecurityRules", "source"), ("egressSecurityRules", "destination")):
            rules = listed(inputs, name)
            if len(rules) > _MAX_RULES:
                raise invalid(f"{name} has {len(rules)} rules; a security list takes {_MAX_RULES}")
            for rule in rules:
                _check_rule(rule, key)

    @override
    def check(self, records: Transaction, record: Record) -> None:
        records.require(record.inputs["vcnId"], "Vcn")

    @override
    def changed(self, record: Record) -> None:
        connectivity.refresh(self.cloud, self.containers)


class Subnet(Handler):
    """A part of a VCN with rules of its own."""

    type = "Subnet"
    kind = "subnet"

    def validate(self, inputs: Mapping[str, Any]) -> None:
        check_compartment(inputs)
        check_dns_label(inputs)
        if not subnet_block(inputs):
            raise invalid("cidrBlock is needed")

    @override
    def check(self, records: Transaction, record: Record) -> None:
        inputs = record.inputs
        vcn = records.require(inputs["vcnId"], "Vcn")
        _check_nested(subnet_block(inputs), vcn)
        if inputs.get("dnsLabel") and not vcn.inputs.get("dnsLabel"):
            raise invalid("dnsLabel of a subnet needs a VCN with a dnsLabel")
        for other in records.all("Subnet"):
            if other.id == record.id or other.inputs["vcnId"] != vcn.id:
                continue
            if parse_block(subnet_block(other.inputs)).overlaps(parse_block(subnet_block(inputs))):
                raise invalid(f"The requested CIDR {subnet_block(inputs)} overlaps with subnet {other.id}")
            if inputs.get("dnsLabel") and other.inputs.get("dnsLabel") == inputs["dnsLabel"]:
                raise invalid(f"dnsLabel {inputs['dnsLabel']} is taken by subnet {other.id}")
        security_lists: list[str] = inputs.get("securityListIds") or []
        for id_ in security_lists:
            if id_ != vcn.facts["defaultSecurityListId"]:
                records.require(id_, "SecurityList")
        route_table = inputs.get("routeTableId")
        if route_table and route_table != vcn.facts["defaultRouteTableId"]:
            records.require(route_table, "RouteTable")

    @override
    def fill_in(self, records: Transaction, record: Record) -> dict[str, Any]:
        vcn = records.require(record.inputs["vcnId"], "Vcn")
        block = subnet_block(record.inputs)
        label = record.inputs.get("dnsLabel")
        return {
            "cidrBlock": block,
            "ipv4cidrBlocks": [block],
            "dhcpOptionsId": vcn.facts["defaultDhcpOptionsId"],
            "routeTableId": vcn.facts["defaultRouteTableId"],
            "securityListIds": [vcn.facts["defaultSecurityListId"]],
            "prohibitPublicIpOnVnic": False,
            "prohibitInternetIngress": False,
            "subnetDomainName": f"{label}.{vcn.inputs['dnsLabel']}.oraclevcn.com" if label else None,
            "virtualRouterIp": str(next(parse_block(block).hosts())),
            "virtualRouterMac": "00:00:17:00:00:01",
        }

    @override
    def changed(self, record: Record) -> None:
        connectivity.refresh(self.cloud, self.containers)


def check_compartment(inputs: Mapping[str, Any]) -> None:
    """Refuse what is no compartment's or tenancy's OCID."""
    if not _COMPARTMENT.fullmatch(inputs["compartmentId"]):
        raise invalid(f"compartmentId {inputs['compartmentId']!r} is not an OCID of a compartment or tenancy")


def check_dns_label(inputs: Mapping[str, Any]) -> None:
    """Refuse a DNS label that OCI does not take."""
    label = inputs.get("dnsLabel")
    if label is not None and not _DNS_LABEL.fullmatch(label):
        raise invalid(f"dnsLabel {label!r} must be alphanumeric, start with a letter and have at most 15 characters")


def parse_block(text: str) -> ipaddress.IPv4Network | ipaddress.IPv6Network:
    """A CIDR block whose host bits are zero."""
    try:
        return ipaddress.ip_network(text)
    except ValueError as error:
        raise invalid(f"cidr {text!r} is not valid: {error}") from None


def vcn_blocks(inputs: Mapping[str, Any]) -> list[str]:
    """A VCN's blocks, however they were given."""
    return list(inputs.get("cidrBlocks") or ([inputs["cidrBlock"]] if inputs.get("cidrBlock") else []))


def subnet_block(inputs: Mapping[str, Any]) -> str:
    """A subnet's block, however it was given."""
    return inputs.get("cidrBlock") or next(iter(inputs.get("ipv4cidrBlocks") or []), "")


def _check_nested(block: str, vcn: Record) -> None:
    inner = parse_block(block)
    outer = [parse_block(one) for one in vcn_blocks(vcn.inputs)]
    if not any(inner.version == one.version and inner.subnet_of(one) for one in outer):  # pyright: ignore[reportArgumentType] -- versions are equal
        raise invalid(f"The requested CIDR {block} is not in the VCN's {', '.join(map(str, outer))}")


def _check_rule(rule: Mapping[str, Any], key: str) -> None:
    if rule.get(f"{key}Type", "CIDR_BLOCK") != "CIDR_BLOCK":
        raise invalid(f"{key}Type {rule[f'{key}Type']} is real, but the lab provides CIDR_BLOCK only")
    parse_block(rule[key])
    protocol = rule["protocol"]
    if not _PROTOCOL.fullmatch(protocol):
        raise invalid(f"protocol {protocol!r} is neither all nor a number")
    for options, needed in _PORT_PROTOCOLS.items():
        if rule.get(options) and protocol != needed:
            raise invalid(f"{options} needs protocol {needed}, not {protocol}")
        ports: dict[str, int] = rule.get(options) or {}
        if (ports.get("min") is None) != (ports.get("max") is None) or (ports.get("min") or 0) > (
            ports.get("max") or 0
        ):
            raise invalid(f"{options} needs min and max, min not above max")
