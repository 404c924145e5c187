"""A program that has DNS records at Oracle and nothing else; what a test changes is in TRIAL_SETTINGS."""

import json
import os
import sys

import pulumi
import pulumi_oci as oci

sys.path.insert(0, os.environ["TRIAL_REPOSITORY"])

from components.dns_output import dns_output
from components.dns_zones import dns_zones
from core.desired_state import desired_state
from core.dns import Offer
from core.mail_list import parse_mail_list
from core.settings import Settings

trial = {"address": "192.0.2.1", "hosts": "", **json.loads(os.environ["TRIAL_SETTINGS"])}
settings = Settings(
    region="eu-frankfurt-1", compartment_ocid="ocid1.compartment.oc1..trial", dns="oci", allow_paid=True
)
people = f"domains:\n  - name: example.com\n    users: [alice]\n    subdomains: [{trial['hosts']}]\n"
state = desired_state(settings, parse_mail_list(people, "list"), stack="dev", mail_list_file="list")
records = dns_output(
    state,
    offer=Offer.of(settings),
    addresses={1: trial["address"]},
    dkim={"example.com": "v=DKIM1;k=rsa;p=" + "k" * 392},
)
provider = oci.Provider("oci", region=settings.region)
dns_zones(settings, state, records=records, in_region=pulumi.ResourceOptions(providers=[provider]))
pulumi.export("dns_records", records)
