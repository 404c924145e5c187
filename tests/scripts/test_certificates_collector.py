"""certificates.sh: the end of the certificate that each port really shows."""

import pytest

from tests.scripts.collecting import assert_prometheus_takes, collect, figures
from tests.scripts.machine import Machine

PORTS = ("25", "465", "587", "993", "995", "443")
SUCCESS = 'mail_collector_last_run_success{collector="certificates"}'


def end(port: str) -> str:
    return f'mail_certificate_expiry_timestamp_seconds{{port="{port}"}}'


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host each of whose ports shows a certificate until 2027; a port's file in /silent shuts it."""
    machine.write(
        "/mailcow/mailcow.conf", "SMTP_PORT=25\nHTTPS_PORT=443\nHTTPS_BIND=0.0.0.0\nIMAPS_PORT=10.0.0.5:993\n"
    )
    (machine.root / "silent").mkdir()
    machine.stub("timeout", 'shift; "$@"')
    machine.stub(
        "openssl",
        "case $1 in s_client) [[ ! -e $root/silent/${3##*:} ]] || exit 1; echo certificate ;;\n"
        'x509) read -r text; [[ $text == certificate ]] || exit 1; echo "notAfter=Feb 21 00:00:00 2027 GMT" ;; esac',
    )
    return machine


def run(host: Machine) -> tuple[int, str]:
    done = collect(host, "certificates", METRICS_HOSTNAME="mail.example.com")
    return done.returncode, done.stderr


def test_each_port_is_asked_by_the_hosts_name_and_has_a_figure(host: Machine) -> None:
    assert run(host) == (0, "")

    found = figures(host, "certificates")
    assert {found[end(port)] for port in PORTS} == {1_803_168_000}
    assert found[SUCCESS] == 1
    asked = host.called("openssl s_client")
    assert all("-servername mail.example.com" in call for call in asked)
    assert [call.split()[3] for call in asked if "-starttls smtp" in call] == ["127.0.0.1:25", "127.0.0.1:587"]


def test_a_port_with_an_address_of_its_own_is_asked_there(host: Machine) -> None:
    run(host)

    assert any("-connect 10.0.0.5:993 " in call for call in host.called("openssl s_client"))


def test_a_port_that_shows_none_has_no_figure_and_is_told(host: Machine) -> None:
    (host.root / "silent/993").touch()

    status, said = run(host)

    found = figures(host, "certificates")
    assert (status, "port 993 shows no certificate" in said) == (1, True)
    assert end("993") not in found
    assert end("465") in found
    assert found[SUCCESS] == 0


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    run(host)

    assert_prometheus_takes(host, "certificates")
