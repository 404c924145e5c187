"""install, configure, open and verify: mailcow's own interface is played by a small repository and three stubs."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.scripts.machine import Machine, Run

INSTALL = "/srv/mail/mailcow-dockerized"
CONF = f"{INSTALL}/mailcow.conf"
SECRETS = "/srv/mail/mailstead/secrets.env"
MARKER = "/srv/mail/mailstead/admin-password-replaced"
KEY = re.compile(r"^([0-9A-F]{6}-){4}[0-9A-F]{6}$")

# As mailcow's: refuses to overwrite, takes its answers from the environment, makes random passwords.
GENERATOR = """\
#!/usr/bin/env bash
set -e
[[ -e .env || -L .env ]]
[[ ! -e mailcow.conf ]] || exit 1
cat >mailcow.conf <<CONF
# ---- made by the generator
MAILCOW_HOSTNAME=${MAILCOW_HOSTNAME}
DBPASS=db$RANDOM$RANDOM
DBROOT=root$RANDOM
REDISPASS=redis$RANDOM
HTTP_PORT=80
HTTP_BIND=
HTTPS_PORT=443
HTTPS_BIND=
TZ=${MAILCOW_TZ}
SKIP_CLAMD=${SKIP_CLAMD}
SKIP_LETS_ENCRYPT=n
IPV4_NETWORK=172.22.1
#API_KEY=
#API_ALLOW_FROM=172.22.1.1,127.0.0.1
ENABLE_IPV6=true
BRANCH=${MAILCOW_BRANCH}
DOCKER_COMPOSE_VERSION=${COMPOSE_VERSION}
CONF
"""
# Answers as mailcow's API does; what it was sent is kept, its key and body come from files and pipes only.
API = r"""
body=""
for word in "$@"; do [[ $word != @* ]] || body=${word#@}; done
cat >"$root/asked_with"
[[ -z $body ]] || cp "$body" "$root/sent"
case "$*" in
  *get/status/version*) cat "$root/version_answer" 2>/dev/null || printf '{"version": "2026-07a"}\n200' ;;
  *edit/admin*) cat "$root/edit_answer" 2>/dev/null || printf '[{"type": "success", "msg": ["admin_modified"]}]\n200' ;;
  http://*) ;;
esac
"""
DOCKER = r"""
case "$*" in
  "compose config --services") printf '%s\n' mysql-mailcow nginx-mailcow ;;
  "compose ps --all --quiet") echo aaa ;;
  inspect*) cat "$root/containers" ;;
  *" pull "*) exit "$(cat "$root/pull_status" 2>/dev/null || echo 0)" ;;
esac
"""


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make mailcow's repository at two versions; nobody writes to it."""
    folder = tmp_path_factory.mktemp("mailcow") / "repository"
    make_repository(folder)
    return folder


@pytest.fixture
def host(machine: Machine, repository: Path) -> Machine:
    """A host with Docker and its mail volume, and a link to mailcow's repository."""
    (machine.root.parent / "repository").symlink_to(repository)
    machine.stub("mountpoint")
    machine.stub("docker", DOCKER)
    machine.stub("curl", API)
    (machine.root / "srv/mail").mkdir(parents=True)
    return machine


def make_repository(folder: Path) -> None:
    def git(*words: str) -> None:
        identity = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", "-C", str(folder), *identity, *words], check=True, capture_output=True)

    folder.mkdir()
    git("init", "--initial-branch", "master")
    generator = folder / "generate_config.sh"
    generator.write_text(GENERATOR, encoding="utf-8")
    generator.chmod(0o755)
    (folder / ".env").symlink_to("mailcow.conf")
    (folder / ".gitignore").write_text("mailcow.conf\n", encoding="utf-8")
    for version in ("2026-05", "2026-07a"):
        (folder / "docker-compose.yml").write_text(f"# {version}\n", encoding="utf-8")
        git("add", ".")
        git("commit", "-m", version)
        git("tag", version)
    git("commit", "--allow-empty", "-m", "after the last version")


def install(host: Machine, version: str = "2026-07a") -> Run:
    return host.run("install-mailcow.sh", f"file://{host.root.parent}/repository", version)


def configure(host: Machine, *switches: str) -> Run:
    return host.run("configure-mailcow.sh", "mail.example.com", "Europe/Berlin", *(switches or ("off", "on")))


def values(host: Machine, path: str) -> dict[str, str]:
    lines = [line for line in host.read(path).splitlines() if "=" in line and not line.startswith("#")]
    pairs = [line.split("=", 1) for line in lines]
    assert len({key for key, _ in pairs}) == len(pairs), "a key stands twice"
    return dict(pairs)  # pyright: ignore[reportArgumentType] — each has two parts


# --- install ------------------------------------------------------------------------------------------------


def test_the_tag_is_checked_out_and_not_what_came_after_it(host: Machine) -> None:
    done = install(host)

    assert (done.status, done.stdout) == (0, "mailcow 2026-07a\n"), done.stderr
    assert host.read(f"{INSTALL}/docker-compose.yml") == "# 2026-07a\n"


def test_a_clone_that_died_half_way_is_made_anew(host: Machine) -> None:
    host.write(f"{INSTALL}.unfinished/.git/HEAD", "half")

    assert install(host).status == 0
    assert not host.exists(f"{INSTALL}.unfinished")


def test_another_version_is_fetched_and_what_lies_in_the_folder_stays(host: Machine) -> None:
    assert install(host, "2026-05").status == 0
    host.write(CONF, "DBPASS=kept\n")

    assert install(host, "2026-07a").status == 0
    assert host.read(f"{INSTALL}/docker-compose.yml") == "# 2026-07a\n"
    assert host.read(CONF) == "DBPASS=kept\n"


def test_a_standing_installation_needs_no_network(host: Machine) -> None:
    assert install(host).status == 0
    (host.root.parent / "repository").unlink()

    assert install(host).status == 0


def test_a_version_that_does_not_exist_is_an_error(host: Machine) -> None:
    assert install(host, "1999-01").status != 0
    assert not host.exists(INSTALL)


def test_nothing_is_installed_onto_the_boot_disk(host: Machine) -> None:
    host.stub("mountpoint", "exit 32")

    assert "/srv/mail is not mounted" in install(host).stderr


# --- configure ----------------------------------------------------------------------------------------------


@pytest.fixture
def installed(host: Machine) -> Machine:
    """A host with mailcow's files."""
    assert install(host).status == 0
    host.forget_calls()
    return host


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


# --- open ---------------------------------------------------------------------------------------------------


@pytest.fixture
def configured(installed: Machine) -> Machine:
    """A host whose mailcow runs, closed to the world."""
    assert configure(installed).status == 0
    installed.forget_calls()
    return installed


def test_the_default_password_is_replaced_before_the_web_is_opened(configured: Machine) -> None:
    password = values(configured, SECRETS)["ADMIN_PASSWORD"]

    done = configured.run("open-mailcow.sh")

    assert (done.status, done.stdout) == (0, "open\n"), done.stderr
    sent = json.loads(configured.read("/sent"))
    assert sent == {"items": ["admin"], "attr": {"password": password, "password2": password}}
    conf = values(configured, CONF)
    assert (conf["HTTP_BIND"], conf["HTTPS_BIND"]) == ("", "")
    asked = next(place for place, call in enumerate(configured.calls) if "edit/admin" in call)
    opened = next(place for place, call in enumerate(configured.calls) if " up --detach" in call)
    assert asked < opened


def test_the_password_leaves_the_host_and_was_never_an_argument(configured: Machine) -> None:
    password = values(configured, SECRETS)["ADMIN_PASSWORD"]

    done = configured.run("open-mailcow.sh")

    assert "ADMIN_PASSWORD" not in values(configured, SECRETS)
    assert set(values(configured, SECRETS)) == {"API_KEY", "API_KEY_READ_ONLY"}
    assert configured.exists(MARKER)
    assert password not in done.stdout + done.stderr + "\n".join(configured.calls)
    assert not list((configured.root / "srv/mail/mailstead").glob(".admin*"))


@pytest.mark.parametrize(
    "answer",
    [
        '[{"type": "danger", "msg": "password_mismatch"}]\n200',
        '[{"type": "success"}, {"type": "warning", "msg": "x"}]\n200',
        "\n200",
        "<html>502</html>\n502",
        "[]\n200",
    ],
)
def test_a_password_that_was_not_taken_keeps_the_web_closed(configured: Machine, answer: str) -> None:
    configured.write("/edit_answer", answer)

    done = configured.run("open-mailcow.sh")

    assert done.status == 1
    assert "did not take the administrator's new password" in done.stderr
    assert values(configured, CONF)["HTTP_BIND"] == "127.0.0.1"
    assert "ADMIN_PASSWORD" in values(configured, SECRETS)
    assert not configured.exists(MARKER)


def test_opening_again_sends_no_password(configured: Machine) -> None:
    assert configured.run("open-mailcow.sh").status == 0
    configured.forget_calls()

    assert configured.run("open-mailcow.sh").status == 0
    assert not [call for call in configured.calls if "edit/admin" in call]


def test_a_run_that_died_after_the_marker_still_takes_the_password_off_the_host(configured: Machine) -> None:
    configured.write(MARKER, "")

    assert configured.run("open-mailcow.sh").status == 0
    assert "ADMIN_PASSWORD" not in values(configured, SECRETS)
    assert values(configured, CONF)["HTTPS_BIND"] == ""


# --- verify -------------------------------------------------------------------------------------------------


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
