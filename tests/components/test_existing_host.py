"""A server that is there already: people and DNS, and nothing of a cloud, of a machine or of its software."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from tests.components.wishes import EXISTING, config
from tests.engine import HOST_KEY, Engine

PROJECT = Path(__file__).resolve().parents[2]
ADDRESS = EXISTING["host_address"]
HTTPS = {"api_access": "https"}
PEOPLE = ["alice@example.com", "bob@example.com", "carol@startup.io", "dave@startup.io"]
both_ways = pytest.mark.parametrize("way", [{}, HTTPS], ids=["ssh", "https"])


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def run(**changes: Any) -> Engine:
    """Run __main__.py with the sample list, against a server that is there."""
    engine = Engine()
    values = {f"mailstead:{key}": value for key, value in config(**{**EXISTING, **changes}).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine


def provider(engine: Engine) -> dict[str, Any]:
    return engine.one("pulumi-python", "mail-host-1").inputs


@both_ways
def test_nothing_is_made_in_a_cloud_and_none_is_asked(way: dict[str, str]) -> None:
    engine = run(**way)

    assert [it.type for it in engine.registered if "oci" in it.type] == []
    assert engine.calls == []


@both_ways
def test_nothing_is_installed_changed_or_probed_on_the_server(way: dict[str, str]) -> None:
    engine = run(**way)
    of_machines = ("Command", "CopyToRemote", "HostSecrets", "PortProbe", "Mount")

    assert {kind: engine.names(kind) for kind in of_machines if engine.names(kind)} == {}


@both_ways
def test_everybody_of_the_list_has_a_mailbox_and_a_first_password(way: dict[str, str]) -> None:
    engine = run(**way)

    assert engine.names("Mailbox") == engine.names("VaultSecret") == PEOPLE


def test_by_ssh_its_key_is_taken_at_the_first_contact_and_pinned() -> None:
    engine = run(ssh_user="root")

    assert engine.one("HostKey", "mail-host-1-key").inputs["address"] == ADDRESS
    assert engine.one("HostKey", "mail-host-1-key").inputs["user"] == "root"
    assert provider(engine) == {
        "host:name": "mail.example.com",
        "host:address": ADDRESS,
        "host:key": HOST_KEY,
        "host:user": "root",
        "host:stack": "test",
    }


def test_a_server_that_was_made_anew_is_a_new_first_contact_when_its_generation_is_raised() -> None:
    def instance_id(**changes: Any) -> str:
        return run(**changes).one("HostKey", "mail-host-1-key").inputs["instance_id"]

    assert instance_id() == instance_id(ssh_user="root")
    assert len({instance_id(), instance_id(host_generation=2), instance_id(host_address="203.0.113.21")}) == 3


def test_by_https_no_ssh_is_spoken() -> None:
    engine = run(**HTTPS, api_connect_to="10.0.0.5:8443", api_ca_bundle="ca.pem")

    assert engine.names("HostKey") == []
    assert provider(engine) == {
        "host:name": "mail.example.com",
        "host:address": ADDRESS,
        "host:stack": "test",
        "host:api_access": "https",
        "host:connect_to": "10.0.0.5:8443",
        "host:ca_bundle": "ca.pem",
    }


@both_ways
def test_what_is_there_is_taken_over_only_where_the_stack_says_so(way: dict[str, str]) -> None:
    assert "host:adopt" not in provider(run(**way))
    assert provider(run(**way, adopt=True))["host:adopt"] == "true"


def test_while_it_is_taken_over_nothing_is_added_that_nobody_asked_for() -> None:
    """postmaster@ and abuse@ would be new on the server."""
    assert run().names("Alias") != []
    assert run(adopt=True).names("Alias") == []


@both_ways
def test_outputs_of_the_cloud_are_empty_and_those_of_mail_are_there(way: dict[str, str]) -> None:
    outputs = run(**way).outputs

    assert outputs["vcn_id"] is outputs["security_list_id"] is None
    assert list(outputs["subnet_ids"]) == list(outputs["instance_ids"]) == []
    assert outputs["public_ips"] == [ADDRESS]
    assert outputs["mail_hostnames"] == ["mail.example.com"]
    assert {record["value"] for record in outputs["dns_records"] if record["type"] == "A"} == {ADDRESS}
