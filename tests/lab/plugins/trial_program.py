"""The Pulumi program of the plugins' tests; what a test changes is in TRIAL_SETTINGS."""

import json
import os

import pulumi
import pulumi_command as command
import pulumi_oci as oci

COMPARTMENT = "ocid1.compartment.oc1..trial"
settings = {
    "ports": [22, 25],
    "generation": "1",
    "attached": True,
    "triggers": "1",
    "environment": {},
    "host_key": None,
    "line": "echo out; echo err >&2; cat",
    "commands": True,
    **json.loads(os.environ["TRIAL_SETTINGS"]),
}

provider = oci.Provider("oci", region="eu-frankfurt-1")
here = pulumi.ResourceOptions(provider=provider)
ask = pulumi.InvokeOptions(provider=provider)

vcn = oci.core.Vcn("vcn", compartment_id=COMPARTMENT, cidr_blocks=["10.20.0.0/16"], dns_label="mail", opts=here)
gateway = oci.core.InternetGateway("gateway", compartment_id=COMPARTMENT, vcn_id=vcn.id, opts=here)
table = oci.core.RouteTable(
    "table",
    compartment_id=COMPARTMENT,
    vcn_id=vcn.id,
    route_rules=[oci.core.RouteTableRouteRuleArgs(network_entity_id=gateway.id, destination="0.0.0.0/0")],
    opts=here,
)
security_list = oci.core.SecurityList(
    "list",
    compartment_id=COMPARTMENT,
    vcn_id=vcn.id,
    egress_security_rules=[oci.core.SecurityListEgressSecurityRuleArgs(protocol="all", destination="0.0.0.0/0")],
    ingress_security_rules=[
        oci.core.SecurityListIngressSecurityRuleArgs(
            protocol="6",
            source="0.0.0.0/0",
            tcp_options=oci.core.SecurityListIngressSecurityRuleTcpOptionsArgs(min=port, max=port),
        )
        for port in settings["ports"]
    ],
    opts=here,
)
subnet = oci.core.Subnet(
    "subnet",
    compartment_id=COMPARTMENT,
    vcn_id=vcn.id,
    cidr_block="10.20.1.0/24",
    dns_label="pub",
    route_table_id=table.id,
    security_list_ids=[security_list.id],
    opts=here,
)
domains = oci.identity.get_availability_domains_output(compartment_id=COMPARTMENT, opts=ask)
images = oci.core.get_images_output(
    compartment_id=COMPARTMENT,
    operating_system="Canonical Ubuntu",
    operating_system_version="24.04",
    shape="VM.Standard.A1.Flex",
    opts=ask,
)
instance = oci.core.Instance(
    "mail",
    availability_domain=domains.availability_domains[0].name,
    compartment_id=COMPARTMENT,
    shape="VM.Standard.A1.Flex",
    shape_config=oci.core.InstanceShapeConfigArgs(ocpus=2, memory_in_gbs=12),
    source_details=oci.core.InstanceSourceDetailsArgs(
        source_type="image", source_id=images.images[0].id, boot_volume_size_in_gbs="50"
    ),
    create_vnic_details=oci.core.InstanceCreateVnicDetailsArgs(
        subnet_id=subnet.id, assign_public_ip="false", hostname_label="mail"
    ),
    metadata={"ssh_authorized_keys": os.environ["TRIAL_KEY"]},
    opts=pulumi.ResourceOptions(
        provider=provider, delete_before_replace=True, replacement_trigger=settings["generation"]
    ),
)
vnics = oci.core.get_vnic_attachments_output(compartment_id=COMPARTMENT, instance_id=instance.id, opts=ask)
private = oci.core.get_private_ips_output(vnic_id=vnics.vnic_attachments[0].vnic_id, opts=ask)
address = oci.core.PublicIp(
    "address", compartment_id=COMPARTMENT, lifetime="RESERVED", private_ip_id=private.private_ips[0].id, opts=here
)
volume = oci.core.Volume(
    "volume",
    compartment_id=COMPARTMENT,
    availability_domain=domains.availability_domains[0].name,
    size_in_gbs="50",
    opts=here,
)
if settings["attached"]:
    oci.core.VolumeAttachment(
        "attachment",
        attachment_type="paravirtualized",
        instance_id=instance.id,
        volume_id=volume.id,
        device="/dev/oracleoci/oraclevdb",
        opts=here,
    )

if settings["commands"]:
    connection = command.remote.ConnectionArgs(
        host=address.ip_address,
        user="ubuntu",
        host_key=settings["host_key"],
        dial_error_limit=1 if settings["host_key"] else 20,
        per_dial_timeout=5,
    )
    copied = command.remote.CopyToRemote(
        "scripts",
        connection=connection,
        source=pulumi.FileArchive("scripts"),
        remote_path="/home/ubuntu/.trial",
        triggers=[instance.id],
    )
    ran = command.remote.Command(
        "run",
        connection=connection,
        create=instance.id.apply(lambda id_: f"{settings['line']} # instance {id_}"),
        stdin="in",
        environment=settings["environment"],
        logging=command.remote.Logging.STDERR,
        add_previous_output_in_env=False,
        opts=pulumi.ResourceOptions(depends_on=[copied]),
    )
    command.remote.Command(
        "triggered",
        connection=connection,
        create="echo created >> /home/ubuntu/triggered",
        update="echo updated >> /home/ubuntu/triggered",
        delete="echo deleted >> /home/ubuntu/triggered",
        triggers=[settings["triggers"]],
        opts=pulumi.ResourceOptions(depends_on=[ran]),
    )
    pulumi.export("stdout", ran.stdout)

pulumi.export("address", address.ip_address)
pulumi.export("instance", instance.id)
