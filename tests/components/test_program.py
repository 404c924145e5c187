"""The program as a whole: what each config key changes, and what comes out."""

import ast
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from core.host_choice import NEEDED, OCI
from core.settings import Settings, parse_settings
from tests.components.wishes import PUBLIC_KEY, config
from tests.engine import ADDRESS, Engine

PROJECT = Path(__file__).resolve().parent.parent.parent
OTHER_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGq2bGpJ0vWc1tqIYqjTn9w7mZQm4pZk1dO0m0w0m0wA other"


def run(*, looked_up: dict[str, Any] | None = None, **changes: Any) -> Engine:
    """Run __main__.py with the sample list."""
    engine = Engine(looked_up=looked_up)
    values = {f"mailstead:{key}": value for key, value in config(**changes).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def everything(engine: Engine) -> dict[str, Any]:
    return {f"{it.type} {it.name}": (it.inputs, str(it.options.replacement_trigger)) for it in engine.registered}


@pytest.mark.parametrize(
    ("key", "value", "more"),
    [
        ("domain_names", ["startup.io"], {}),
        ("instance_count", 2, {"allow_paid": True}),
        ("region", "eu-amsterdam-1", {}),
        ("compartment_ocid", "ocid1.compartment.oc1..bbbbexample", {}),
        ("ssh_public_key", OTHER_KEY, {}),
        ("instance_shape", "VM.Standard.A2.Flex", {"allow_paid": True}),
        ("block_volume_sizes", [60, 50], {}),
        ("host_generation", 2, {}),
        ("lets_encrypt", False, {}),
        ("acme_directory_url", "https://acme.example.com/directory", {}),
    ],
)
def test_each_config_key_changes_a_resource(key: str, value: Any, more: dict[str, Any]) -> None:
    """A key that nothing reads would be a promise that is not kept."""
    assert everything(run(**{key: value}, **more)) != everything(run(**more))


def test_the_same_config_gives_the_same_resources() -> None:
    assert everything(run()) == everything(run())


def test_everything_in_the_cloud_goes_through_the_provider_of_the_configured_region() -> None:
    engine = run(region="uk-london-1")
    cloud = [it for it in engine.registered if it.type.startswith("oci:")]

    assert engine.one("oci", "oci").inputs["region"] == "uk-london-1"
    assert {it.provider for it in cloud} == {"oci"}
    assert {call.provider.rpartition("::")[0].rpartition("::")[2] for call in engine.calls} == {"oci"}


def test_the_outputs_have_the_names_that_others_rely_on() -> None:
    outputs = run().outputs

    assert set(outputs) == {
        "vcn_id",
        "subnet_ids",
        "security_list_id",
        "instance_ids",
        "public_ips",
        "mail_hostnames",
        "ops_host_ip",
        "dns_records",
    }
    assert outputs["public_ips"] == [ADDRESS]
    assert outputs["mail_hostnames"] == ["mail.example.com"]
    assert outputs["subnet_ids"] == ["mail-subnet-id"]
    assert outputs["instance_ids"] == ["mail-host-1-instance-id"]


def test_every_dns_record_says_what_why_and_whether_it_must_be() -> None:
    records = run().outputs["dns_records"]

    assert all(set(record) == {"name", "type", "value", "reason", "required", "domain"} for record in records)
    assert {"example.com", "startup.io"} <= {record["name"] for record in records if record["type"] == "MX"}
    assert any(record["type"] == "A" and record["value"] == ADDRESS for record in records)


def test_everybody_of_the_list_has_a_mailbox() -> None:
    assert run().names("Mailbox") == ["alice@example.com", "bob@example.com", "carol@startup.io", "dave@startup.io"]


def test_a_mistake_in_the_config_stops_the_program_before_anything_is_registered() -> None:
    engine = Engine()

    with pytest.raises(pulumi.RunError, match="regionn"):
        engine.run(
            lambda: runpy.run_path(str(PROJECT / "__main__.py")),
            config={f"mailstead:{key}": value for key, value in config(regionn="x").items()},
        )
    assert engine.registered == []


def test_the_program_is_a_table_of_contents() -> None:
    text = (PROJECT / "__main__.py").read_text(encoding="utf-8")
    forbidden = (ast.For, ast.While, ast.IfExp, ast.comprehension, ast.FunctionDef, ast.Try)
    nodes = list(ast.walk(ast.parse(text)))

    assert len(text.splitlines()) <= 80
    assert not [node for node in nodes if isinstance(node, forbidden)]
    # Where it ends for `mailstead up --address-first`.
    assert [ast.unparse(node.test) for node in nodes if isinstance(node, ast.If)] == ["not ends_at_addresses()"]


def test_a_run_for_the_addresses_alone_ends_with_the_machines(monkeypatch: pytest.MonkeyPatch) -> None:
    """Providers of the mail hosts need what is not made in such a run, and the engine refuses them."""
    monkeypatch.setenv("MAILSTEAD_ADDRESS_FIRST", "test")
    first = run()
    monkeypatch.setenv("MAILSTEAD_ADDRESS_FIRST", "another")
    whole = run()

    assert {it.name for it in first.registered} < {it.name for it in whole.registered}
    assert first.names("PublicIp") == whole.names("PublicIp")
    assert first.names("Mailbox") == first.names("Roster") == first.names("pulumi-python") == []
    assert "dns_records" not in first.outputs
    assert "dns_records" in whole.outputs


def stack_config(stack: str) -> dict[str, Any]:
    return yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8"))["config"]


def test_dev_and_prod_have_the_same_keys() -> None:
    assert set(stack_config("dev")) == set(stack_config("prod"))


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_the_examples_are_valid_and_name_every_key_that_must_be_set(stack: str) -> None:
    text = (PROJECT / f"Pulumi.{stack}.yaml").read_text(encoding="utf-8")
    ours = {
        key.removeprefix("mailstead:"): value
        for key, value in stack_config(stack).items()
        if key.startswith("mailstead:")
    }

    assert set(NEEDED[OCI]) <= set(ours)
    assert isinstance(parse_settings(config(**ours), stack_file=f"Pulumi.{stack}.yaml", text=text), Settings)
    assert PUBLIC_KEY not in text


@pytest.mark.parametrize("stack", ["dev", "prod"])
def test_no_stack_makes_anything_in_the_cloud_by_a_default_provider(stack: str) -> None:
    assert stack_config(stack)["pulumi:disable-default-providers"] == ["oci"]


def test_dns_records_are_entered_where_the_config_says_so_and_nowhere_else() -> None:
    zones = [{"name": name, "id": f"zone-of-{name}"} for name in ("example.com", "startup.io")]
    looked_up = {"oci:Dns/getZones:getZones": {"zones": zones}, "oci:Dns/getRrsets:getRrsets": {"rrsets": []}}
    engine = run(looked_up=looked_up, dns="oci", allow_paid=True)
    sets = [it for it in engine.registered if it.type == "oci:Dns/rrset:Rrset"]
    told = {(it["name"], it["type"]) for it in engine.outputs["dns_records"] if it["domain"]}

    assert {(it.inputs["domain"], it.inputs["rtype"]) for it in sets} == told
    assert {it.provider for it in sets} == {"oci"}
    assert not [it for it in run().registered if it.type.startswith("oci:Dns")]
