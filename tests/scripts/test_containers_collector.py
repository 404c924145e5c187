"""containers.sh: each container is seen through Docker itself, and one that was removed is a zero."""

import json

import pytest

from tests.scripts.collecting import assert_prometheus_takes, collect, figures, is_there
from tests.scripts.machine import Machine

SERVICES = ("postfix", "dovecot", "nginx", "php-fpm", "mysql", "redis", "rspamd", "watchdog")


def running(service: str) -> str:
    return f'mail_container_running{{container="{service}-mailcow"}}'


def described(service: str, **state: object) -> dict[str, object]:
    known = {"Running": True, "Restarting": False, **state}
    return {"Config": {"Labels": {"com.docker.compose.service": f"{service}-mailcow"}}, "State": known}


def containers(host: Machine, *found: dict[str, object]) -> None:
    """Have Docker know these."""
    host.write("/described", json.dumps(found))
    ids = "\n".join(f"id{number}" for number in range(len(found)))
    host.write("/ids", f"{ids}\n" if ids else "")
    host.stub(
        "docker",
        "case $* in 'ps --all '*) cat $root/ids ;; 'inspect '*) cat $root/described ;;"
        " 'volume inspect '*mailcow-here_vmail-vol-1) echo /opt/volumes/vmail ;; *) exit 96 ;; esac",
    )


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host on which everything runs."""
    machine.write("/mailcow/mailcow.conf", "COMPOSE_PROJECT_NAME=mailcow-here\n")
    machine.stub("date", "echo 2000")
    machine.stub("df", "[[ $* == *' /opt/volumes/vmail' ]] && printf ' 1B-blocks Avail\\n 5000000 %s\\n' 1250000")
    containers(machine, *(described(service) for service in SERVICES))
    return machine


def test_what_runs_is_one(host: Machine) -> None:
    assert collect(host, "containers").returncode == 0

    found = figures(host, "containers")
    assert {found[running(service)] for service in SERVICES} == {1}
    assert found['mail_collector_last_run_timestamp_seconds{collector="containers"}'] == 2_000


@pytest.mark.parametrize(
    "state",
    [{"Running": False}, {"Restarting": True}, {"Health": {"Status": "unhealthy"}}],
    ids=["stopped", "starting again and again", "unhealthy"],
)
def test_what_does_not_do_its_work_is_zero(host: Machine, state: dict[str, object]) -> None:
    others = [described(service) for service in SERVICES if service != "dovecot"]
    containers(host, described("dovecot", **state), *others)

    assert collect(host, "containers").returncode == 0

    found = figures(host, "containers")
    assert found[running("dovecot")] == 0
    assert found[running("postfix")] == 1


def test_a_container_that_begins_or_has_no_check_of_its_health_runs(host: Machine) -> None:
    containers(host, described("unbound", Health={"Status": "starting"}), described("postfix", Health=None))

    collect(host, "containers")

    found = figures(host, "containers")
    assert (found[running("unbound")], found[running("postfix")]) == (1, 1)


@pytest.mark.parametrize("left", [SERVICES[1:], ()], ids=["one", "all"])
def test_one_that_was_removed_is_zero_if_mail_needs_it(host: Machine, left: tuple[str, ...]) -> None:
    containers(host, *(described(service) for service in left))

    assert collect(host, "containers").returncode == 0

    assert figures(host, "containers")[running("postfix")] == 0


def test_one_question_asks_for_all_of_mailcows_project(host: Machine) -> None:
    collect(host, "containers")

    asked, *_ = host.called("docker ps ")
    assert asked.endswith("--filter label=com.docker.compose.project=mailcow-here")
    assert len(host.called("docker inspect ")) == 1


def test_the_disk_that_is_measured_is_the_one_that_docker_has_put_the_mail_on(host: Machine) -> None:
    assert collect(host, "containers").returncode == 0

    found = figures(host, "containers")
    assert found["mail_volume_size_bytes"] == 5_000_000
    assert found["mail_volume_available_bytes"] == 1_250_000


def test_a_volume_that_cannot_be_measured_is_a_failure_and_hides_no_stopped_container(host: Machine) -> None:
    host.stub("df", "echo 'df: no such file' >&2; exit 1")

    assert collect(host, "containers").returncode != 0

    found = figures(host, "containers")
    assert found[running("postfix")] == 1
    assert not [series for series in found if series.startswith("mail_volume")]


def test_without_an_answer_of_docker_nothing_is_written(host: Machine) -> None:
    host.stub("docker", "exit 1")

    assert collect(host, "containers").returncode != 0

    assert not is_there(host, "containers")


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    collect(host, "containers")

    assert_prometheus_takes(host, "containers")
