"""The lab's cloud refuses, keeps and forgets as Oracle's does: without Docker, through the provider's own methods."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from lab.plugins import faults
from lab.plugins.oci.cloud import ServiceError
from lab.plugins.oci.provider import resource_classes
from lab.plugins.server import PluginError
from lab.plugins.values import UNKNOWN
from tests.lab.plugins.cloud_without_docker import (
    AVAILABILITY_DOMAIN,
    COMPARTMENT,
    CloudUnderTest,
    instance_inputs,
    security_list_inputs,
)

VCN = "oci:Core/vcn:Vcn"
SUBNET = "oci:Core/subnet:Subnet"
INSTANCE = "oci:Core/instance:Instance"
PUBLIC_IP = "oci:Core/publicIp:PublicIp"
VOLUME = "oci:Core/volume:Volume"
SECURITY_LIST = "oci:Core/securityList:SecurityList"
RESERVED = {"compartmentId": COMPARTMENT, "lifetime": "RESERVED"}
A_VOLUME = {"compartmentId": COMPARTMENT, "availabilityDomain": AVAILABILITY_DOMAIN, "sizeInGbs": "50"}


@pytest.fixture
def cloud(tmp_path: Path) -> CloudUnderTest:
    return CloudUnderTest(tmp_path)


def test_a_preview_touches_nothing_and_leaves_the_cloud_s_part_open(cloud: CloudUnderTest) -> None:
    shown = cloud.preview(PUBLIC_IP, **RESERVED)
    assert shown["ipAddress"] == UNKNOWN
    assert shown["lifetime"] == "RESERVED"
    cloud.create(PUBLIC_IP, **RESERVED)  # the limit is one: the preview took none


@pytest.mark.parametrize("label", ["mailstead-demo", "1mail", "m" * 16])
def test_a_dns_label_is_short_and_alphanumeric(cloud: CloudUnderTest, label: str) -> None:
    with pytest.raises(ServiceError, match=r"400-InvalidParameter, dnsLabel"):
        cloud.vcn(dnsLabel=label)


def test_a_vcn_is_a_16_to_a_30(cloud: CloudUnderTest) -> None:
    with pytest.raises(ServiceError, match=r"10.0.0.0/8 is not a /16 to /30"):
        cloud.vcn(cidrBlocks=["10.0.0.0/8"])


def test_a_subnet_lies_in_its_vcn(cloud: CloudUnderTest) -> None:
    vcn = cloud.vcn()
    with pytest.raises(ServiceError, match=r"10.21.1.0/24 is not in the VCN"):
        cloud.create(SUBNET, compartmentId=COMPARTMENT, vcnId=vcn, cidrBlock="10.21.1.0/24")


def test_a_thing_that_another_one_names_is_not_deleted(cloud: CloudUnderTest) -> None:
    vcn = cloud.vcn()
    list_ = cloud.security_list(vcn, 22)
    cloud.subnet(vcn, [list_])
    with pytest.raises(ServiceError, match=r"409-Conflict, SecurityList .* is in use by Subnet"):
        cloud.delete(SECURITY_LIST, list_)
    with pytest.raises(ServiceError, match=r"409-Conflict, Vcn"):
        cloud.delete(VCN, vcn)


def test_a_free_tenancy_has_one_reserved_address(cloud: CloudUnderTest) -> None:
    cloud.create(PUBLIC_IP, **RESERVED)
    with pytest.raises(ServiceError, match=r"400-LimitExceeded, .*reserved-public-ip-count"):
        cloud.create(PUBLIC_IP, **RESERVED)


def test_a_paid_tenancy_has_as_many_as_its_limit_says(cloud: CloudUnderTest) -> None:
    faults.set_limit(cloud.world, "reserved-public-ip-count", 2)
    first = cloud.create(PUBLIC_IP, **RESERVED)[1]["ipAddress"]
    second = cloud.create(PUBLIC_IP, **RESERVED)[1]["ipAddress"]
    assert first != second


def test_a_free_tenancy_has_two_ocpus_of_arm_for_all_instances_together(cloud: CloudUnderTest) -> None:
    subnet = cloud.network(22)
    cloud.instance(subnet)
    inputs = instance_inputs(cloud, subnet)
    inputs["createVnicDetails"]["hostnameLabel"] = "mail2"
    with pytest.raises(ServiceError, match=r"standard-a1-core-count"):
        cloud.create(INSTANCE, **inputs)


def test_a_free_tenancy_has_twelve_gigabytes(cloud: CloudUnderTest) -> None:
    with pytest.raises(ServiceError, match=r"standard-a1-memory-count"):
        cloud.instance(cloud.network(22), shapeConfig={"ocpus": 2, "memoryInGbs": 16})


def test_free_storage_counts_boot_volumes_too(cloud: CloudUnderTest) -> None:
    cloud.instance(cloud.network(22))  # 50 of 200 GB
    cloud.create(VOLUME, **{**A_VOLUME, "sizeInGbs": "150"})
    with pytest.raises(ServiceError, match=r"total-free-storage-gb"):
        cloud.create(VOLUME, **A_VOLUME)


@pytest.mark.parametrize("size", ["49", "32769", "big"])
def test_a_volume_has_50_gb_to_32_tb(cloud: CloudUnderTest, size: str) -> None:
    with pytest.raises(ServiceError, match=rf"sizeInGbs {size} must be between 50 and 32768"):
        cloud.create(VOLUME, **{**A_VOLUME, "sizeInGbs": size})


def test_a_volume_cannot_shrink(cloud: CloudUnderTest) -> None:
    inputs = {**A_VOLUME, "sizeInGbs": "60"}
    id_, outputs = cloud.create(VOLUME, **inputs)
    with pytest.raises(ServiceError, match=r"can only grow"):
        cloud.update(VOLUME, id_, outputs, **A_VOLUME)
    assert cloud.read(VOLUME, id_, inputs) == outputs


def test_an_availability_domain_must_exist(cloud: CloudUnderTest) -> None:
    with pytest.raises(ServiceError, match=r"Uocm:EU-FRANKFURT-1-AD-4 not found"):
        cloud.instance(cloud.network(22), availabilityDomain="Uocm:EU-FRANKFURT-1-AD-4")


def test_an_image_must_be_for_the_shape_s_processor(cloud: CloudUnderTest) -> None:
    images = cloud.invoke("oci:Core/getImages:getImages", compartmentId=COMPARTMENT, shape="VM.Standard.E2.1.Micro")
    source = {"sourceType": "image", "sourceId": images["images"][0]["id"]}
    with pytest.raises(ServiceError, match=r"is not valid for image"):
        cloud.instance(cloud.network(22), sourceDetails=source)


def test_images_are_found_by_release_newest_first(cloud: CloudUnderTest) -> None:
    (cloud.world.folder / "cloud" / "images.json").write_text(json.dumps({"24.04": ["2026.12.31-0"]}))
    found = cloud.invoke(
        "oci:Core/getImages:getImages",
        compartmentId=COMPARTMENT,
        operatingSystem="Canonical Ubuntu",
        operatingSystemVersion="24.04",
        shape="VM.Standard.A1.Flex",
        sortBy="TIMECREATED",
        sortOrder="DESC",
    )
    assert found["images"][0]["displayName"] == "Canonical-Ubuntu-24.04-aarch64-2026.12.31-0"


def test_a_planted_fault_meets_as_many_calls_as_it_says(cloud: CloudUnderTest) -> None:
    subnet = cloud.network(22)
    faults.plant(cloud.world, "LaunchInstance", error="Out of host capacity.", times=2)
    for _ in range(2):
        with pytest.raises(PluginError, match=r"^500-InternalError, Out of host capacity\."):
            cloud.instance(subnet)
    cloud.instance(subnet)


def test_a_fault_after_the_work_leaves_a_thing_that_its_maker_never_heard_of(cloud: CloudUnderTest) -> None:
    faults.plant(cloud.world, "CreateVcn", error="connection reset", after=True)
    with pytest.raises(PluginError, match=r"connection reset"):
        cloud.vcn()
    cloud.vcn()
    with pytest.raises(ServiceError, match=r"vcn-count"):
        cloud.vcn()


def test_an_instance_that_cannot_start_is_not_there_afterwards(cloud: CloudUnderTest) -> None:
    subnet = cloud.network(22)
    cloud.containers.failure = PluginError("docker run failed")
    with pytest.raises(PluginError):
        cloud.instance(subnet)
    cloud.containers.failure = None
    cloud.instance(subnet)  # the limit of two OCPUs counts one


@pytest.mark.parametrize("token", sorted(resource_classes()))
def test_what_the_cloud_fills_in_for_an_argument_is_no_change_later(token: str) -> None:
    table = resource_classes()[token]
    assert [name for name in table.outputs if name in table.inputs and not table.inputs[name].computed] == []


def test_what_a_killed_plugin_was_making_is_swept_by_the_next(cloud: CloudUnderTest, tmp_path: Path) -> None:
    subnet = cloud.network(22)
    cloud.containers.failure = KeyboardInterrupt()  # no `except Exception` sees it: the process is simply gone
    with pytest.raises(KeyboardInterrupt):
        cloud.instance(subnet)
    _forget_the_owner(cloud)
    next_plugin = CloudUnderTest(tmp_path)
    next_plugin.instance(subnet)  # with the half-made one there, this would be over the limit


def _forget_the_owner(cloud: CloudUnderTest) -> None:
    """Let the process that made the half-made things be a dead one."""
    connected = cloud.provider._connected
    for record in connected.all("Instance"):
        record.owner = "1:0"
        connected.save(record)


def test_the_address_comes_from_the_world_and_inputs_win_over_what_the_cloud_fills_in(cloud: CloudUnderTest) -> None:
    _, outputs = cloud.instance(cloud.network(22), displayName="mail-host-1")
    assert outputs["privateIp"] == "10.77.9.20"
    assert outputs["displayName"] == "mail-host-1"
    assert not [name for name in outputs if name.startswith("_")]


def test_a_reserved_address_moves_to_the_next_instance_and_keeps_its_value(cloud: CloudUnderTest) -> None:
    subnet = cloud.network(22)
    first, _ = cloud.instance(subnet)
    id_, outputs = cloud.create(PUBLIC_IP, **RESERVED, privateIpId=private_ip_of(cloud, first))
    assert cloud.containers.addresses[first] == [f"{outputs['ipAddress']}/24"]
    cloud.delete(INSTANCE, first)
    assert (cloud.read(PUBLIC_IP, id_) or {}).get("privateIpId") is None
    second, _ = cloud.instance(subnet)
    moved = cloud.update(PUBLIC_IP, id_, outputs, **RESERVED, privateIpId=private_ip_of(cloud, second))
    assert moved["ipAddress"] == outputs["ipAddress"]
    assert cloud.containers.addresses[second] == [f"{outputs['ipAddress']}/24"]


def test_one_private_address_has_one_public_one(cloud: CloudUnderTest) -> None:
    faults.set_limit(cloud.world, "reserved-public-ip-count", 2)
    private = private_ip_of(cloud, cloud.instance(cloud.network(22))[0])
    cloud.create(PUBLIC_IP, **RESERVED, privateIpId=private)
    with pytest.raises(ServiceError, match=r"409-Conflict, .*already has a public IP"):
        cloud.create(PUBLIC_IP, **RESERVED, privateIpId=private)


def test_a_changed_security_list_is_at_once_the_instances_firewall(cloud: CloudUnderTest) -> None:
    vcn = cloud.vcn()
    list_ = cloud.security_list(vcn, 22)
    id_, _ = cloud.instance(cloud.subnet(vcn, [list_]))
    assert "tcp dport 25-25" not in cloud.containers.rules[id_]
    cloud.update(SECURITY_LIST, list_, {}, **security_list_inputs(vcn, 22, 25))
    assert "ip saddr 0.0.0.0/0 tcp dport 25-25 accept" in cloud.containers.rules[id_]


def test_a_refresh_tells_a_stopped_instance_from_one_that_is_gone(cloud: CloudUnderTest) -> None:
    id_, outputs = cloud.instance(cloud.network(22))
    cloud.containers.stopped.add(id_)
    assert (cloud.read(INSTANCE, id_) or {})["state"] == "STOPPED"
    cloud.containers.launched.clear()
    assert cloud.read(INSTANCE, id_) is None
    assert outputs["state"] == "RUNNING"


def test_an_import_gives_the_arguments_that_made_the_thing(cloud: CloudUnderTest) -> None:
    id_ = cloud.vcn()
    expected = {"compartmentId": COMPARTMENT, "cidrBlocks": ["10.20.0.0/16"], "dnsLabel": "mail"}
    assert cloud.imported(VCN, id_) == expected


def test_a_deletion_of_what_is_gone_is_done(cloud: CloudUnderTest) -> None:
    id_ = cloud.vcn()
    cloud.delete(VCN, id_)
    cloud.delete(VCN, id_)
    assert cloud.read(VCN, id_) is None


def private_ip_of(cloud: CloudUnderTest, instance: str) -> str:
    """The way a program finds it: from the instance to its VNIC to the VNIC's address."""
    attachments = cloud.invoke(
        "oci:Core/getVnicAttachments:getVnicAttachments", compartmentId=COMPARTMENT, instanceId=instance
    )
    vnic = attachments["vnicAttachments"][0]["vnicId"]
    return str(cloud.invoke("oci:Core/getPrivateIps:getPrivateIps", vnicId=vnic)["privateIps"][0]["id"])
