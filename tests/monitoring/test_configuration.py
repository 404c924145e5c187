"""What the ops host is told, judged by the programs that read it there."""

import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from core.alerting import (
    HEARTBEAT_FILE,
    RELAY_FILE,
    SLACK_FILE,
    TOKEN_FILE,
    AlertWishes,
    Watched,
    alertmanager_file,
    prometheus_file,
    rules_file,
    target_files,
)
from core.ports import PUBLIC, SIEVE
from tests.core.samples import settings

FOLDER = Path(__file__).parents[2] / "monitoring" / "prometheus"
WISHES = AlertWishes(
    mail_to="ops@elsewhere.example",
    mail_from="alerts@elsewhere.example",
    relay_host="smtp.relay.example",
    relay_port=587,
    relay_user="alerts",
    relay_tls="verify",
    slack=True,
    heartbeat=True,
    hasty=False,
)
HOST = Watched(hostname="mail.example.com", private_ip="10.20.0.5")
SECRETS = "/etc/mailstead/monitoring"
EVERY_PORT = [*PUBLIC, SIEVE]


def alertmanager(**changes: Any) -> str:
    return alertmanager_file((FOLDER / "alertmanager.yml").read_text(), replace(WISHES, **changes))


def prometheus(**changes: Any) -> str:
    return prometheus_file((FOLDER / "prometheus.yml").read_text(), replace(WISHES, **changes))


def judged(program: str, *arguments: str) -> str:
    """Have a program judge a file; what it says when it finds it good."""
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def way_of(folder: Path, config: str, **labels: str) -> str:
    """Ask amtool which receivers an alert with these labels reaches."""
    file = folder / "alertmanager.yml"
    file.write_text(config)
    pairs = [f"{name}={value}" for name, value in labels.items()]
    return judged("amtool", "config", "routes", "test", f"--config.file={file}", *pairs).strip()


ALL_WISHES = [
    {},
    {"slack": False},
    {"heartbeat": False},
    {"relay_user": ""},
    {"relay_tls": "encrypt", "relay_port": 465},
    {"slack": False, "heartbeat": False, "relay_user": "", "hasty": True},
]


@pytest.mark.parametrize("wishes", ALL_WISHES)
def test_alertmanager_takes_its_configuration_whatever_is_wished(tmp_path: Path, wishes: dict[str, Any]) -> None:
    file = tmp_path / "alertmanager.yml"
    file.write_text(alertmanager(**wishes))

    judged("amtool", "check-config", str(file))


@pytest.mark.parametrize("hasty", [False, True])
def test_prometheus_takes_its_configuration(tmp_path: Path, hasty: bool) -> None:  # noqa: FBT001 — a parameter of pytest
    file = tmp_path / "prometheus.yml"
    file.write_text(prometheus(hasty=hasty))

    judged("promtool", "check", "config", "--syntax-only", str(file))


def test_the_blackbox_exporter_takes_its_modules() -> None:
    judged("prometheus-blackbox-exporter", "--config.check", f"--config.file={FOLDER / 'blackbox.yml'}")


def test_an_alert_reaches_people_and_the_heartbeat_nobody_but_the_dead_man(tmp_path: Path) -> None:
    config = alertmanager()

    assert way_of(tmp_path, config, alertname="QueueLong", severity="warning", host="mail.example.com") == "people"
    assert way_of(tmp_path, config, alertname="Watchdog", severity="none") == "heartbeat"


def test_without_a_dead_man_service_the_heartbeat_still_bothers_nobody(tmp_path: Path) -> None:
    config = alertmanager(heartbeat=False)
    (silent,) = (one for one in yaml.safe_load(config)["receivers"] if one["name"] == "heartbeat")

    assert way_of(tmp_path, config, alertname="Watchdog") == "heartbeat"
    assert silent == {"name": "heartbeat"}


def test_people_hear_by_slack_first_and_by_mail_through_the_outside_relay() -> None:
    config = yaml.safe_load(alertmanager())
    (people,) = (one for one in config["receivers"] if one["name"] == "people")

    assert list(people) == ["name", "slack_configs", "email_configs"]
    assert people["email_configs"][0]["to"] == WISHES.mail_to
    assert config["global"]["smtp_smarthost"] == "smtp.relay.example:587"
    assert config["global"]["smtp_from"] == WISHES.mail_from
    assert config["global"]["smtp_require_tls"] is True


def test_an_alert_is_told_when_it_ends_too() -> None:
    (people,) = (one for one in yaml.safe_load(alertmanager())["receivers"] if one["name"] == "people")

    assert people["slack_configs"][0]["send_resolved"] is True
    assert people["email_configs"][0]["send_resolved"] is True


@pytest.mark.parametrize("wishes", ALL_WISHES)
def test_secrets_are_named_by_file_and_each_file_is_one_that_is_brought(wishes: dict[str, Any]) -> None:
    text = alertmanager(**wishes) + prometheus(**wishes)
    named = set(re.findall(rf"{SECRETS}/([a-z-]+)", text))
    brought = set(replace(WISHES, **wishes).secret_files)

    assert named == brought - {HEARTBEAT_FILE}
    assert ("https://heartbeat.invalid/" in text) == (HEARTBEAT_FILE in brought)


def test_what_is_not_wished_needs_no_secret() -> None:
    assert replace(WISHES, slack=False, heartbeat=False, relay_user="").secret_files == (TOKEN_FILE,)
    assert set(WISHES.secret_files) == {TOKEN_FILE, SLACK_FILE, HEARTBEAT_FILE, RELAY_FILE}


def test_every_public_port_is_tried_in_a_way_that_there_is() -> None:
    modules = yaml.safe_load((FOLDER / "blackbox.yml").read_text())["modules"]
    probes = json.loads(target_files([HOST], EVERY_PORT)["probe.json"])

    assert {int(probe["labels"]["port"]) for probe in probes} == set(EVERY_PORT)
    assert {probe["labels"]["__param_module"] for probe in probes} == set(modules)
    assert all(probe["labels"]["host"] == "mail.example.com" for probe in probes)


def test_exporters_are_asked_by_private_addresses_and_ports_by_name() -> None:
    files = {name: json.loads(text) for name, text in target_files([HOST], [25]).items()}

    assert [one["targets"] for one in files["node.json"]] == [["10.20.0.5:9100"], ["127.0.0.1:9100"]]
    assert [one["targets"] for one in files["mailcow.json"]] == [["10.20.0.5:9099"]]
    assert [one["targets"] for one in files["probe.json"]] == [["mail.example.com:25"]]


def test_each_job_reads_the_targets_that_are_made_for_it() -> None:
    config = yaml.safe_load(prometheus())
    read = {
        file.rpartition("/")[2]
        for job in config["scrape_configs"]
        for discovery in job.get("file_sd_configs", [])
        for file in discovery["files"]
    }

    assert read == set(target_files([HOST], [25]))


def test_in_a_rehearsal_a_second_stands_for_each_minute_that_a_rule_waits() -> None:
    rules = "    - alert: A\n      for: 15m\n    - alert: B\n      for: 1h\n    - alert: C\n      for: 30s\n"
    hasty = rules_file(rules, replace(WISHES, hasty=True))

    assert re.findall(r"for: (\w+)", hasty) == ["15s", "60s", "0s"]
    assert rules_file(rules, WISHES) == rules


def test_otherwise_nothing_is_hastened() -> None:
    assert prometheus() == (FOLDER / "prometheus.yml").read_text()
    assert yaml.safe_load(alertmanager())["route"]["group_wait"] == "30s"
    assert yaml.safe_load(alertmanager(hasty=True))["route"]["group_wait"] == "1s"


def test_the_wishes_are_those_of_the_configuration() -> None:
    wished = AlertWishes.of(
        settings(monitoring="ops-host", alert_mail_to="ops@elsewhere.example", alert_relay_host="smtp.relay.example")
    )

    assert wished.mail_from == "ops@elsewhere.example"
    assert (wished.slack, wished.heartbeat, wished.hasty) == (True, False, False)
