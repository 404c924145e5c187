"""queue.sh: the mail that waits is counted by hosted domain, and an empty queue is zeros and not silence."""

import json

import pytest

from tests.scripts import collecting
from tests.scripts.collecting import collect
from tests.scripts.machine import Machine

PASSWORD = "planted-database-password"
CAROLS = {
    "queue_name": "deferred",
    "arrival_time": 1_000,
    "sender": "carol@startup.io",
    "recipients": [{"address": "visitor@elsewhere.test", "delay_reason": "refused"}],
}
BOUNCE = {
    "queue_name": "active",
    "arrival_time": 1_500,
    "sender": "MAILER-DAEMON",
    "recipients": [{"address": "alice@EXAMPLE.com"}],
}


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host with two domains, at second 2,000."""
    machine.write("/mailcow/mailcow.conf", f"DBNAME=mailcow\nDBUSER=mailcow\nDBPASS={PASSWORD}\n")
    machine.stub("date", "echo 2000")
    queue(machine)
    return machine


def queue(host: Machine, *mails: object) -> None:
    """Have Postfix say that these wait."""
    lines = "\n".join(json.dumps(mail) for mail in mails)
    host.write("/queue", f"{lines}\n" if lines else "")
    host.stub(
        "docker",
        'case $* in "ps "*) echo id ;; *postqueue*) cat $root/queue ;;\n'
        f'*mariadb*) [[ $MYSQL_PWD == {PASSWORD} ]] && printf "example.com\\nstartup.io\\n" ;; esac',
    )


def figures(host: Machine) -> dict[str, float]:
    assert collect(host, "queue").returncode == 0
    return collecting.figures(host, "queue")


def waiting(queue: str, direction: str, domain: str) -> str:
    return f'mail_queue_messages{{queue="{queue}",direction="{direction}",domain="{domain}"}}'


def oldest(direction: str, domain: str) -> str:
    return f'mail_queue_oldest_seconds{{direction="{direction}",domain="{domain}"}}'


def test_a_mail_counts_for_the_domain_it_is_from_and_the_one_it_is_to(host: Machine) -> None:
    queue(host, CAROLS, CAROLS, BOUNCE)
    found = figures(host)

    assert found[waiting("deferred", "outbound", "startup.io")] == 2
    assert found[waiting("deferred", "inbound", "other")] == 2
    assert found[waiting("active", "inbound", "example.com")] == 1
    assert found[oldest("outbound", "startup.io")] == 1_000
    assert found[oldest("inbound", "example.com")] == 500


def test_an_empty_queue_is_a_zero_for_every_domain(host: Machine) -> None:
    found = figures(host)
    collected = 'mail_collector_last_run_timestamp_seconds{collector="queue"}'

    assert found.pop(collected) == 2_000
    assert set(found.values()) == {0}
    assert waiting("hold", "inbound", "startup.io") in found


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    queue(host, CAROLS)
    figures(host)

    collecting.assert_prometheus_takes(host, "queue")


def test_the_databases_password_is_in_no_argument(host: Machine) -> None:
    figures(host)

    assert PASSWORD not in "\n".join(host.calls)


def test_figures_of_before_stay_when_postfix_cannot_be_asked(host: Machine) -> None:
    queue(host, CAROLS)
    before = figures(host)
    host.stub("docker")  # there is no such container
    done = collect(host, "queue")

    assert done.returncode == 1
    assert "error: postfix does not run" in done.stderr
    assert collecting.figures(host, "queue") == before
