"""What stands between the engine's messages and the providers."""

from __future__ import annotations

from pathlib import Path

import pulumi
import pytest
from google.protobuf import struct_pb2
from pulumi.provider.experimental.property_value import PropertyValue

from lab import plugins
from lab.plugins.oci.containers import control_group_flags, grantable_capabilities
from lab.plugins.server import own_type, replace_elided_assets, restore_assets
from lab.plugins.values import plain, properties
from tests.lab.plugins.cloud_without_docker import a_world

ASSET_SIGNATURE = "c44067f5952c0a294b673a41bacd8c17"


def asset(**fields: str) -> struct_pb2.Struct:
    """Properties with one asset, as the engine sends them."""
    message = struct_pb2.Struct()
    message.update({"source": {"4dabf18193072939515e22adb298388d": ASSET_SIGNATURE, **fields}})
    return message


def test_a_recorded_asset_is_read_as_its_digest() -> None:
    message = asset(hash="abc")
    replace_elided_assets(message)
    assert plain(PropertyValue.unmarshal_map(message)) == {"source": "abc"}


def test_a_new_asset_stays_one() -> None:
    message = asset(hash="abc", text="x")
    replace_elided_assets(message)
    assert isinstance(plain(PropertyValue.unmarshal_map(message))["source"], pulumi.StringAsset)


def test_an_asset_that_comes_back_has_its_digest_again() -> None:
    sent = asset(hash="abc", text="x")
    answered = PropertyValue.marshal_map(properties(plain(PropertyValue.unmarshal_map(sent))))
    restore_assets(sent, answered)
    assert answered == sent


def test_a_resource_in_a_component_has_its_own_type() -> None:
    assert own_type("urn:pulumi:dev::p::mailstead:network:MailNetwork$oci:Core/vcn:Vcn::mail-vcn") == "oci:Core/vcn:Vcn"
    assert own_type("urn:pulumi:dev::p::oci:Core/vcn:Vcn::mail-vcn") == "oci:Core/vcn:Vcn"


def test_whole_numbers_stay_whole_and_absent_values_stay_absent() -> None:
    values = {"a": 22, "b": 0.5, "c": [True, {"d": "x"}], "e": None}
    assert plain(properties(values)) == {"a": 22, "b": 0.5, "c": [True, {"d": "x"}]}


@pytest.mark.parametrize("name", ["oci", "command", "vault"])
def test_a_plugin_is_where_the_engine_looks_and_becomes_the_engine_s_child(tmp_path: Path, name: str) -> None:
    plugins.install(a_world(tmp_path))
    folder = tmp_path / "pulumi_home" / "plugins" / f"resource-{name}-v{plugins.VERSIONS[name]}"
    program = folder / f"pulumi-resource-{name}"
    assert program.stat().st_mode & 0o111
    assert " exec " in program.read_text()
    assert [entry.name for entry in folder.iterdir()] == [program.name]


def test_control_groups_of_the_first_version_are_bound_and_those_of_the_second_are_not(tmp_path: Path) -> None:
    assert f"--volume={tmp_path}:/sys/fs/cgroup:rw" in control_group_flags(tmp_path)
    (tmp_path / "cgroup.controllers").touch()
    flags = control_group_flags(tmp_path)
    assert "--cgroupns=private" in flags
    assert not [flag for flag in flags if flag.startswith("--volume")]


def test_a_capability_that_this_machine_lacks_is_not_asked_for() -> None:
    without_resource = grantable_capabilities({"CapBnd": "000001fffeffffff"})
    assert "SYS_RESOURCE" not in without_resource
    assert "SYS_ADMIN" in without_resource
    assert "SYS_RESOURCE" in grantable_capabilities({"CapBnd": "000001ffffffffff"})
