"""verify-mailcow.sh: every container, every port, the API; a certificate only as a warning."""

import re

import pytest

from tests.scripts.machine import Machine, Run
from tests.scripts.mailcow import CONF, DOCKER


@pytest.fixture
def opened(configured: Machine) -> Machine:
    """A host whose mailcow works."""
    configured.write("/containers", "mysql-mailcow running 0 none\nnginx-mailcow running 2 healthy\n")
    # the words of each service, as the scripts ask for them
    configured.stub(
        "timeout",
        """case "$*" in
  *"bash -c"*) exit "$(cat "$root/plain_status" 2>/dev/null || echo 0)" ;;
  *:465) echo "220 mail ESMTP" ;;
  *:993) echo "* OK ready" ;;
  *:995) echo "+OK ready" ;;
esac""",
    )
    configured.stub("openssl", 'echo "    Verify return code: $(cat "$root/certificate" 2>/dev/null || echo "0 (ok)")"')
    configured.stub("sleep")
    return configured


def verify(host: Machine) -> Run:
    return host.run("verify-mailcow.sh", "mail.example.com")


def test_a_server_whose_parts_all_work_is_verified(opened: Machine) -> None:
    done = verify(opened)

    assert (done.status, done.stdout) == (0, "verified mail.example.com: 2 services\n"), done.stderr
    assert "warning" not in done.stderr


def test_a_certificate_that_nobody_vouches_for_is_a_warning_and_no_failure(opened: Machine) -> None:
    opened.write("/certificate", "18 (self-signed certificate)")

    done = verify(opened)

    assert done.status == 0
    assert (
        "warning: the certificate of mail.example.com is not trusted yet (18 (self-signed certificate))" in done.stderr
    )


@pytest.mark.parametrize(
    ("skipped", "advice", "wrong"),
    [
        ("n", "it comes by itself once the DNS records are there", "of your own"),
        ("y", "lets_encrypt is off: put one of your own into", "by itself"),
    ],
    ids=["Let's Encrypt", "no Let's Encrypt"],
)
def test_the_advice_about_a_certificate_is_what_can_bring_one(
    opened: Machine, skipped: str, advice: str, wrong: str
) -> None:
    opened.write("/certificate", "18 (self-signed certificate)")
    opened.write(CONF, re.sub("SKIP_LETS_ENCRYPT=.*", f"SKIP_LETS_ENCRYPT={skipped}", opened.read(CONF)))

    done = verify(opened)

    assert advice in done.stderr
    assert wrong not in done.stderr


@pytest.mark.parametrize(
    ("containers", "said"),
    [
        ("mysql-mailcow running 0 none\n", "nginx-mailcow (no container)"),
        ("mysql-mailcow running 0 none\nnginx-mailcow restarting 7 none\n", "nginx-mailcow (restarting none)"),
        ("mysql-mailcow running 0 unhealthy\nnginx-mailcow running 0 none\n", "mysql-mailcow (running unhealthy)"),
        ("mysql-mailcow exited 0 none\nnginx-mailcow running 0 none\n", "mysql-mailcow (exited none)"),
    ],
)
def test_a_service_that_does_not_run_is_named(opened: Machine, containers: str, said: str) -> None:
    opened.write("/containers", containers)

    done = opened.run("verify-mailcow.sh", "mail.example.com", limit_s=1)

    assert done.status == 1
    assert said in done.stderr


def test_a_container_that_restarts_again_and_again_is_named_though_it_says_running(opened: Machine) -> None:
    opened.stub(
        "docker",
        DOCKER.replace(
            'cat "$root/containers"',
            'n=$(($(cat "$root/n" 2>/dev/null || echo 0) + 1)); echo $n >"$root/n";'
            ' printf "mysql-mailcow running 0 none\\nnginx-mailcow running $n none\\n"',
        ),
    )

    done = verify(opened)

    assert done.status == 1
    assert "restarting again and again: nginx-mailcow" in done.stderr


@pytest.mark.parametrize(
    ("stub", "said"),
    [
        ('[[ $* != *"bash -c"* ]]', "port 25 speaks smtp: not within 1 s"),
        ('[[ $* == *"bash -c"* || $* == *:465 ]] && echo "220 x"', "port 993 speaks imap over tls: not within 1 s"),
        ('[[ $* == *:* ]] && echo "* OK"; exit 0', "port 465 speaks smtp over tls: not within 1 s"),
    ],
)
def test_a_port_that_does_not_say_its_own_words_is_named(opened: Machine, stub: str, said: str) -> None:
    """Docker's proxy accepts connections for a dead service: being connected proves nothing."""
    opened.stub("timeout", stub)

    done = opened.run("verify-mailcow.sh", "mail.example.com", limit_s=1)

    assert done.status == 1
    assert said in done.stderr


def test_an_api_that_does_not_answer_is_a_failure(opened: Machine) -> None:
    opened.stub("curl", "cat >/dev/null; exit 7")

    done = opened.run("verify-mailcow.sh", "mail.example.com", limit_s=1)

    assert done.status == 1
    assert "has not answered within 1 s (last status 000)" in done.stderr
