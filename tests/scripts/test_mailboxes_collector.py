"""mailboxes.sh: what each mailbox has sent within an hour, and which are nearly full."""

import pytest

from tests.scripts.collecting import assert_prometheus_takes, collect, figures, is_there
from tests.scripts.machine import Machine

PASSWORD = "planted-database-password"
LOGIN = (
    "Nov 23 10:00:00 mail postfix/{service}/smtpd[12]: {id}: client=unknown[192.0.2.1], "
    "sasl_method=PLAIN, sasl_username={who}\n"
)
MIB = 1_048_576


def sent(mailbox: str) -> str:
    return f'mail_sent_messages{{mailbox="{mailbox}",window="1h"}}'


def nearly_full(domain: str) -> str:
    return f'mail_mailboxes_nearly_full{{domain="{domain}"}}'


def mailboxes(host: Machine, *rows: tuple[str, int, int]) -> None:
    """Have the database hold these: address, quota and use in bytes."""
    lines = (f"{name}\t{name.partition('@')[2]}\t{quota}\t{used}\n" for name, quota, used in rows)
    host.write("/mailboxes", "".join(lines))


@pytest.fixture
def host(machine: Machine) -> Machine:
    """A mail host with two domains and three mailboxes."""
    machine.write("/mailcow/mailcow.conf", f"DBNAME=mailcow\nDBUSER=mailcow\nDBPASS={PASSWORD}\n")
    machine.stub("date", "echo 2000")
    machine.write("/log", "")
    mailboxes(
        machine,
        ("alice@example.com", 100 * MIB, 95 * MIB),
        ("bob@example.com", 100 * MIB, 90 * MIB),
        ("carol@startup.io", 0, 900 * MIB),
    )
    machine.stub(
        "docker",
        'case $* in "ps "*) echo id ;; "logs --since 1h id") cat $root/log >&2 ;;\n'
        f'*"FROM mailbox"*) [[ $MYSQL_PWD == {PASSWORD} ]] && cat $root/mailboxes ;;\n'
        '*"FROM domain"*) printf "example.com\\nstartup.io\\n" ;; *) exit 96 ;; esac',
    )
    return machine


def found(host: Machine) -> dict[str, float]:
    done = collect(host, "mailboxes")
    assert done.returncode == 0, done.stderr
    return figures(host, "mailboxes")


def test_a_mail_counts_once_for_the_login_that_sent_it_however_many_lines_it_has(host: Machine) -> None:
    lines = [
        LOGIN.format(service="submission", id="4F26A570B8D", who="alice@example.com"),
        LOGIN.format(service="smtps", id="4F26A570B8E", who="Alice@Example.com"),
        LOGIN.format(service="smtps", id="4F26A570B8E", who="Alice@Example.com"),
        "Nov 23 10:00:00 mail postfix/smtpd[9]: 4F26A570B90: client=mx.elsewhere.test[198.51.100.1]\n",
        "Nov 23 10:00:00 mail postfix/smtps/smtpd[9]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 450 4.7.1\n",
    ]
    host.write("/log", "".join(lines))

    assert found(host)[sent("alice@example.com")] == 2


def test_a_mailbox_that_sent_nothing_is_a_zero(host: Machine) -> None:
    assert found(host)[sent("bob@example.com")] == 0


def test_more_than_nine_tenths_of_a_quota_is_nearly_full_and_none_is_never(host: Machine) -> None:
    figures_found = found(host)

    assert (figures_found[nearly_full("example.com")], figures_found[nearly_full("startup.io")]) == (1, 0)
    ratios = {name: value for name, value in figures_found.items() if name.startswith("mail_mailbox_used_ratio")}
    assert ratios == {'mail_mailbox_used_ratio{mailbox="alice@example.com"}': 0.95}


def test_the_databases_password_is_in_no_argument(host: Machine) -> None:
    found(host)

    assert PASSWORD not in "\n".join(host.calls)


def test_without_a_running_postfix_nothing_is_written(host: Machine) -> None:
    host.stub("docker")

    assert collect(host, "mailboxes").returncode == 1

    assert not is_there(host, "mailboxes")


def test_prometheus_finds_nothing_wrong_with_the_figures(host: Machine) -> None:
    found(host)

    assert_prometheus_takes(host, "mailboxes")
