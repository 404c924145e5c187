"""The real engine, the plugins, Docker: what a program sees of the lab's cloud and what somebody outside sees."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from lab.plugins import faults
from tests.lab.plugins.engine_runs import Program, knock, wait_until

if TYPE_CHECKING:
    from lab.world import World

pytestmark = pytest.mark.lab

MOUNT = "sudo mkdir -p /srv/mail && sudo mount /dev/oracleoci/oraclevdb /srv/mail"
WRONG_KEY = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl"


def test_a_second_up_and_one_after_a_refresh_change_nothing(program: Program) -> None:
    program.up_well()
    program.up_well("--expect-no-changes")
    assert program.run("refresh", "--yes", "--skip-preview", "--expect-no-changes").status == 0
    program.up_well("--expect-no-changes")


def test_an_unknown_and_a_missing_argument_stop_the_preview(cloud_world: World, program: Program) -> None:
    source = (
        "import pulumi\n"
        "pulumi.CustomResource('oci:Core/vcn:Vcn', 'vcn', {'cidrBlok': '10.0.0.0/16'},"
        " pulumi.ResourceOptions(version='5.5.0'))\n"
    )
    other = Program(
        cloud_world,
        cloud_world.folder / "wrong",
        source,
        ssh_key=cloud_world.folder / "key",
        ssh_agent=cloud_world.folder,
    )
    other.initialise()
    other.run("config", "set", "oci:region", "eu-frankfurt-1")
    ended = other.run("preview")
    assert ended.status != 0
    assert 'argument "cidrBlok" is not known to oci:Core/vcn:Vcn; did you mean "cidrBlock"?' in ended.output
    assert 'The argument "compartmentId" is required' in ended.output


def test_cloud_init_made_the_user_with_its_key_and_sudo(program: Program) -> None:
    program.up_well()
    assert "status: done" in program.ssh("cloud-init status --wait")
    assert program.ssh("sudo id -un").strip() == "root"
    assert program.ssh("systemctl is-system-running --wait").strip() == "running"
    assert "Accepted publickey for ubuntu" in program.ssh("sudo journalctl -u ssh --no-pager")


def test_a_port_that_no_rule_opens_times_out_and_one_the_host_keeps_closed_is_rejected(program: Program) -> None:
    program.up_well(ports=[22, 25])
    address = program.outputs()["address"]
    program.ssh("true")
    assert knock(address, 22) == "open"
    assert knock(address, 25) == "No route to host"
    assert knock(address, 80) == "timeout"
    program.up_well(ports=[22, 80])
    assert knock(address, 25) == "timeout"
    assert knock(address, 80) == "No route to host"


def test_a_reboot_keeps_address_firewall_and_mounts(program: Program) -> None:
    program.up_well()
    _make_a_file(program, "kept")
    program.ssh("echo /dev/oracleoci/oraclevdb /srv/mail ext4 defaults,nofail,_netdev 0 2 | sudo tee -a /etc/fstab")
    before = program.ssh("sudo iptables-save -t filter; cat /proc/sys/kernel/random/boot_id /etc/ssh/*.pub")
    program.docker("restart", program.container())
    assert program.ssh("systemctl is-system-running --wait").strip() == "running"
    assert program.ssh("cat /srv/mail/file").strip() == "kept"
    after = program.ssh("sudo iptables-save -t filter; cat /proc/sys/kernel/random/boot_id /etc/ssh/*.pub")
    assert _rules_and_keys(after) == _rules_and_keys(before)
    assert knock(program.outputs()["address"], 80) == "timeout"
    program.ssh("sudo umount /srv/mail && sudo sed -i /oraclevdb/d /etc/fstab")


def test_a_mounted_volume_is_not_detached_and_its_data_outlives_the_instance(program: Program) -> None:
    program.up_well(generation="1")
    _make_a_file(program, "survives")
    first, keys = program.outputs(), program.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub")
    refused = program.up(generation="2", commands=False)
    assert refused.status != 0
    assert "409-IncorrectState" in refused.output
    program.ssh("sudo umount /srv/mail")
    program.up_well(generation="2")
    second = program.outputs()
    assert second["instance"] != first["instance"]
    assert second["address"] == first["address"]
    assert program.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub") != keys
    assert program.ssh(f"{MOUNT} && cat /srv/mail/file && sudo umount /srv/mail").strip() == "survives"


def test_a_refresh_sees_that_the_instance_was_removed_and_up_makes_a_new_one(program: Program) -> None:
    program.up_well()
    first = program.outputs()
    program.docker("rm", "--force", program.container())
    refreshed = program.run("refresh", "--yes", "--skip-preview")
    assert "oci:Core:Instance mail deleted" in refreshed.output
    program.up_well()
    second = program.outputs()
    assert second["instance"] != first["instance"]
    assert second["address"] == first["address"]
    assert second["stdout"] == "out\nin"


def test_out_of_host_capacity_fails_the_up_and_the_next_one_goes_on(cloud_world: World, program: Program) -> None:
    program.run("destroy", "--yes", "--skip-preview")
    faults.plant(cloud_world, "LaunchInstance", error="Out of host capacity.")
    failed = program.up()
    assert failed.status != 0
    assert "error: 500-InternalError, Out of host capacity." in failed.output
    program.up_well()


def test_changed_triggers_create_the_new_one_and_then_delete_the_old(program: Program) -> None:
    program.up_well(triggers="1")
    program.ssh("rm -f /home/ubuntu/triggered")
    program.up_well(triggers="2")
    assert program.ssh("cat /home/ubuntu/triggered").split() == ["created", "deleted"]


def test_a_changed_script_is_copied_again(program: Program) -> None:
    program.up_well()
    program.script("echo changed\n")
    program.up_well()
    assert program.ssh("cat .trial/scripts/hello.sh") == "echo changed\n"


def test_an_environment_that_sshd_does_not_take_fails_and_runs_nothing(program: Program) -> None:
    program.up_well()
    failed = program.up(environment={"MAILSTEAD": "1"}, line="touch /home/ubuntu/ran")
    assert failed.status != 0
    assert 'could not set environment variable "MAILSTEAD"' in failed.output
    assert program.ssh("ls").find("ran") == -1


def test_a_failing_command_shows_its_text_and_its_output(program: Program) -> None:
    failed = program.up(line="echo before; echo why >&2; exit 3; cat")
    assert failed.status != 0
    said = failed.output
    assert 'Process exited with status 3: running "echo before; echo why >&2; exit 3; cat # instance' in said, said
    assert "why" in said


def test_a_pinned_host_key_is_asked_for_by_its_own_type_only(program: Program) -> None:
    program.up_well()
    keys = program.ssh("cat /etc/ssh/ssh_host_ed25519_key.pub /etc/ssh/ssh_host_rsa_key.pub").splitlines()
    ed25519, rsa = (" ".join(line.split()[:2]) for line in keys)
    program.up_well(host_key=ed25519)
    assert "host key mismatch" in program.up(host_key=WRONG_KEY, line="true").output
    refused = program.up(host_key=rsa, line="true").output
    assert "no common algorithm" in refused, refused


def test_a_killed_engine_leaves_neither_a_plugin_nor_half_an_instance(cloud_world: World, program: Program) -> None:
    program.run("destroy", "--yes", "--skip-preview")
    faults.plant(cloud_world, "LaunchInstance", delay_s=60)
    engine = program.start("up", "--yes", "--skip-preview")
    wait_until(lambda: not (cloud_world.folder / "cloud" / "faults.json").read_text().count("LaunchInstance"))
    plugins = _plugins_of(engine.pid)
    assert plugins
    engine.kill()
    engine.wait()
    wait_until(lambda: not any(_is_running(pid) for pid in plugins))
    program.run("cancel", "--yes")
    program.run("refresh", "--yes", "--skip-preview", "--clear-pending-creates")
    program.up_well()


def _make_a_file(program: Program, text: str) -> None:
    program.ssh("sudo blkid /dev/oracleoci/oraclevdb || sudo mkfs.ext4 -q /dev/oracleoci/oraclevdb")
    program.ssh(f"{MOUNT} && echo {text} | sudo tee /srv/mail/file")


def _rules_and_keys(text: str) -> list[str]:
    return [line for line in text.splitlines() if line.startswith(("-A", "ssh-", "ecdsa-"))]


def _plugins_of(engine: int) -> list[int]:
    # Each thread of the engine has the children it started.
    lists = [file.read_text() for file in Path(f"/proc/{engine}/task").glob("*/children")]
    return [int(pid) for pid in " ".join(lists).split() if b"lab/plugins" in Path(f"/proc/{pid}/cmdline").read_bytes()]


def _is_running(pid: int) -> bool:
    return Path(f"/proc/{pid}/cmdline").exists() and b"lab/plugins" in Path(f"/proc/{pid}/cmdline").read_bytes()
