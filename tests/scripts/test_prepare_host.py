"""prepare-host.sh: packages, key, name, clock, and the firewall of Oracle's images."""

import pytest

from tests.scripts.machine import Machine, Run

KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHXwYTBOpCfvkpSUKYMBwd1WwDcGWy4BYBmlgBtHnJzR new"
RULES = """\
*filter
:INPUT ACCEPT [0:0]
:FORWARD ACCEPT [0:0]
:InstanceServices - [0:0]
-A INPUT -m state --state RELATED,ESTABLISHED -j ACCEPT
-A INPUT -p icmp -j ACCEPT
-A INPUT -p tcp -m state --state NEW -m tcp --dport 22 -j ACCEPT
-A INPUT -j REJECT --reject-with icmp-host-prohibited
-A FORWARD -j REJECT --reject-with icmp-host-prohibited
COMMIT
"""
# Keeps the running rules of INPUT as lines, and counts from 1 as iptables does.
IPTABLES = r"""
[[ $1 == --wait ]] && shift
live=$root/live
case $1 in
  -S) echo "-P INPUT ACCEPT"; cat "$live" ;;
  -C) shift 2; grep -qFx -e "-A INPUT $*" "$live" ;;
  -I) shift 2; place=$1; shift; sed -i "${place}i -A INPUT $*" "$live" ;;
  -D) shift 2; grep -vFx -e "-A INPUT $*" "$live" >"$live.new"; mv "$live.new" "$live" ;;
esac
"""


def accept(port: int) -> str:
    return f"-A INPUT -p tcp -m state --state NEW -m tcp --dport {port} -m comment --comment mailstead -j ACCEPT"


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A fresh Ubuntu of Oracle's, all packages but two installed."""
    machine.stub("cloud-init")
    machine.write("/usr/bin/cloud-init", "", mode=0o755)
    machine.stub("dpkg")
    machine.stub("dpkg-query", "[[ ${@: -1} =~ ^(jq|git)$ && ! -e $root/installed ]] || echo installed")
    machine.stub("apt-get", '[[ $* != *" install "* ]] || touch "$root/installed"')
    machine.stub("ssh-keygen", "grep -q '^ssh-'")
    machine.stub("install", 'mkdir -p "${@: -1}"')
    machine.stub("chown")
    machine.stub("hostname")
    machine.stub("iptables", IPTABLES)
    machine.write("/etc/os-release", 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n')
    machine.write("/etc/hosts", "127.0.0.1 localhost\n127.0.1.1 old.name old\n")
    machine.write("/etc/iptables/rules.v4", RULES)
    machine.write("/live", "".join(line + "\n" for line in RULES.splitlines() if line.startswith("-A INPUT")))
    machine.write("/usr/share/zoneinfo/Europe/Berlin", "")
    machine.write("/home/ubuntu/.ssh/authorized_keys", "ssh-ed25519 AAAAold the one it came with\n")
    return machine


def prepare(host: Machine, ports: str = "25,443", key: str = KEY, zone: str = "Europe/Berlin") -> Run:
    return host.run("prepare-host.sh", "mail.example.com", zone, key, ports)


@pytest.mark.parametrize(
    ("system", "release"), [("debian", "12"), ("debian", "13"), ("ubuntu", "22.04"), ("ubuntu", "24.04")]
)
def test_supported_systems_are_prepared(host: Machine, system: str, release: str) -> None:
    host.write("/etc/os-release", f'ID={system}\nVERSION_ID="{release}"\n')

    assert prepare(host).status == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [('ID=debian\nVERSION_ID="11"\n', "debian 11"), ('ID="ol"\nVERSION_ID="9.5"\n', "ol 9.5"), ("", "unknown")],
)
def test_other_systems_are_refused_before_anything_is_touched(host: Machine, text: str, said: str) -> None:
    host.write("/etc/os-release", text)

    done = prepare(host)

    assert done.status == 1
    assert f"this host runs {said}" in done.stderr
    assert "Debian 12 and 13, Ubuntu 22.04 and 24.04 are supported" in done.stderr
    assert host.calls == []


def test_only_missing_packages_are_installed_and_the_lock_of_apt_is_waited_for(host: Machine) -> None:
    assert prepare(host).status == 0

    assert host.called("apt-get") == [
        "apt-get --option DPkg::Lock::Timeout=600 update",
        "apt-get --option DPkg::Lock::Timeout=600 install --yes --no-install-recommends git jq",
    ]


def test_a_second_run_asks_no_package_source_and_changes_no_rule(host: Machine) -> None:
    assert prepare(host).status == 0
    rules, live = host.read("/etc/iptables/rules.v4"), host.read("/live")
    host.forget_calls()

    assert prepare(host).status == 0
    assert not host.called("apt-get")
    assert (host.read("/etc/iptables/rules.v4"), host.read("/live")) == (rules, live)


@pytest.mark.parametrize("status", [0, 2])
def test_the_first_boot_is_waited_for_and_errors_it_recovered_from_are_none(host: Machine, status: int) -> None:
    host.stub("cloud-init", f"exit {status}")

    assert prepare(host).status == 0
    assert host.called("cloud-init") == ["cloud-init status --wait"]


def test_a_first_boot_that_failed_is_an_error_that_says_where_to_look(host: Machine) -> None:
    host.stub("cloud-init", "exit 1")

    done = prepare(host)

    assert done.status == 1
    assert "/var/log/cloud-init.log" in done.stderr


def test_a_host_without_cloud_init_is_fine(host: Machine) -> None:
    (host.root / "usr/bin/cloud-init").unlink()

    assert prepare(host).status == 0
    assert not host.called("cloud-init")


def test_the_configured_key_is_the_one_that_logs_in(host: Machine) -> None:
    assert prepare(host).status == 0

    keys = [line for line in host.read("/home/ubuntu/.ssh/authorized_keys").splitlines() if line[0] != "#"]
    assert keys == [KEY]
    assert host.mode("/home/ubuntu/.ssh/authorized_keys") == 0o600


def test_a_key_that_is_none_locks_nobody_out(host: Machine) -> None:
    done = prepare(host, key="/home/me/.ssh/id_ed25519.pub")

    assert done.status == 1
    assert "is no public key" in done.stderr
    assert host.read("/home/ubuntu/.ssh/authorized_keys").startswith("ssh-ed25519 AAAAold")


def test_the_host_knows_its_own_name(host: Machine) -> None:
    assert prepare(host).status == 0
    assert prepare(host).status == 0

    assert host.read("/etc/hosts").splitlines() == ["127.0.0.1 localhost", "127.0.1.1 mail.example.com mail"]
    assert host.read("/etc/hostname") == "mail\n"


def test_an_unknown_time_zone_is_refused(host: Machine) -> None:
    done = prepare(host, zone="Mars/Olympus")

    assert done.status == 1
    assert "time zone Mars/Olympus is unknown" in done.stderr


def test_public_ports_are_opened_right_above_the_images_reject_in_file_and_kernel(host: Machine) -> None:
    """The first places belong to mailcow's netfilter, and what comes after the REJECT is never reached."""
    assert prepare(host, ports="25,443").status == 0

    for lines in (host.read("/etc/iptables/rules.v4").splitlines(), host.read("/live").splitlines()):
        reject = next(place for place, line in enumerate(lines) if "-A INPUT -j REJECT" in line)
        assert set(lines[reject - 2 : reject]) == {accept(25), accept(443)}
        assert lines[reject - 3].endswith("--dport 22 -j ACCEPT")


def test_nothing_else_in_the_rules_changes(host: Machine) -> None:
    assert prepare(host).status == 0

    rest = [line for line in host.read("/etc/iptables/rules.v4").splitlines() if "mailstead" not in line]
    assert rest == RULES.splitlines()
    assert not [call for call in host.calls if "netfilter-persistent" in call]


def test_a_port_that_is_no_longer_public_is_closed(host: Machine) -> None:
    assert prepare(host, ports="25,4190").status == 0
    assert prepare(host, ports="25").status == 0

    assert accept(4190) not in host.read("/etc/iptables/rules.v4") + host.read("/live")
    assert accept(25) in host.read("/live")


def test_an_image_without_such_a_firewall_is_left_alone(host: Machine) -> None:
    (host.root / "etc/iptables/rules.v4").unlink()

    assert prepare(host).status == 0
    assert not host.called("iptables")


def test_a_run_that_died_in_the_middle_is_finished_by_the_next(host: Machine) -> None:
    host.stub("hostname", "kill -9 $PPID")
    assert prepare(host).status != 0

    host.stub("hostname")
    assert prepare(host).status == 0
    assert accept(443) in host.read("/live")
