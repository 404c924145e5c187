"""The tables of classes against the providers' own Python packages: they cannot drift apart unseen."""

from __future__ import annotations

from typing import Any

import pulumi_command as command
import pulumi_oci as oci
import pulumi_vault as vault
import pytest

from lab.plugins import schema
from lab.plugins.command import provider as command_plugin
from lab.plugins.oci import provider as oci_plugin
from lab.plugins.vault import provider as vault_plugin
from tests.lab.plugins import wheel

OCI = {
    "oci:Core/vcn:Vcn": oci.core.Vcn,
    "oci:Core/internetGateway:InternetGateway": oci.core.InternetGateway,
    "oci:Core/routeTable:RouteTable": oci.core.RouteTable,
    "oci:Core/securityList:SecurityList": oci.core.SecurityList,
    "oci:Core/subnet:Subnet": oci.core.Subnet,
    "oci:Core/instance:Instance": oci.core.Instance,
    "oci:Core/publicIp:PublicIp": oci.core.PublicIp,
    "oci:Core/volume:Volume": oci.core.Volume,
    "oci:Core/volumeAttachment:VolumeAttachment": oci.core.VolumeAttachment,
    "oci:Dns/rrset:Rrset": oci.dns.Rrset,
    "oci:ObjectStorage/bucket:Bucket": oci.objectstorage.Bucket,
    "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": oci.objectstorage.ObjectLifecyclePolicy,
    "oci:Identity/dynamicGroup:DynamicGroup": oci.identity.DynamicGroup,
    "oci:Identity/policy:Policy": oci.identity.Policy,
}
OCI_ARGUMENTS = {
    "oci:Core/vcn:Vcn": oci.core.VcnArgs,
    "oci:Core/internetGateway:InternetGateway": oci.core.InternetGatewayArgs,
    "oci:Core/routeTable:RouteTable": oci.core.RouteTableArgs,
    "oci:Core/securityList:SecurityList": oci.core.SecurityListArgs,
    "oci:Core/subnet:Subnet": oci.core.SubnetArgs,
    "oci:Core/instance:Instance": oci.core.InstanceArgs,
    "oci:Core/publicIp:PublicIp": oci.core.PublicIpArgs,
    "oci:Core/volume:Volume": oci.core.VolumeArgs,
    "oci:Core/volumeAttachment:VolumeAttachment": oci.core.VolumeAttachmentArgs,
    "oci:Dns/rrset:Rrset": oci.dns.RrsetArgs,
    "oci:ObjectStorage/bucket:Bucket": oci.objectstorage.BucketArgs,
    "oci:ObjectStorage/objectLifecyclePolicy:ObjectLifecyclePolicy": oci.objectstorage.ObjectLifecyclePolicyArgs,
    "oci:Identity/dynamicGroup:DynamicGroup": oci.identity.DynamicGroupArgs,
    "oci:Identity/policy:Policy": oci.identity.PolicyArgs,
}
COMMAND_ARGUMENTS = {
    "command:remote:Command": command.remote.CommandArgs,
    "command:remote:CopyToRemote": command.remote.CopyToRemoteArgs,
}
VAULT_ARGUMENTS = {
    "vault:index/mount:Mount": vault.MountArgs,
    "vault:index/policy:Policy": vault.PolicyArgs,
    "vault:index/authBackend:AuthBackend": vault.AuthBackendArgs,
    "vault:appRole/authBackendRole:AuthBackendRole": vault.approle.AuthBackendRoleArgs,
}
DATA_SOURCES = {
    "oci:Core/getImages:getImages": oci.core.get_images,
    "oci:Core/getPrivateIps:getPrivateIps": oci.core.get_private_ips,
    "oci:Core/getVnicAttachments:getVnicAttachments": oci.core.get_vnic_attachments,
    "oci:Dns/getRrsets:getRrsets": oci.dns.get_rrsets,
    "oci:Dns/getZones:getZones": oci.dns.get_zones,
    "oci:Identity/getAvailabilityDomains:getAvailabilityDomains": oci.identity.get_availability_domains,
    "oci:Identity/getCompartment:getCompartment": oci.identity.get_compartment,
    "oci:ObjectStorage/getNamespace:getNamespace": oci.objectstorage.get_namespace,
}
TABLES = {**oci_plugin.resource_classes(), **command_plugin.resource_classes(), **vault_plugin.classes()}
ARGUMENTS: dict[str, type] = {**OCI_ARGUMENTS, **COMMAND_ARGUMENTS, **VAULT_ARGUMENTS}


def test_no_class_has_a_table_that_no_test_compares() -> None:
    assert set(TABLES) - {"pulumi:providers:vault"} == set(ARGUMENTS)
    assert set(oci_plugin.data_sources()) == set(DATA_SOURCES)


@pytest.mark.parametrize("token", sorted(ARGUMENTS))
def test_every_argument_its_type_and_whether_it_is_required_are_the_packages(token: str) -> None:
    assert _table(TABLES[token].inputs) == _package(wheel.inputs_of(ARGUMENTS[token]))


@pytest.mark.parametrize("token", sorted(ARGUMENTS))
def test_every_nested_object_is_the_packages(token: str) -> None:
    packages = {name: _package(wheel.inputs_of(one)) for name, one in wheel.nested_classes(ARGUMENTS[token]).items()}
    assert {name: _table(fields) for name, fields in TABLES[token].types.items()} == packages


@pytest.mark.parametrize("token", sorted(OCI))
def test_every_output_that_the_cloud_fills_in_is_one_the_package_knows(token: str) -> None:
    assert set(TABLES[token].outputs) <= wheel.outputs_of(OCI[token])


@pytest.mark.parametrize("token", sorted(DATA_SOURCES))
def test_every_argument_of_a_data_source_is_the_packages(token: str) -> None:
    table = oci_plugin.data_sources()[token]
    assert {name: spec.type for name, spec in table.inputs.items()} == wheel.arguments_of(DATA_SOURCES[token])


def test_the_providers_arguments_are_the_packages() -> None:
    assert _table(oci_plugin.configuration().inputs) == _package(wheel.inputs_of(oci.ProviderArgs))
    assert set(vault_plugin.classes()["pulumi:providers:vault"].inputs) == set(wheel.inputs_of(vault.ProviderArgs))


def _table(fields: Any) -> dict[str, tuple[str, bool]]:
    given: dict[str, schema.Field] = dict(fields)
    return {name: (spec.type, spec.required) for name, spec in given.items()}


def _package(inputs: dict[str, tuple[str, bool]]) -> dict[str, tuple[str, bool]]:
    # An asset's class is not one a table can name.
    return {name: ("asset" if type_ == "Asset" else type_, required) for name, (type_, required) in inputs.items()}
