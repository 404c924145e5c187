"""In which order a mail server comes up, and what its steps may know."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest

from components.mail_fleet import MailFleet, MailFleetArgs
from components.remote_script import RemoteHost, RemoteScripts
from mailcow import versions
from mailcow.server import MailServers, MailServersArgs
from tests.components.wishes import PUBLIC_KEY, settings, state
from tests.engine import ADDRESS, HOST_KEY, Engine

STEPS = ("prepare", "docker", "mailcow", "configure", "open", "verify")


def servers(**changes: Any) -> Engine:
    engine = Engine()
    wanted, config = state(**changes), settings(**changes)

    def program() -> None:
        fleet = MailFleet("mail-fleet", MailFleetArgs(hosts=wanted.hosts, settings=config, subnet_id="subnet"))
        MailServers("mail-servers", MailServersArgs(state=wanted, machines=fleet.hosts, settings=config))

    engine.run(program)
    return engine


@pytest.fixture(scope="module")
def usual() -> Engine:
    return servers()


def line(engine: Engine, step: str) -> str:
    return engine.one("Command", f"mail-host-1-{step}").inputs["create"]


def everything_before(engine: Engine, type_: str, name: str) -> set[str]:
    """Name all resources that one waits for, near and far."""
    by_name: dict[str, set[str]] = {}
    for it in engine.registered:
        by_name.setdefault(it.name, set()).update(it.after)
    seen: set[str] = set()
    todo = set(engine.one(type_, name).after)
    while todo:
        current = todo.pop()
        seen.add(current)
        todo |= by_name.get(current, set()) - seen
    return seen


def test_each_step_waits_for_all_before_it(usual: Engine) -> None:
    order = [
        ("CopyToRemote", "scripts"),
        ("Command", "prepare"),
        ("Command", "docker"),
        ("Command", "mailcow"),
        ("Command", "configure"),
        ("HostSecrets", "secrets"),
        ("Command", "open"),
        ("Command", "verify"),
        ("PortProbe", "ports"),
    ]
    for place, (type_, step) in enumerate(order):
        before = everything_before(usual, type_, f"mail-host-1-{step}")
        assert {f"mail-host-1-{earlier}" for _, earlier in order[:place]} <= before, step


def test_nothing_is_installed_before_both_disks_are_mounted(usual: Engine) -> None:
    mounts = {"mail-host-1-mail-mount", "mail-host-1-backup-mount"}

    assert mounts <= everything_before(usual, "CopyToRemote", "mail-host-1-scripts")


def test_people_wait_until_the_server_is_verified_and_its_keys_are_in_the_vault(usual: Engine) -> None:
    before = everything_before(usual, "pulumi-python", "mail-host-1")

    assert {"mail-host-1-verify", "mail-host-1-ports", "mail-host-1-secrets"} <= before


def test_the_provider_of_people_knows_names_address_and_public_key_only(usual: Engine) -> None:
    assert usual.one("pulumi-python", "mail-host-1").inputs == {
        "host:name": "mail.example.com",
        "host:address": ADDRESS,
        "host:key": HOST_KEY,
        "host:user": "ubuntu",
        "host:stack": "test",
    }


@pytest.mark.parametrize("step", STEPS)
def test_a_step_is_a_short_line_with_the_scripts_digest_and_the_machines_id(usual: Engine, step: str) -> None:
    inputs = usual.one("Command", f"mail-host-1-{step}").inputs
    script = {"docker": "install-docker", "mailcow": "install-mailcow", "prepare": "prepare-host"}.get(
        step, f"{step}-mailcow"
    )

    assert re.fullmatch(
        rf"sudo bash /home/ubuntu/\.mailstead/scripts/{script}\.sh.*"
        r" # script sha256:[0-9a-f]{12} instance mail-host-1-instance-id",
        inputs["create"],
    )
    assert inputs["update"] == inputs["create"]


@pytest.mark.parametrize("step", STEPS)
def test_a_step_has_no_trigger_no_undoing_no_environment_and_no_input(usual: Engine, step: str) -> None:
    """A trigger replaces, sshd refuses the environment, and the rest would be recorded."""
    inputs = usual.one("Command", f"mail-host-1-{step}").inputs

    assert set(inputs) == {"connection", "create", "update", "addPreviousOutputInEnv", "logging"}
    assert inputs["addPreviousOutputInEnv"] is False
    assert inputs["logging"] == "stderr"


def test_a_connection_holds_no_key_and_nothing_that_differs_from_run_to_run(usual: Engine) -> None:
    assert usual.one("Command", "mail-host-1-verify").inputs["connection"] == {
        "host": ADDRESS,
        "user": "ubuntu",
        "port": 22,
        "hostKey": HOST_KEY,
        "dialErrorLimit": 60,
        "perDialTimeout": 15,
    }


def test_the_scripts_are_copied_again_to_a_new_machine(usual: Engine) -> None:
    """An update copies only when the files changed; a trigger copies to whatever is new behind the address."""
    inputs = usual.one("CopyToRemote", "mail-host-1-scripts").inputs

    assert inputs["triggers"] == ["mail-host-1-instance-id"]
    assert inputs["remotePath"] == "/home/ubuntu/.mailstead"  # the folder's own name is added
    assert inputs["source"] == "archive of mailcow/scripts"  # relative, so that clones do not differ


def test_what_the_config_says_reaches_the_scripts() -> None:
    engine = servers(
        timezone="Europe/Berlin",
        clamav=False,
        lets_encrypt=False,
        docker_source="distribution",
        registry_mirror="http://192.0.2.1:5000",
        mailcow_repository="git://192.0.2.1/mailcow-dockerized.git",
        mailcow_version="2026-07",
        sieve_open=True,
    )

    assert f"mail.example.com Europe/Berlin '{PUBLIC_KEY}' 25,80,143,443,465,587,993,995,4190 #" in line(
        engine, "prepare"
    )
    assert " distribution " in line(engine, "docker")
    assert " http://192.0.2.1:5000 #" in line(engine, "docker")
    assert " git://192.0.2.1/mailcow-dockerized.git 2026-07 #" in line(engine, "mailcow")
    assert " mail.example.com Europe/Berlin off off #" in line(engine, "configure")
    assert 4190 in engine.one("PortProbe", "mail-host-1-ports").inputs["ports"]


def test_docker_is_pinned_where_the_pins_are(usual: Engine) -> None:
    pins = f"{versions.DOCKER} {versions.CONTAINERD} {versions.BUILDX} {versions.COMPOSE}"

    assert f" docker-ce {pins} #" in line(usual, "docker")


def test_the_secrets_are_read_again_when_configuring_said_something_new(usual: Engine) -> None:
    inputs = usual.one("HostSecrets", "mail-host-1-secrets").inputs

    assert inputs["configured"] == "done"
    assert inputs["secrets_file"] == "/srv/mail/mailstead/secrets.env"
    assert inputs["marker_file"] == "/srv/mail/mailstead/admin-password-replaced"


def test_each_host_has_its_own_server_and_its_own_provider() -> None:
    engine = servers(instance_count=2, allow_paid=True)

    assert engine.names("MailServer") == ["mail-host-1-server", "mail-host-2-server"]
    assert engine.names("pulumi-python") == ["mail-host-1", "mail-host-2"]
    assert engine.one("pulumi-python", "mail-host-2").inputs["host:name"] == "mail2.example.com"


@pytest.fixture
def scripts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A project with one script and its library."""
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "scripts"
    folder.mkdir()
    (folder / "lib.sh").write_text("lib")
    (folder / "work.sh").write_text("work")
    return folder


def command(*arguments: str) -> str:
    engine = Engine()
    host = RemoteHost(instance_id="ocid1.instance.a", address=ADDRESS, user="ubuntu", host_key=HOST_KEY)
    remote = RemoteScripts(host, folder="scripts", remote_folder="/opt/scripts")
    engine.run(lambda: remote.command("work", "work.sh", arguments, pulumi.ResourceOptions()))
    return engine.one("Command", "work").inputs["create"]


@pytest.mark.parametrize("file", ["lib.sh", "work.sh"])
def test_a_changed_script_or_library_runs_again(scripts: Path, file: str) -> None:
    before = command()
    (scripts / file).write_text("changed")

    assert command() != before


def test_another_script_changes_nothing(scripts: Path) -> None:
    before = command()
    (scripts / "other.sh").write_text("new")

    assert command() == before


def test_arguments_cannot_break_out_of_the_line(scripts: Path) -> None:
    assert command("a b", "$(reboot)", "it's #1").startswith(
        "sudo bash /opt/scripts/work.sh 'a b' '$(reboot)' 'it'\"'\"'s #1' # script sha256:"
    )


def test_folders_of_different_names_are_refused_because_the_copy_keeps_the_name() -> None:
    host = RemoteHost(instance_id="i", address=ADDRESS, user="ubuntu", host_key=HOST_KEY)

    with pytest.raises(ValueError, match="does not end in scripts"):
        RemoteScripts(host, folder="mailcow/scripts", remote_folder="/opt/tools")
