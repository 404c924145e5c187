"""The network of a stack's mail hosts: VCN, way out, firewall, subnet."""

from collections.abc import Mapping
from dataclasses import dataclass

import pulumi
import pulumi_oci as oci

from core import ports

_EVERYONE = "0.0.0.0/0"
_TCP = "6"  # OCI wants the protocol's number, as text
_ICMP = "1"
_DNS_LABEL = "mail"  # letters and digits, 15 at most, never to change


@dataclass(frozen=True, kw_only=True)
class MailNetworkArgs:
    """What a ``MailNetwork`` needs.

    Attributes:
        compartment_id: OCID of the compartment everything is made in.
        cidr: IPv4 block of the VCN and its one subnet, /16 to /28.
        public_ports: TCP ports that the whole internet may reach, each with its reason.
        private_ports: TCP ports that only machines of the same network may reach, each with its reason.
        ssh_from: Blocks that may reach port 22; empty closes it.
    """

    compartment_id: str
    cidr: str
    public_ports: Mapping[int, str]
    private_ports: Mapping[int, str]
    ssh_from: tuple[str, ...]


class MailNetwork(pulumi.ComponentResource):
    """A public subnet that lets in mail, web and, from named blocks, SSH."""

    vcn_id: pulumi.Output[str]
    subnet_id: pulumi.Output[str]
    security_list_id: pulumi.Output[str]

    def __init__(self, name: str, args: MailNetworkArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("mailstead:network:MailNetwork", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        vcn = oci.core.Vcn(
            "mail-vcn",
            compartment_id=args.compartment_id,
            cidr_blocks=[args.cidr],
            display_name="mail-vcn",
            dns_label=_DNS_LABEL,
            opts=child,
        )
        # A free tenancy has internet gateways but no NAT gateway: the subnet is public, the firewall is the list below.
        gateway = oci.core.InternetGateway(
            "mail-internet-gateway",
            compartment_id=args.compartment_id,
            vcn_id=vcn.id,
            display_name="mail-internet-gateway",
            enabled=True,
            opts=child,
        )
        routes = oci.core.RouteTable(
            "mail-route-table",
            compartment_id=args.compartment_id,
            vcn_id=vcn.id,
            display_name="mail-route-table",
            route_rules=[
                oci.core.RouteTableRouteRuleArgs(
                    network_entity_id=gateway.id, destination=_EVERYONE, destination_type="CIDR_BLOCK"
                )
            ],
            opts=child,
        )
        firewall = oci.core.SecurityList(
            "mail-security-list",
            compartment_id=args.compartment_id,
            vcn_id=vcn.id,
            display_name="mail-security-list",
            egress_security_rules=[
                oci.core.SecurityListEgressSecurityRuleArgs(
                    protocol="all", destination=_EVERYONE, destination_type="CIDR_BLOCK"
                )
            ],
            ingress_security_rules=[
                *(_allow_tcp(port, _EVERYONE, args.public_ports[port]) for port in sorted(args.public_ports)),
                *(_allow_tcp(port, args.cidr, args.private_ports[port]) for port in sorted(args.private_ports)),
                *(_allow_tcp(ports.SSH, block, "administration") for block in args.ssh_from),
                _allow_path_mtu_discovery(),
            ],
            opts=child,
        )
        subnet = oci.core.Subnet(
            "mail-subnet",
            compartment_id=args.compartment_id,
            vcn_id=vcn.id,
            cidr_block=args.cidr,
            display_name="mail-subnet",
            dns_label=_DNS_LABEL,
            prohibit_public_ip_on_vnic=False,
            route_table_id=routes.id,
            security_list_ids=[firewall.id],
            opts=child,
        )
        self.vcn_id = vcn.id
        self.subnet_id = subnet.id
        self.security_list_id = firewall.id
        self.register_outputs({"vcn_id": vcn.id, "subnet_id": subnet.id, "security_list_id": self.security_list_id})


def _allow_tcp(port: int, source: str, reason: str) -> oci.core.SecurityListIngressSecurityRuleArgs:
    return oci.core.SecurityListIngressSecurityRuleArgs(
        protocol=_TCP,
        source=source,
        source_type="CIDR_BLOCK",
        stateless=False,
        description=reason,
        tcp_options=oci.core.SecurityListIngressSecurityRuleTcpOptionsArgs(min=port, max=port),
    )


def _allow_path_mtu_discovery() -> oci.core.SecurityListIngressSecurityRuleArgs:
    """Let in "fragmentation needed": the VCN's MTU is 9000, the internet's 1500, and without it mails hang."""
    return oci.core.SecurityListIngressSecurityRuleArgs(
        protocol=_ICMP,
        source=_EVERYONE,
        source_type="CIDR_BLOCK",
        stateless=False,
        description="path MTU discovery",
        icmp_options=oci.core.SecurityListIngressSecurityRuleIcmpOptionsArgs(type=3, code=4),
    )
