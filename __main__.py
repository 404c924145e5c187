"""What a stack is, read from top to bottom: inputs, machines, mail servers, people, outputs."""

from functools import partial

import pulumi

from backup.backup import Backups, BackupsArgs
from components.address_first import ends_at_addresses
from components.certificates import certificates
from components.dns_output import dns_output
from components.dns_zones import dns_zones
from components.importing import import_what_is_there
from components.inputs import read_inputs
from components.mail_site import mail_site
from components.registering import silence_debug_messages, wait_until_registered
from core.dns import Offer
from mailcow.server import MailServers, MailServersArgs
from monitoring.stack import Monitoring, MonitoringArgs
from users.dns_gates import Gates
from users.provision import People, PeopleArgs

silence_debug_messages()
import_what_is_there()
inputs = read_inputs()
settings, state = inputs.settings, inputs.state

site = mail_site(settings, state.hosts)

# What belongs to the cloud is left out, or empty, for a server that is there already.
pulumi.export("vcn_id", site.vcn_id)
pulumi.export("subnet_ids", site.subnet_ids)
pulumi.export("security_list_id", site.security_list_id)
pulumi.export("instance_ids", site.instance_ids)
pulumi.export("public_ips", site.addresses)
pulumi.export("mail_hostnames", site.hostnames)

if not ends_at_addresses():
    servers = MailServers(
        "mail-servers",
        MailServersArgs(state=state, machines=site.machines, settings=settings),
    )
    records = partial(dns_output, state, offer=Offer.of(settings), addresses=site.address_of)
    people = People(
        "people",
        PeopleArgs(
            state=state,
            providers=servers.providers,
            gates=Gates.of(settings, site.address_of),
            publish=lambda dkim: dns_zones(settings, state, records=records(dkim=dkim), in_region=site.in_region),
        ),
    )
    Backups("backups", BackupsArgs(inputs=inputs, site=site, after=[servers]))
    dns_records = records(dkim=people.dkim_records)
    monitoring = Monitoring(
        "monitoring",
        MonitoringArgs(settings=settings, state=state, records=dns_records, site=site, after=[servers]),
    )
    certificates(settings, state, site.machines, after=[servers, *people.before_certificates])
    wait_until_registered(people.resources)
    pulumi.export("ops_host_ip", monitoring.ops_address)
    pulumi.export("dns_records", dns_records)
