"""What a stack is, read from top to bottom: inputs, network, hosts, mail servers, people, outputs."""

import pulumi
import pulumi_oci as oci

from components.dns_output import dns_output
from components.inputs import read_inputs
from components.mail_fleet import MailFleet, MailFleetArgs
from components.mail_network import MailNetwork, MailNetworkArgs
from core.ports import public_ports
from mailcow.server import MailServers, MailServersArgs
from users.provision import People, PeopleArgs

inputs = read_inputs()
settings, state = inputs.settings, inputs.state

# Default providers for oci are disabled, so that nothing can land in another region.
in_region = pulumi.ResourceOptions(providers=[oci.Provider("oci", region=settings.region)])

network = MailNetwork(
    "mail-network",
    MailNetworkArgs(
        compartment_id=settings.compartment_ocid,
        cidr=settings.vcn_cidr,
        public_ports=public_ports(settings),
        ssh_from=settings.ssh_from,
    ),
    in_region,
)
fleet = MailFleet(
    "mail-fleet",
    MailFleetArgs(hosts=state.hosts, settings=settings, subnet_id=network.subnet_id),
    in_region,
)
servers = MailServers(
    "mail-servers",
    MailServersArgs(state=state, machines=fleet.hosts, settings=settings),
)
people = People("people", PeopleArgs(state=state, providers=servers.providers))

pulumi.export("vcn_id", network.vcn_id)
pulumi.export("subnet_ids", [network.subnet_id])
pulumi.export("security_list_id", network.security_list_id)
pulumi.export("instance_ids", fleet.instance_ids)
pulumi.export("public_ips", fleet.addresses)
pulumi.export("mail_hostnames", fleet.hostnames)
pulumi.export("dns_records", dns_output(state, addresses=fleet.address_of, dkim=people.dkim_records))
