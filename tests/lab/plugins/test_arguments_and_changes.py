"""What the tables make of arguments: refused ones, changes in place, changes that replace."""

from __future__ import annotations

from typing import Any

import pytest

from lab.plugins import schema
from lab.plugins.oci.provider import resource_classes
from lab.plugins.values import UNKNOWN

INSTANCE = resource_classes()["oci:Core/instance:Instance"]
SECURITY_LIST = resource_classes()["oci:Core/securityList:SecurityList"]
ATTACHMENT = resource_classes()["oci:Core/volumeAttachment:VolumeAttachment"]
VOLUME = resource_classes()["oci:Core/volume:Volume"]
NEEDED = {"availabilityDomain": "ad", "compartmentId": "ocid1.compartment.oc1..x"}
ATTACHED = {
    "attachmentType": "paravirtualized",
    "instanceId": "i",
    "volumeId": "v",
    "device": "/dev/oracleoci/oraclevdb",
}


def reasons(resource_class: schema.ResourceClass, **inputs: Any) -> list[str]:
    return [problem.reason for problem in schema.problems(resource_class, inputs)]


def changes(resource_class: schema.ResourceClass, old: dict[str, Any], new: dict[str, Any]) -> dict[str, str]:
    return {one.path: one.kind.name for one in schema.differences(resource_class, old, new)}


def test_an_unknown_argument_is_refused_by_name_with_the_nearest_known_one() -> None:
    assert reasons(INSTANCE, **NEEDED, shapeConfg={}) == [
        'argument "shapeConfg" is not known to oci:Core/instance:Instance; did you mean "shapeConfig"?'
    ]


def test_an_unknown_argument_of_a_nested_object_is_refused_by_its_path() -> None:
    found = reasons(INSTANCE, **NEEDED, createVnicDetails={"subnet": "s"})
    assert found[0].startswith('argument "createVnicDetails.subnet" is not known')


def test_a_missing_argument_is_named() -> None:
    assert 'The argument "compartmentId" is required' in reasons(INSTANCE, availabilityDomain="ad")[0]


def test_a_missing_argument_within_a_list_is_named_by_its_path() -> None:
    rules = [{"protocol": "6"}]
    found = reasons(SECURITY_LIST, compartmentId="c", vcnId="v", ingressSecurityRules=rules)
    assert 'The argument "ingressSecurityRules[0].source" is required' in found[0]


def test_a_value_that_only_up_will_know_is_a_value() -> None:
    assert reasons(ATTACHMENT, attachmentType=UNKNOWN, instanceId=UNKNOWN, volumeId=UNKNOWN) == []


@pytest.mark.parametrize(("size", "is_right"), [("50", True), (50, False), (True, False)])
def test_a_size_is_a_string(size: object, is_right: bool) -> None:  # noqa: FBT001 — a column of a table
    assert (reasons(VOLUME, **NEEDED, sizeInGbs=size) == []) == is_right


def test_a_real_argument_that_the_lab_does_not_provide_is_refused_rather_than_ignored() -> None:
    found = reasons(INSTANCE, **NEEDED, createVnicDetails={"nsgIds": ["ocid1.networksecuritygroup.oc1..x"]})
    assert "is real, but the lab does not provide it" in found[0]


def test_a_real_argument_that_is_switched_off_needs_nothing_of_the_lab() -> None:
    assert reasons(INSTANCE, **NEEDED, createVnicDetails={"assignIpv6ip": False, "nsgIds": []}) == []


@pytest.mark.parametrize("name", ["attachmentType", "instanceId", "volumeId", "device"])
def test_every_change_of_an_attachment_replaces_it(name: str) -> None:
    assert changes(ATTACHMENT, ATTACHED, {**ATTACHED, name: "other"}) == {name: "UPDATE_REPLACE"}


def test_a_volume_grows_in_place_and_moves_by_replacement() -> None:
    old = {**NEEDED, "sizeInGbs": "50"}
    assert changes(VOLUME, old, {**old, "sizeInGbs": "60"}) == {"sizeInGbs": "UPDATE"}
    assert changes(VOLUME, old, {**old, "availabilityDomain": "b"}) == {"availabilityDomain": "UPDATE_REPLACE"}


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("metadata.user_data", "UPDATE_REPLACE"),
        ("metadata.ssh_authorized_keys", "UPDATE_REPLACE"),
        ("metadata.other", "UPDATE"),
        ("sourceDetails.sourceId", "UPDATE"),
        ("sourceDetails.bootVolumeVpusPerGb", "UPDATE_REPLACE"),
        ("createVnicDetails.subnetId", "UPDATE_REPLACE"),
        ("createVnicDetails.hostnameLabel", "UPDATE"),
        ("shapeConfig.ocpus", "UPDATE"),
        ("launchOptions.firmware", "UPDATE_REPLACE"),
        ("instanceOptions.areLegacyImdsEndpointsDisabled", "UPDATE"),
    ],
)
def test_an_instance_is_replaced_by_the_changes_that_replace_it_on_oracle(path: str, kind: str) -> None:
    outer, inner = path.split(".")
    old, new = {**NEEDED, outer: {inner: "1"}}, {**NEEDED, outer: {inner: "2"}}
    assert changes(INSTANCE, old, new) == {path: kind}


def test_a_new_key_in_the_metadata_that_replaces_is_told_as_an_addition() -> None:
    old, new = {**NEEDED, "metadata": {"a": "1"}}, {**NEEDED, "metadata": {"a": "1", "user_data": "eA=="}}
    assert changes(INSTANCE, old, new) == {"metadata.user_data": "ADD_REPLACE"}


def test_what_the_cloud_filled_in_is_no_change_when_the_program_is_silent() -> None:
    assert changes(INSTANCE, {**NEEDED, "displayName": "instance1", "faultDomain": "FAULT-DOMAIN-1"}, NEEDED) == {}


def test_a_private_address_taken_from_a_public_one_is_a_change() -> None:
    public_ip = resource_classes()["oci:Core/publicIp:PublicIp"]
    old = {"compartmentId": "c", "lifetime": "RESERVED", "privateIpId": "p"}
    assert changes(public_ip, old, {"compartmentId": "c", "lifetime": "RESERVED"}) == {"privateIpId": "DELETE"}


def test_the_order_of_security_rules_says_nothing() -> None:
    rules = [{"protocol": "6", "source": "0.0.0.0/0", "tcpOptions": {"min": port, "max": port}} for port in (22, 25)]
    base = {"compartmentId": "c", "vcnId": "v"}
    old, new = {**base, "ingressSecurityRules": rules}, {**base, "ingressSecurityRules": rules[::-1]}
    assert changes(SECURITY_LIST, old, new) == {}
    assert changes(SECURITY_LIST, old, {**base, "ingressSecurityRules": rules[:1]}) == {
        "ingressSecurityRules[1]": "DELETE"
    }


def test_a_value_that_will_be_known_later_may_replace() -> None:
    assert changes(ATTACHMENT, ATTACHED, {**ATTACHED, "instanceId": UNKNOWN}) == {"instanceId": "UPDATE_REPLACE"}
