"""harden-host.sh: guessers at SSH are shut out, security updates come by themselves."""

import pytest

from tests.scripts.machine import Machine, Run

JAIL = "/etc/fail2ban/jail.d/mailstead.local"
UPDATES = "/etc/apt/apt.conf.d/52mailstead-unattended-upgrades"


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A prepared host that has nftables; fail2ban is active once it was started."""
    machine.stub("dpkg")
    machine.stub("dpkg-query", '[[ ${@: -1} != nftables && ! -e $root/installed ]] || echo "installed"')
    machine.stub("apt-get", '[[ $* != *" install "* ]] || touch "$root/installed"')
    machine.stub("fail2ban-client", "[[ $1 == --test || -e $root/active ]]")
    machine.stub(
        "systemctl",
        'case $* in *is-active*) [[ -e $root/active ]] ;; "restart fail2ban"*) touch "$root/active" ;; esac',
    )
    machine.write("/etc/apt/apt.conf.d/50unattended-upgrades", "// the system's own\n")
    machine.write("/etc/fail2ban/jail.conf", "# the system's own\n")
    return machine


def harden(host: Machine, ssh_from: str = "198.51.100.0/24,203.0.113.7/32", reboot_at: str = "04:30") -> Run:
    return host.run("harden-host.sh", ssh_from, reboot_at)


def restarts(host: Machine) -> list[str]:
    return [call for call in host.called("systemctl") if call.startswith("systemctl restart")]


def test_only_missing_packages_are_installed(host: Machine) -> None:
    assert harden(host).status == 0

    assert host.called("apt-get")[-1].endswith(" fail2ban python3-systemd unattended-upgrades")


def test_bans_are_a_table_of_their_own_beside_mailcows_first_rule(host: Machine) -> None:
    assert harden(host).status == 0

    jail = host.read(JAIL)
    assert "banaction = nftables[type=multiport]\n" in jail
    assert "iptables" not in jail


def test_who_may_log_in_is_never_shut_out(host: Machine) -> None:
    assert harden(host).status == 0
    assert "ignoreip = 127.0.0.1/8 ::1 198.51.100.0/24 203.0.113.7/32\n" in host.read(JAIL)

    assert harden(host, ssh_from="").status == 0
    assert "ignoreip = 127.0.0.1/8 ::1\n" in host.read(JAIL)


def test_only_ssh_is_watched_because_mailcow_watches_its_own_services(host: Machine) -> None:
    assert harden(host).status == 0

    sections = [line for line in host.read(JAIL).splitlines() if line.startswith("[")]
    assert sections == ["[DEFAULT]", "[sshd]"]


def test_docker_stays_where_it_is_and_a_restart_comes_at_night(host: Machine) -> None:
    assert harden(host, reboot_at="05:15").status == 0

    updates = host.read(UPDATES)
    assert 'Package-Blacklist { "docker-ce"; "docker\\.io"; "containerd"; };' in updates
    assert 'Automatic-Reboot-Time "05:15"' in updates


def test_a_second_run_restarts_nothing_and_a_changed_block_does(host: Machine) -> None:
    assert harden(host).status == 0
    assert len(restarts(host)) == 1

    assert harden(host).status == 0
    assert len(restarts(host)) == 1

    assert harden(host, ssh_from="192.0.2.0/24").status == 0
    assert len(restarts(host)) == 2


def test_updates_that_an_administrator_switched_off_stay_so_and_it_is_said(host: Machine) -> None:
    host.stub(
        "systemctl",
        'case $* in "is-enabled apt-daily.timer") echo masked; false ;; is-enabled*) echo enabled ;;'
        ' "restart fail2ban"*) touch "$root/active" ;; esac',
    )

    done = harden(host)

    assert done.status == 0
    assert "warning: apt-daily.timer is masked on this host" in done.stderr
    assert "systemctl enable --now apt-daily.timer" not in host.called("systemctl")
    assert "systemctl enable --now apt-daily-upgrade.timer" in host.called("systemctl")


def test_a_watch_that_does_not_come_up_is_an_error(host: Machine) -> None:
    host.stub("fail2ban-client", "[[ $1 == --test ]]")

    done = host.run("harden-host.sh", "", "04:30", limit_s=0)

    assert done.status == 1
    assert "fail2ban watches sshd: not within 0 s" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("everyone", "04:30"), "are not IPv4 blocks"),
        (("", "25:00"), "is no time of day"),
        (("",), "want 2 arguments"),
    ],
)
def test_bad_arguments_are_refused_before_anything_is_touched(
    host: Machine, arguments: tuple[str, ...], said: str
) -> None:
    done = host.run("harden-host.sh", *arguments)

    assert done.status == 1
    assert said in done.stderr
    assert host.calls == []


def test_a_run_that_died_in_the_middle_is_finished_by_the_next(host: Machine) -> None:
    host.stub("fail2ban-client", "kill -9 $PPID")
    assert harden(host).status != 0

    host.stub("fail2ban-client", "[[ $1 == --test || -e $root/active ]]")
    assert harden(host).status == 0
    assert "Automatic-Reboot" in host.read(UPDATES)
