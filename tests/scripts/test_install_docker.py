"""install-docker.sh: new enough, on the mail volume only, restarted when its configuration is not what it runs with.

Docker's own packages are tried with stubs only: their address is no package registry of the lab's.
"""

import json

import pytest

from tests.scripts.machine import Machine, Run

VERSIONS = ("29.7.2", "2.3.4", "0.36.1", "5.5.0")
MADISON = """
case $2 in
  docker-ce | docker-ce-cli) v=5:29.7.2-1~ubuntu.24.04~noble; o=5:29.7.20-1~ubuntu.24.04~noble ;;
  containerd.io) v=2.3.4-1~ubuntu.24.04~noble; o=2.3.5-1~ubuntu.24.04~noble ;;
  docker-buildx-plugin) v=0.36.1-1~ubuntu.24.04~noble; o=0.37.0-1~ubuntu.24.04~noble ;;
  docker-compose-plugin) v=5.5.0-1~ubuntu.24.04~noble; o=5.6.0-1~ubuntu.24.04~noble ;;
esac
printf '%s | %s | source\\n' "$2" "$o" "$2" "$v"
"""


@pytest.fixture
def host(machine: Machine) -> Machine:
    """An Ubuntu with its mail volume mounted."""
    machine.write("/etc/os-release", 'ID=ubuntu\nVERSION_ID="24.04"\nVERSION_CODENAME=noble\n')
    machine.stub("mountpoint")
    machine.stub("dpkg", "[[ $1 != --print-architecture ]] || echo arm64")
    machine.stub("dpkg-query", 'cat "$root/packages" 2>/dev/null')
    machine.stub("apt-get")
    machine.stub("apt-mark")
    machine.stub("apt-cache", MADISON)
    machine.stub("curl", "echo KEY")
    machine.stub("systemctl")
    docker(machine, server="29.7.2", compose="5.5.0")
    return machine


def docker(host: Machine, *, server: str, compose: str) -> None:
    host.stub("docker", f"[[ $1 == compose ]] && echo {compose} || echo {server}")


def install(host: Machine, source: str = "docker-ce", *mirror: str) -> Run:
    return host.run("install-docker.sh", source, *VERSIONS, *mirror)


def test_exactly_the_pinned_versions_are_installed_and_held(host: Machine) -> None:
    done = install(host)

    assert (done.status, done.stdout) == (0, "docker 29.7.2, compose 5.5.0\n"), done.stderr
    (installed,) = [call for call in host.called("apt-get") if " install " in call]
    assert installed.endswith(
        " docker-ce=5:29.7.2-1~ubuntu.24.04~noble docker-ce-cli=5:29.7.2-1~ubuntu.24.04~noble"
        " containerd.io=2.3.4-1~ubuntu.24.04~noble docker-buildx-plugin=0.36.1-1~ubuntu.24.04~noble"
        " docker-compose-plugin=5.5.0-1~ubuntu.24.04~noble"
    )
    assert host.called("apt-mark") == [
        "apt-mark hold docker-ce docker-ce-cli containerd.io docker-buildx-plugin docker-compose-plugin"
    ]


def test_dockers_packages_are_taken_only_when_signed_by_its_key(host: Machine) -> None:
    assert install(host).status == 0

    assert host.read("/etc/apt/keyrings/docker.asc") == "KEY\n"
    assert host.read("/etc/apt/sources.list.d/docker.list") == (
        "deb [arch=arm64 signed-by=/etc/apt/keyrings/docker.asc]"
        " https://download.docker.com/linux/ubuntu noble stable\n"
    )


def test_a_pin_that_is_not_offered_is_named(host: Machine) -> None:
    host.stub("apt-cache")

    done = install(host)

    assert done.status == 1
    assert "docker-ce 29.7.2 is not offered for this system" in done.stderr


@pytest.mark.parametrize(
    ("system", "release", "packages"),
    [
        ("debian", "13", "docker.io docker-cli docker-compose"),
        ("ubuntu", "24.04", "docker.io docker-compose-v2"),
        ("ubuntu", "22.04", "docker.io docker-compose-v2"),
    ],
)
def test_the_distributions_packages_have_other_names_in_each(
    host: Machine, system: str, release: str, packages: str
) -> None:
    host.write("/etc/os-release", f'ID={system}\nVERSION_ID="{release}"\n')

    assert install(host, "distribution").status == 0
    assert host.called("apt-get")[-1].endswith(f"--no-install-recommends {packages}")
    assert not host.called("curl")


def test_the_distributions_packages_are_not_asked_for_again_once_they_are_there(host: Machine) -> None:
    host.write("/packages", "installed")

    assert install(host, "distribution").status == 0
    assert not host.called("apt-get")


def test_debian_12s_docker_is_refused_before_anything_is_touched(host: Machine) -> None:
    host.write("/etc/os-release", 'ID=debian\nVERSION_ID="12"\n')

    done = install(host, "distribution")

    assert done.status == 1
    assert "Debian 12 has Docker 20.10 and mailcow needs 24; set docker_source: docker-ce" in done.stderr
    assert host.calls == []


def test_an_unknown_source_is_refused(host: Machine) -> None:
    assert "docker source snap is unknown" in install(host, "snap").stderr


@pytest.mark.parametrize(
    ("server", "compose", "said"),
    [("20.10.24", "2.26.1", "Docker is 20.10.24"), ("24.0.7", "1.29.2", "docker compose is 1.29.2")],
)
def test_a_docker_that_mailcow_would_refuse_is_refused_here(
    host: Machine, server: str, compose: str, said: str
) -> None:
    docker(host, server=server, compose=compose)

    done = install(host)

    assert done.status == 1
    assert said in done.stderr


@pytest.mark.parametrize("compose", ["2.26.1", "v2.40.3", "5.5.0", "10.0.0"])
def test_newer_composes_are_taken(host: Machine, compose: str) -> None:
    docker(host, server="24.0.7", compose=compose)

    assert install(host).status == 0


def test_without_the_mail_volume_nothing_is_installed(host: Machine) -> None:
    host.stub("mountpoint", "exit 32")

    done = install(host)

    assert done.status == 1
    assert "is not on the mail volume" in done.stderr
    assert not host.called("apt-get")


def test_docker_never_starts_without_the_mail_volume(host: Machine) -> None:
    """It would make empty volumes on the boot disk, and the mails would seem to be gone."""
    assert install(host).status == 0

    unit = host.read("/etc/systemd/system/docker.service.d/mailstead.conf").splitlines()
    assert "RequiresMountsFor=/srv/mail /var/lib/docker/volumes" in unit
    assert "AssertPathIsMountPoint=/var/lib/docker/volumes" in unit


def test_log_files_are_limited_and_containers_outlive_a_restart_of_docker(host: Machine) -> None:
    assert install(host).status == 0

    config = json.loads(host.read("/etc/docker/daemon.json"))
    assert config == {
        "log-driver": "json-file",
        "log-opts": {"max-size": "50m", "max-file": "3"},
        "live-restore": True,
    }


def test_a_mirror_comes_and_goes_with_the_config_and_what_others_wrote_stays(host: Machine) -> None:
    host.write("/etc/docker/daemon.json", '{"ipv6": true}')

    assert install(host, "docker-ce", "http://192.0.2.1:5000").status == 0
    config = json.loads(host.read("/etc/docker/daemon.json"))
    assert (config["registry-mirrors"], config["ipv6"]) == (["http://192.0.2.1:5000"], True)

    assert install(host).status == 0
    assert "registry-mirrors" not in json.loads(host.read("/etc/docker/daemon.json"))


def test_docker_is_restarted_only_when_it_runs_with_another_configuration(host: Machine) -> None:
    assert install(host).status == 0
    assert "systemctl restart docker.service" in host.calls
    host.forget_calls()

    assert install(host).status == 0
    assert "systemctl start docker.service" in host.calls
    assert not host.called("systemctl restart")


def test_a_run_that_died_before_the_restart_is_finished_by_the_next(host: Machine) -> None:
    host.stub("systemctl", "[[ $1 != restart ]]")
    assert install(host).status != 0
    host.forget_calls()

    host.stub("systemctl")
    assert install(host).status == 0
    assert "systemctl restart docker.service" in host.calls
