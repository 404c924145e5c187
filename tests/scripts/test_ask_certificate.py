"""ask-certificate.sh: one look of mailcow's ACME client, at most one order."""

import re

import pytest

from tests.scripts.machine import SCRIPTS, Machine
from tests.scripts.mailcow import INSTALL

LOG = 'case "$*" in *" logs "*) echo "a line of the client"; echo "an error of its programs" >&2 ;; esac'


@pytest.fixture
def asked(installed: Machine) -> Machine:
    """A host whose docker knows a log."""
    installed.stub("docker", LOG)
    return installed


def test_asking_restarts_the_client_and_prints_the_moment_before(asked: Machine) -> None:
    done = asked.run("ask-certificate.sh", "ask")

    assert done.status == 0, done.stderr
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z\n", done.stdout)
    compose = f"docker compose --project-directory {asked.root}{INSTALL}"
    assert asked.calls == [f"{compose} top acme-mailcow", f"{compose} restart --timeout 5 acme-mailcow"]


@pytest.mark.parametrize("work", ["python /usr/bin/acme-tiny --csr x", "openssl genrsa 4096"])
def test_a_client_at_work_is_waited_for(installed: Machine, work: str) -> None:
    """Half a key is taken for a key by mailcow, for ever; half an order leads to a second one."""
    installed.stub(
        "docker",
        'n=$(($(cat "$root/n" 2>/dev/null || echo 0) + 1)); echo $n >"$root/n"\n'
        f'case "$*" in *" top "*) ((n > 2)) || echo "root 1 {work}" ;; esac',
    )

    assert installed.run("ask-certificate.sh", "ask").status == 0
    assert [call.split()[4] for call in installed.calls] == ["top", "top", "top", "restart"]


def test_a_client_that_is_never_done_is_not_cut_off(installed: Machine) -> None:
    installed.stub("docker", 'case "$*" in *" top "*) echo "acme-tiny" ;; esac')

    done = installed.run("ask-certificate.sh", "ask", limit_s=0)

    assert done.status == 1
    assert "mailcow's ACME client has finished what it is at: not within 0 s" in done.stderr
    assert not [call for call in installed.calls if " restart " in call]


def test_no_look_is_made_an_order(asked: Machine) -> None:
    """With force_renew there, mailcow orders at each look until one works, and an authority allows five a week."""
    assert asked.run("ask-certificate.sh", "ask").status == 0

    assert not asked.exists(f"{INSTALL}/data/assets/ssl/force_renew")


def test_the_log_is_the_clients_since_a_moment(asked: Machine) -> None:
    done = asked.run("ask-certificate.sh", "log", "2026-11-23T03:00:00.000000001Z")

    assert (done.status, done.stdout) == (0, "a line of the client\nan error of its programs\n")
    (call,) = asked.calls
    assert call.endswith("--since 2026-11-23T03:00:00.000000001Z acme-mailcow")


def test_both_may_come_over_standard_input(asked: Machine) -> None:
    text = "\n".join((SCRIPTS / name).read_text(encoding="utf-8") for name in ("lib.sh", "ask-certificate.sh"))

    assert asked.run("ask-certificate.sh", "ask", stdin=text).status == 0


@pytest.mark.parametrize(
    "arguments", [(), ("ask", "now"), ("log",), ("log", "yesterday"), ("log", "--follow"), ("renew",)]
)
def test_wrong_arguments_touch_nothing(asked: Machine, arguments: tuple[str, ...]) -> None:
    done = asked.run("ask-certificate.sh", *arguments)

    assert done.status == 1
    assert "want ask, or log and a moment" in done.stderr
    assert asked.calls == []


def test_a_client_that_does_not_restart_is_an_error(installed: Machine) -> None:
    installed.stub("docker", 'echo "no such service: acme-mailcow" >&2; exit 1')

    done = installed.run("ask-certificate.sh", "ask")

    assert done.status == 1
    assert "no such service" in done.stderr
