"""install-exporters.sh and remove-exporters.sh: what measures a host is put there whole, and goes without a trace."""

import pytest

from tests.scripts.machine import Machine, Run
from tests.scripts.monitoring import INSTALL, NODE, RULES, make_installable, send

KEY, TOKEN = "PLANTED-KEY", "planted-token"
FILES = {
    "firewall.sh": (INSTALL / "firewall.sh").read_text(),
    "collectors/lib.sh": "# what they share\n",
    "collectors/queue.sh": "#!/usr/bin/env bash\n",
    "units/mailstead-metrics@.service": "[Service]\n",
    "units/mailstead-metrics-minute.timer": "[Timer]\n",
    "exporter.env": f"MAILCOW_EXPORTER_API_KEY={KEY}\nMAILCOW_EXPORTER_SECURITY_TOKEN={TOKEN}\n",
    "metrics.env": "METRICS_HOSTNAME=mail.example.com\n",
    "dns-records.json": '{"example.com": []}',
}
IMAGE = "ghcr.io/mailcow/prometheus-exporter:2.1.0"
CONF = "MAILCOW_HOSTNAME=mail.example.com\nHTTPS_PORT=443\nHTTPS_BIND=\n"
WAY = "/etc/systemd/system/mailstead-exporter-way.service"
DROP_IN = "/etc/systemd/system/prometheus-node-exporter.service.d/mailstead.conf"
OURS = (
    "-s 10.20.0.0/16 -p tcp -m state --state NEW -m tcp --dport {} -m comment --comment mailstead-monitoring -j ACCEPT"
)


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host whose mailcow runs, with the firewall of Oracle's images."""
    make_installable(machine)
    machine.stub(
        "docker",
        'case $* in "inspect "*) [[ -e $root/container ]] && cat $root/container ;;\n'
        '"run "*) for word in "$@"; do\n'
        '  [[ $word != mailstead.digest=* ]] || echo "${word#*=} true" >$root/container; done ;;\n'
        '"rm "*) rm -f $root/container ;;\n'
        '"ps --all"*) [[ ! -e $root/container ]] || echo 0123456789ab ;;\n'
        '"image inspect"*) exit 1 ;; esac',
    )
    machine.write("/srv/mail/mailcow-dockerized/mailcow.conf", CONF)
    return machine


def install(host: Machine, listen: str = "10.20.0.5", block: str = "10.20.0.0/16", **changed: str) -> Run:
    files = {**FILES, **{name.replace("_", "."): text for name, text in changed.items()}}
    done = send(host, "install-exporters.sh", listen, block, IMAGE, files=files)
    assert done.status == 0, done.stderr
    return done


def remove(host: Machine) -> None:
    done = send(host, "remove-exporters.sh", files={"firewall.sh": FILES["firewall.sh"]})
    assert done.status == 0, done.stderr


def test_key_and_token_are_in_a_file_of_roots_and_in_no_argument(host: Machine) -> None:
    done = install(host)

    assert host.read("/etc/mailstead/exporter.env") == FILES["exporter.env"]
    assert host.mode("/etc/mailstead/exporter.env") == 0o600
    said = "\n".join([*host.calls, done.stdout, done.stderr])
    assert KEY not in said
    assert TOKEN not in said


def test_what_the_exporter_prints_is_kept_nowhere(host: Machine) -> None:
    """At its start it prints its key and its token."""
    install(host)

    (run,) = host.called("docker run")
    assert "--log-driver none" in run


def test_both_exporters_answer_at_the_private_address_alone(host: Machine) -> None:
    install(host)

    (run,) = host.called("docker run")
    assert "--env MAILCOW_EXPORTER_LISTEN=10.20.0.5:9099" in run
    assert "--web.listen-address=10.20.0.5:9100 " in host.read(DROP_IN)


def test_the_packages_own_file_of_arguments_is_left_alone(host: Machine) -> None:
    install(host)

    assert not host.exists("/etc/default/prometheus-node-exporter")


def test_the_exporter_asks_mailcow_on_this_host_and_what_it_says_does_not_leave_it(host: Machine) -> None:
    """HTTP is sent on to HTTPS by mailcow, and the exporter takes no certificate that not everybody trusts."""
    install(host)

    (run,) = host.called("docker run")
    assert "--env MAILCOW_EXPORTER_SCHEME=http --env MAILCOW_EXPORTER_HOST=127.0.0.1:9098" in run
    assert "socat TCP-LISTEN:9098,bind=127.0.0.1,reuseaddr,fork OPENSSL:127.0.0.1:443,verify=0,no-sni\n" in host.read(
        WAY
    )


def test_the_firewall_of_the_image_lets_the_network_in_above_its_reject(host: Machine) -> None:
    install(host)

    lines = host.read("/etc/iptables/rules.v4").splitlines()
    reject = lines.index("-A INPUT -j REJECT --reject-with icmp-host-prohibited")
    assert lines[reject - 2 : reject] == [f"-A INPUT {OURS.format(port)}" for port in (9100, 9099)]


def test_on_a_server_of_somebody_else_no_port_is_opened(host: Machine) -> None:
    install(host, "127.0.0.1", "-")

    assert host.read("/etc/iptables/rules.v4") == RULES


def test_mailcow_is_found_by_its_containers_where_somebody_else_put_it(host: Machine) -> None:
    (host.root / "srv/mail/mailcow-dockerized/mailcow.conf").unlink()
    host.write("/opt/mailcow/mailcow.conf", f"{CONF}HTTPS_BIND=192.0.2.7\nHTTPS_PORT=8443\n")
    host.stub("docker", f'case $* in "ps --filter"*) echo {host.root}/opt/mailcow ;; "image inspect"*) exit 1 ;; esac')
    install(host)

    assert "OPENSSL:192.0.2.7:8443,verify=0" in host.read(WAY)


def test_a_second_run_starts_nothing_again(host: Machine) -> None:
    install(host)
    host.forget_calls()
    install(host)

    assert host.called("docker run") == host.called("docker rm") == []
    assert host.called("systemctl restart") == []
    assert host.called("apt-get") == []


def test_another_key_or_address_starts_the_exporter_anew(host: Machine) -> None:
    install(host)
    host.forget_calls()
    install(host, exporter_env="MAILCOW_EXPORTER_API_KEY=other\n")
    assert len(host.called("docker run")) == 1
    install(host, "10.20.0.6")
    assert len(host.called("docker run")) == 2
    assert host.called("systemctl restart") == ["systemctl restart prometheus-node-exporter.service"]


def test_a_collector_that_had_failed_is_not_listed_any_more(host: Machine) -> None:
    install(host)
    host.write("/etc/systemd/system/mailstead-metrics-queue.service", "[Service]\n")
    host.write("/failed/mailstead-metrics-queue.service", "")

    remove(host)

    assert host.called("systemctl reset-failed") == ["systemctl reset-failed mailstead-metrics-queue.service"]
    stopped = [call.split()[-1] for call in host.called("systemctl disable") if "metrics" in call]
    assert stopped[0].endswith(".timer")


def test_collectors_are_roots_own_and_one_that_is_gone_goes_here_too(host: Machine) -> None:
    install(host)
    assert host.mode("/usr/local/lib/mailstead/monitoring/queue.sh") == 0o755
    assert "systemctl enable --now mailstead-metrics-minute.timer" in host.calls

    host.write("/usr/local/lib/mailstead/monitoring/old.sh", "")
    install(host)

    assert not host.exists("/usr/local/lib/mailstead/monitoring/old.sh")


def test_the_collectors_are_told_whose_host_it_is_and_where_mailcow_is(host: Machine) -> None:
    install(host)

    assert host.read("/etc/mailstead/metrics.env").splitlines() == [
        "METRICS_HOSTNAME=mail.example.com",
        f"METRICS_MAILCOW_ROOT={host.root}/srv/mail/mailcow-dockerized",
    ]


def test_an_exporter_that_does_not_answer_is_an_error(host: Machine) -> None:
    host.stub("curl", "exit 7")

    done = send(host, "install-exporters.sh", "10.20.0.5", "10.20.0.0/16", IMAGE, files=FILES, limit_s=0)

    assert done.status == 1
    assert "node exporter on 10.20.0.5:9100: not within 0 s" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("0.0.0.0.0", "-", IMAGE), "is no IPv4 address"),
        (("10.20.0.5", "everyone", IMAGE), "is no IPv4 block"),
        (("10.20.0.5",), "want 3 arguments"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_touched(
    host: Machine, arguments: tuple[str, ...], said: str
) -> None:
    done = send(host, "install-exporters.sh", *arguments, files=FILES)

    assert done.status == 1
    assert said in done.stderr
    assert host.calls == []


def test_what_was_installed_goes_without_a_trace(host: Machine) -> None:
    before = {path.relative_to(host.root) for path in host.root.rglob("*") if path.is_file()}
    install(host)
    remove(host)

    left = {path.relative_to(host.root) for path in host.root.rglob("*") if path.is_file()} - before
    assert {str(path) for path in left if not str(path).startswith(("marks/", "active/"))} == {
        "run/lock/mailstead.lock"
    }
    assert host.read("/etc/iptables/rules.v4") == RULES
    assert [call.rpartition(" ")[2] for call in host.called("apt-get") if " remove " in call] == [
        "prometheus-node-exporter",
        "socat",
        "bind9-dnsutils",
    ]
    remove(host)


def test_figures_that_nobody_takes_any_more_go_and_those_of_the_backup_stay(host: Machine) -> None:
    install(host)
    for topic in ("queue", "backup"):
        host.write(f"/var/lib/prometheus/node-exporter/mailstead_{topic}.prom", "")
    remove(host)

    assert not host.exists("/var/lib/prometheus/node-exporter/mailstead_queue.prom")
    assert host.exists("/var/lib/prometheus/node-exporter/mailstead_backup.prom")


def test_a_dig_that_was_there_before_stays(host: Machine) -> None:
    host.write("/usr/bin/dig", "")
    install(host)
    assert host.read("/etc/mailstead/dns-records.json") == FILES["dns-records.json"]
    remove(host)

    assert host.exists("/usr/bin/dig")
    assert not host.exists("/etc/mailstead/dns-records.json")


def test_a_node_exporter_that_was_there_before_stays_and_goes_on_as_it_was(host: Machine) -> None:
    host.write(NODE, "")
    host.write("/marks/prometheus-node-exporter", "")
    install(host)
    remove(host)

    assert host.exists(NODE)
    assert [call for call in host.called("apt-get") if call.endswith(" remove --yes prometheus-node-exporter")] == []
    assert host.called("systemctl restart")[-1] == "systemctl restart prometheus-node-exporter.service"


@pytest.mark.parametrize("command", ["systemctl", "docker", "iptables"])
def test_a_run_that_died_in_the_middle_is_finished_by_the_next(host: Machine, command: str) -> None:
    stub = host.root.parent / "stubs" / command
    good = stub.read_text()
    host.stub(command, "kill -9 $PPID")
    assert send(host, "install-exporters.sh", "10.20.0.5", "10.20.0.0/16", IMAGE, files=FILES).status != 0
    stub.write_text(good)

    install(host)
    assert host.exists("/usr/local/lib/mailstead/monitoring/queue.sh")
    assert host.exists("/container")
    remove(host)
    assert not host.exists(NODE)
