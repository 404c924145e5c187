"""install-ops-host.sh: what is bad is found before anything that runs is touched, and secrets stay secret."""

import pytest
import yaml

from core.alerting import alertmanager_file
from tests.monitoring.test_configuration import FOLDER, WISHES
from tests.scripts.machine import Machine, Run
from tests.scripts.monitoring import make_installable, send

GRAFANA = FOLDER.parent / "grafana"
SECRETS = {
    "exporter-token": "planted-token",
    "slack-url": "https://hooks.slack.example/services/planted",
    "heartbeat-url": "https://dead-man.example/ping?planted=a&b=c",
    "relay-password": "planted-password",
}
FILES = {
    "prometheus.yml": (FOLDER / "prometheus.yml").read_text(),
    "blackbox.yml": (FOLDER / "blackbox.yml").read_text(),
    "alertmanager.yml": alertmanager_file((FOLDER / "alertmanager.yml").read_text(), WISHES),
    "targets/node.json": "[]\n",
    "alerts/a.yml": "groups: [{name: a, rules: [{alert: Watchdog, expr: vector(1)}]}]\n",
    "dashboards/mail-flow.json": "{}\n",
    "grafana/dashboards.yaml": (GRAFANA / "dashboards.yaml").read_text(),
    "grafana/datasource.yaml": (GRAFANA / "datasource.yaml").read_text(),
    **{f"secrets/{name}": secret for name, secret in SECRETS.items()},
}
CONFIG = "/etc/prometheus/mailstead"
UNITS = ("prometheus", "prometheus-alertmanager", "prometheus-blackbox-exporter", "prometheus-node-exporter")


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A prepared machine; promtool, amtool and the blackbox exporter are real."""
    make_installable(machine)
    return machine


def install(host: Machine, **changed: str | None) -> Run:
    """Install with some files changed, or left out: ``{"secrets__slack-url": None}``."""
    files = dict(FILES)
    for name, text in changed.items():
        path = name.replace("__", "/") if "__" in name else name.replace("_", ".")
        files.pop(path, None)
        if text is not None:
            files[path] = text
    return send(host, "install-ops-host.sh", files=files)


def test_each_secret_is_in_a_file_that_its_program_alone_reads(host: Machine) -> None:
    done = install(host)
    assert done.status == 0, done.stderr

    for name, secret in SECRETS.items():
        assert host.read(f"/etc/mailstead/monitoring/{name}") == secret
        assert host.mode(f"/etc/mailstead/monitoring/{name}") == 0o640
    assert host.mode("/etc/mailstead/monitoring") == 0o750
    said = "\n".join([*host.calls, done.stdout, done.stderr])
    assert not [secret for secret in SECRETS.values() if secret in said]


def test_the_heartbeats_address_stands_in_the_configuration_that_only_its_program_reads(host: Machine) -> None:
    assert install(host).status == 0

    config = host.read(f"{CONFIG}/alertmanager.yml")
    assert f"url: {SECRETS['heartbeat-url']}\n" in config
    assert "heartbeat.invalid" not in config
    assert host.mode(f"{CONFIG}/alertmanager.yml") == 0o640


def test_everything_listens_on_the_loopback_address(host: Machine) -> None:
    assert install(host).status == 0

    for unit in UNITS:
        text = host.read(f"/etc/systemd/system/{unit}.service.d/mailstead.conf")
        assert "--web.listen-address=127.0.0.1:" in text
    assert "--cluster.listen-address=\n" in host.read(
        "/etc/systemd/system/prometheus-alertmanager.service.d/mailstead.conf"
    )


@pytest.mark.parametrize("name", ["slack-url", "relay-password", "exporter-token"])
def test_a_secret_that_is_named_and_did_not_come_is_refused(host: Machine, name: str) -> None:
    """Nobody else looks: not amtool, and Alertmanager only when it has something to tell."""
    done = install(host, **{f"secrets__{name}": None})

    assert done.status == 1
    assert f"/etc/mailstead/monitoring/{name} is named in the configuration" in done.stderr
    assert host.called("systemctl") == []


@pytest.mark.parametrize(
    "changed",
    [
        {"alerts__a.yml": "groups: [{name: a, rules: [{alert: A, expr: 'sum('}]}]\n"},
        {"alertmanager_yml": "route: {receiver: nobody}\n"},
        {"prometheus_yml": "scrape_configs: [{}]\n"},
        {"blackbox_yml": "modules: {a: {probre: tcp}}\n"},
        {"secrets__heartbeat-url": 'https://x.example/"; rm -rf /'},
    ],
)
def test_what_its_program_would_not_take_is_refused_and_what_runs_goes_on(
    host: Machine, changed: dict[str, str]
) -> None:
    assert install(host).status == 0
    before = host.read(f"{CONFIG}/alertmanager.yml"), host.read(f"{CONFIG}/alerts/a.yml")
    host.forget_calls()

    assert install(host, **changed).status == 1
    assert (host.read(f"{CONFIG}/alertmanager.yml"), host.read(f"{CONFIG}/alerts/a.yml")) == before
    assert host.called("systemctl re") == []


def test_a_second_run_starts_nothing_again_and_has_files_read_anew(host: Machine) -> None:
    assert install(host).status == 0
    assert len(host.called("systemctl restart")) == 4
    host.forget_calls()

    assert install(host).status == 0
    assert host.called("systemctl restart") == []
    reloaded = {f"systemctl reload {unit}.service" for unit in UNITS if unit != "prometheus-node-exporter"}
    assert set(host.called("systemctl reload")) == reloaded
    assert len(host.called("systemctl reload")) == len(reloaded)


def test_what_watches_starts_when_all_that_it_asks_runs(host: Machine) -> None:
    """A program that starts a moment later would be told of as dead."""
    assert install(host).status == 0

    assert host.called("systemctl restart")[-1] == "systemctl restart prometheus.service"


def test_rules_and_secrets_that_are_not_wanted_any_more_go(host: Machine) -> None:
    assert install(host).status == 0
    without_slack = alertmanager_file((FOLDER / "alertmanager.yml").read_text(), WISHES).replace(
        "slack_api_url_file: /etc/mailstead/monitoring/slack-url", "slack_api_url: https://x.example"
    )
    done = install(
        host,
        alertmanager_yml=without_slack,
        **{"secrets__slack-url": None, "alerts__a.yml": None, "alerts__b.yml": FILES["alerts/a.yml"]},
    )
    assert done.status == 0, done.stderr

    assert not host.exists("/etc/mailstead/monitoring/slack-url")
    assert not host.exists(f"{CONFIG}/alerts/a.yml")
    assert host.exists(f"{CONFIG}/alerts/b.yml")


def test_one_that_does_not_answer_is_an_error(host: Machine) -> None:
    host.stub("curl", "[[ $* != *9093* ]]")

    done = send(host, "install-ops-host.sh", files=FILES, limit_s=0)

    assert done.status == 1
    assert "prometheus-alertmanager: not within 0 s" in done.stderr


@pytest.mark.parametrize("command", ["systemctl", "chown"])
def test_a_run_that_died_in_the_middle_is_finished_by_the_next(host: Machine, command: str) -> None:
    stub = host.root.parent / "stubs" / command
    good = stub.read_text()
    host.stub(command, "kill -9 $PPID")
    assert install(host).status != 0
    stub.write_text(good)

    assert install(host).status == 0
    assert len(host.called("systemctl restart")) == 4


def test_a_grafana_that_is_put_there_finds_the_dashboards_and_its_source(host: Machine) -> None:
    assert install(host).status == 0

    provisioning = "/etc/grafana/provisioning"
    folder = yaml.safe_load(host.read(f"{provisioning}/dashboards/mailstead.yaml"))["providers"][0]["options"]["path"]
    assert host.read(f"{folder}/mail-flow.json") == FILES["dashboards/mail-flow.json"]
    source = yaml.safe_load(host.read(f"{provisioning}/datasources/mailstead.yaml"))["datasources"][0]
    assert f"--web.listen-address={source['url'].removeprefix('http://')}" in host.read(
        "/etc/systemd/system/prometheus.service.d/mailstead.conf"
    )


def test_a_grafana_is_started_again_only_when_what_it_is_told_has_changed(host: Machine) -> None:
    install(host)
    host.write("/active/grafana-server.service", "")
    host.write("/etc/grafana/provisioning/dashboards/theirs.yaml", "apiVersion: 1\n")

    install(host)
    assert not host.called("systemctl restart grafana-server")
    install(host, **{"grafana__datasource.yaml": "apiVersion: 1\n"})

    assert len(host.called("systemctl restart grafana-server")) == 1
    assert host.read("/etc/grafana/provisioning/dashboards/theirs.yaml") == "apiVersion: 1\n"
