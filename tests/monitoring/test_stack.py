"""What the stack's ``monitoring`` brings about: nothing, exporters on each host, an ops host beside them."""

import runpy
from pathlib import Path
from typing import Any

import pytest

from components.mail_site import MailSite
from tests.components.wishes import EXISTING, config
from tests.engine import Engine

PROJECT = Path(__file__).resolve().parents[2]
WATCHED: dict[str, Any] = {
    "monitoring": "ops-host",
    "alert_mail_to": "ops@elsewhere.example",
    "alert_relay_host": "smtp.relay.example",
    "alert_slack": False,
}


@pytest.fixture(autouse=True)
def _in_the_project(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(PROJECT)


def run(**changes: Any) -> Engine:
    """Run __main__.py with the sample list."""
    engine = Engine()
    values = {f"mailstead:{key}": value for key, value in config(**changes).items()}
    engine.run(lambda: runpy.run_path(str(PROJECT / "__main__.py")), config=values)
    return engine


def private_ports(engine: Engine) -> set[int]:
    rules = engine.one("SecurityList", "mail-security-list").inputs["ingressSecurityRules"]
    return {int(rule["tcpOptions"]["min"]) for rule in rules if rule["source"] == "10.20.0.0/16"}


def test_with_monitoring_off_nothing_of_it_is_there() -> None:
    engine = run(monitoring="off")

    assert engine.names("Exporters") == engine.names("OpsSoftware") == []
    assert private_ports(engine) == set()


def test_exporters_come_to_every_host_and_answer_inside_the_network_alone() -> None:
    engine = run(monitoring="exporters", instance_count=2, allow_paid=True)

    assert engine.names("Exporters") == ["mail-host-1-exporters", "mail-host-2-exporters"]
    assert engine.names("OpsSoftware") == []
    assert private_ports(engine) == {9099, 9100}
    inputs = engine.one("Exporters", "mail-host-1-exporters").inputs
    assert inputs["asked_from"] == "10.20.0.0/16"
    assert inputs["listen"] == "10.20.0.5"


def test_exporters_wait_for_the_mail_server_that_they_ask() -> None:
    assert "mail-host-1-verify" in run(monitoring="exporters").one("Exporters", "mail-host-1-exporters").after


def test_the_ops_host_is_a_machine_that_oracle_gives_away_with_no_address_of_its_own() -> None:
    engine = run(**WATCHED)
    instance = engine.one("Instance", "ops-host-instance")

    assert instance.inputs["shape"] == "VM.Standard.E2.1.Micro"
    assert instance.inputs.get("shapeConfig") is None
    assert instance.inputs["createVnicDetails"]["assignPublicIp"] == "true"
    assert instance.provider == "oci"
    assert len(engine.names("PublicIp")) == 1


def test_the_ops_host_waits_for_the_exporters_and_knows_each_mail_host() -> None:
    engine = run(**WATCHED, instance_count=2, allow_paid=True)
    software = engine.one("OpsSoftware", "ops-host-software")

    assert {"mail-host-1-exporters", "mail-host-2-exporters"} <= software.after
    assert set(software.inputs["watched"]) == {"mail.example.com", "mail2.example.com"}
    assert {25, 443, 993} <= {int(port) for port in software.inputs["open_ports"]}


def test_a_server_that_is_there_already_gets_exporters_that_answer_itself_alone() -> None:
    engine = run(**EXISTING, monitoring="exporters")
    inputs = engine.one("Exporters", "mail-host-1-exporters").inputs

    assert inputs["listen"] == "127.0.0.1"
    assert inputs["asked_from"] == ""
    assert engine.names("Instance") == []


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("exporter_image", "registry.example.com/mailcow-exporter:2.1.0"),
        ("alert_mail_to", "others@elsewhere.example"),
        ("alert_mail_from", "alerts@elsewhere.example"),
        ("alert_relay_host", "smtp.other.example"),
        ("alert_relay_port", 465),
        ("alert_relay_tls", "encrypt"),
        ("alert_slack", True),
        ("alert_heartbeat", True),
        ("alert_patience", "short"),
        ("ops_availability_domain", 2),
    ],
)
def test_each_key_of_monitoring_changes_a_resource(key: str, value: Any) -> None:
    """A key that nothing reads would be a promise that is not kept."""

    def everything(engine: Engine) -> dict[str, Any]:
        return {f"{it.type} {it.name}": it.inputs for it in engine.registered}

    assert everything(run(**WATCHED)) != everything(run(**{**WATCHED, key: value}))


def test_a_site_without_a_cloud_has_no_subnet_for_an_ops_host() -> None:
    assert MailSite(machines={}).subnet_ids == ()
