"""What a stack is, read from top to bottom: inputs, machines, mail servers, people, outputs."""

import pulumi

from components.dns_output import dns_output
from components.inputs import read_inputs
from components.mail_site import mail_site
from mailcow.server import MailServers, MailServersArgs
from users.provision import People, PeopleArgs

inputs = read_inputs()
settings, state = inputs.settings, inputs.state

site = mail_site(settings, state.hosts)
servers = MailServers(
    "mail-servers",
    MailServersArgs(state=state, machines=site.machines, settings=settings),
)
people = People("people", PeopleArgs(state=state, providers=servers.providers))

# What belongs to the cloud is left out, or empty, for a server that is there already.
pulumi.export("vcn_id", site.vcn_id)
pulumi.export("subnet_ids", site.subnet_ids)
pulumi.export("security_list_id", site.security_list_id)
pulumi.export("instance_ids", site.instance_ids)
pulumi.export("public_ips", site.addresses)
pulumi.export("mail_hostnames", site.hostnames)
pulumi.export("dns_records", dns_output(state, addresses=site.address_of, dkim=people.dkim_records))
