"""configure-mailcow.sh: configured once, keys made once, closed until the default password is gone."""

import re

import pytest

from tests.scripts.machine import Machine
from tests.scripts.mailcow import CONF, INSTALL, KEY, MARKER, SECRETS, configure, values


def test_the_generator_is_asked_nothing_and_the_settings_it_ignores_are_set(installed: Machine) -> None:
    done = configure(installed, "off", "off")

    assert done.status == 0, done.stderr
    conf = values(installed, CONF)
    assert conf["BRANCH"] == "2026-07a"
    assert conf["DOCKER_COMPOSE_VERSION"] == "native"
    assert (conf["MAILCOW_HOSTNAME"], conf["TZ"]) == ("mail.example.com", "Europe/Berlin")
    assert (conf["SKIP_CLAMD"], conf["SKIP_LETS_ENCRYPT"]) == ("y", "y")
    assert conf["ADDITIONAL_SAN"] == "mail.*"
    assert conf["ENABLE_IPV6"] == "false"


def test_another_certificate_authority_is_asked_until_it_is_named_no_more(installed: Machine) -> None:
    assert configure(installed, "off", "on", "https://acme.test:14000/dir").status == 0
    assert values(installed, CONF)["DIRECTORY_URL"] == "https://acme.test:14000/dir"

    assert configure(installed, "off", "on").status == 0
    assert values(installed, CONF)["DIRECTORY_URL"] == ""


def test_web_and_api_are_bound_to_loopback_until_the_default_password_is_replaced(installed: Machine) -> None:
    assert configure(installed).status == 0
    conf = values(installed, CONF)
    assert (conf["HTTP_BIND"], conf["HTTPS_BIND"]) == ("127.0.0.1", "127.0.0.1")

    installed.write(MARKER, "")
    assert configure(installed).status == 0
    conf = values(installed, CONF)
    assert (conf["HTTP_BIND"], conf["HTTPS_BIND"]) == ("", "")


def test_mailcow_gets_keys_of_its_own_form_and_only_its_host_may_use_them(installed: Machine) -> None:
    assert configure(installed).status == 0

    secrets, conf = values(installed, SECRETS), values(installed, CONF)
    assert KEY.match(secrets["API_KEY"])
    assert KEY.match(secrets["API_KEY_READ_ONLY"])
    assert secrets["API_KEY"] != secrets["API_KEY_READ_ONLY"]
    assert conf["API_KEY"] == secrets["API_KEY"]
    assert conf["API_KEY_READ_ONLY"] == secrets["API_KEY_READ_ONLY"]
    assert conf["API_ALLOW_FROM"] == "172.22.1.1"


def test_the_administrators_password_is_long_and_has_every_kind_of_character(installed: Machine) -> None:
    assert configure(installed).status == 0

    password = values(installed, SECRETS)["ADMIN_PASSWORD"]
    assert len(password) == 27
    for kind in ("[a-z]", "[A-Z]", "[2-9]", "-"):
        assert re.search(kind, password)


def test_what_an_upgrade_left_half_way_is_not_opened(installed: Machine) -> None:
    installed.write("/srv/mail/mailstead/upgrade/journal", "FROM=2026-07a\nTO=2026-09\nPHASE=trying\n")

    done = configure(installed)

    assert "error: an upgrade to mailcow 2026-09 was cut off on this host" in done.stderr
    assert not installed.called("docker")


def test_files_with_secrets_are_roots_alone(installed: Machine) -> None:
    assert configure(installed).status == 0

    assert installed.mode(CONF) == 0o600
    assert installed.mode(SECRETS) == 0o600
    assert installed.mode("/srv/mail/mailstead") == 0o700


def test_no_secret_is_printed_or_an_argument(installed: Machine) -> None:
    done = configure(installed)

    secrets = [*values(installed, SECRETS).values(), values(installed, CONF)["DBPASS"]]
    seen = done.stdout + done.stderr + "\n".join(installed.calls)
    assert len(secrets) == 4
    assert not [secret for secret in secrets if secret in seen]


def test_the_api_is_asked_with_the_key_from_a_pipe(installed: Machine) -> None:
    """The test above would also be green if the key were not sent at all."""
    assert configure(installed).status == 0

    key = values(installed, SECRETS)["API_KEY"]
    assert installed.read("/asked_with") == f'header = "X-API-Key: {key}"\n'


def test_a_second_run_keeps_every_password_and_says_the_same(installed: Machine) -> None:
    first = configure(installed)
    conf, secrets = installed.read(CONF), installed.read(SECRETS)

    second = configure(installed)

    assert (installed.read(CONF), installed.read(SECRETS)) == (conf, secrets)
    assert second.stdout == first.stdout
    assert re.fullmatch(r"configured mail\.example\.com [0-9a-f]{12}\n", first.stdout)


def test_the_printed_line_changes_when_the_keys_do(installed: Machine) -> None:
    first = configure(installed)
    (installed.root / SECRETS[1:]).unlink()

    assert configure(installed).stdout != first.stdout


def test_no_new_administrators_password_is_made_once_it_was_replaced(installed: Machine) -> None:
    installed.write(MARKER, "")

    assert configure(installed).status == 0
    assert "ADMIN_PASSWORD" not in values(installed, SECRETS)


def test_half_a_configuration_is_made_again_while_there_is_no_database(installed: Machine) -> None:
    installed.write(CONF, "MAILCOW_HOSTNAME=mail.example.com\nDBP")

    done = configure(installed)

    assert done.status == 0, done.stderr
    assert values(installed, CONF)["DBPASS"]


def test_a_configuration_whose_database_exists_is_never_made_again(installed: Machine) -> None:
    assert configure(installed).status == 0
    before = values(installed, CONF)["DBPASS"]
    (installed.root / "srv/mail/mailstead/mailcow-conf-generated").unlink()
    installed.write("/srv/mail/docker-volumes/mailcowdockerized_mysql-vol-1/_data/ibdata1", "")

    assert configure(installed).status == 0
    assert values(installed, CONF)["DBPASS"] == before


def test_half_a_configuration_beside_a_database_is_left_for_a_person(installed: Machine) -> None:
    installed.write(CONF, "MAILCOW_HOSTNAME=mail.example.com\n")
    installed.write("/srv/mail/docker-volumes/mailcowdockerized_mysql-vol-1/_data/ibdata1", "")

    done = configure(installed)

    assert done.status == 1
    assert "put mailcow.conf back from the backup" in done.stderr


def test_what_somebody_added_to_the_configuration_stays(installed: Machine) -> None:
    assert configure(installed).status == 0
    with (installed.root / CONF[1:]).open("a", encoding="utf-8") as conf:
        conf.write("WATCHDOG_NOTIFY_EMAIL=ops@example.org\n# a remark with API_KEY= in it\n")

    assert configure(installed).status == 0
    assert values(installed, CONF)["WATCHDOG_NOTIFY_EMAIL"] == "ops@example.org"
    assert "# a remark with API_KEY= in it\n" in installed.read(CONF)


def test_a_run_that_died_before_the_start_is_finished_by_the_next(installed: Machine) -> None:
    installed.write("/pull_status", "1")
    assert configure(installed).status != 0
    installed.write("/pull_status", "0")
    installed.forget_calls()

    assert configure(installed).status == 0
    assert (
        f"docker compose --project-directory {installed.root}{INSTALL} up --detach --remove-orphans" in installed.calls
    )


def test_a_key_that_is_refused_is_not_tried_until_mailcow_bans_its_own_host(installed: Machine) -> None:
    installed.write("/version_answer", '{"type": "error"}\n401')

    done = configure(installed)

    assert done.status == 1
    assert "refuses its own key" in done.stderr
    assert len(installed.called("curl")) == 4


def test_the_api_is_waited_for_until_it_speaks_json(installed: Machine) -> None:
    installed.stub(
        "curl",
        'n=$(($(cat "$root/n" 2>/dev/null || echo 0) + 1)); echo $n >"$root/n"; cat >/dev/null\n'
        'case $n in 1) exit 7 ;; 2) printf "<html>502</html>\\n502" ;; 3) printf "\\n200" ;;'
        ' *) printf "{\\"version\\": \\"x\\"}\\n200" ;; esac',
    )

    assert configure(installed).status == 0
    assert len(installed.called("curl")) == 4


@pytest.mark.parametrize("arguments", [("mail", "Etc/UTC", "on", "on"), ("mail.example.com", "Etc/UTC", "yes", "on")])
def test_wrong_arguments_are_refused_before_anything_is_touched(installed: Machine, arguments: tuple[str, ...]) -> None:
    assert installed.run("configure-mailcow.sh", *arguments).status == 1
    assert not installed.exists(SECRETS)
