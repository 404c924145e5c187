"""What the lab does about a machine that lacks something."""

from pathlib import Path

import pytest

from lab import machine, packages
from lab.engine import build, go
from lab.errors import PrerequisiteError
from lab.machine import Tool


def test_a_package_is_chosen_that_the_distribution_has() -> None:
    tools = [Tool("docker", ("docker-cli", "docker.io")), Tool("dockerd", ("docker.io",))]

    assert machine.choose_packages(tools, lambda name: name != "docker-cli") == ("docker.io",)
    assert machine.choose_packages(tools, lambda _: True) == ("docker-cli", "docker.io")


def test_a_tool_that_no_package_has_is_named() -> None:
    with pytest.raises(PrerequisiteError, match="dockerd is missing"):
        machine.choose_packages([Tool("dockerd", ("docker.io",))], lambda _: False)


def test_who_is_not_root_is_told_the_command_and_the_exit_code_is_3() -> None:
    with pytest.raises(PrerequisiteError) as caught:
        machine.refuse_without_root([Tool("git", ("git",)), Tool("ip", ("iproute2",))], lambda _: True)

    assert "sudo apt-get install --no-install-recommends git iproute2" in str(caught.value)
    assert caught.value.exit_code == 3


def test_who_is_not_root_and_lacks_nothing_is_told_so() -> None:
    with pytest.raises(PrerequisiteError, match="needs root") as caught:
        machine.refuse_without_root([], lambda _: True)

    assert "apt-get" not in str(caught.value)


def test_a_machine_with_everything_lacks_nothing(tmp_path: Path) -> None:
    keyring = tmp_path / "keyring.gpg"
    keyring.touch()

    assert machine.missing(lambda _: True, keyring) == ()
    assert [tool.program for tool in machine.missing(lambda name: name != "git", keyring)] == ["git"]


def test_control_groups_are_version_2_where_they_are_unified(tmp_path: Path) -> None:
    assert machine.cgroup_version(tmp_path) == 1
    (tmp_path / "cgroup.controllers").touch()
    assert machine.cgroup_version(tmp_path) == 2


def test_a_policy_that_was_there_is_back_after_an_installation(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("#!/bin/sh\n# the administrator's\nexit 0\n")

    with packages.services_held_back(policy):
        assert "exit 101" in policy.read_text()
        assert policy.stat().st_mode & 0o111

    assert "administrator" in policy.read_text()
    assert list(tmp_path.iterdir()) == [policy]


def test_where_there_was_no_policy_there_is_none_after_an_installation_that_failed(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"

    with pytest.raises(RuntimeError, match="apt"), packages.services_held_back(policy):
        raise RuntimeError("apt failed")

    assert list(tmp_path.iterdir()) == []


def test_a_run_that_was_killed_while_installing_is_put_right_by_the_next(tmp_path: Path) -> None:
    policy = tmp_path / "policy-rc.d"
    policy.write_text("# the administrator's\n")
    killed = packages.services_held_back(policy)
    killed.__enter__()

    packages.restore_policy(policy)

    assert policy.read_text() == "# the administrator's\n"


@pytest.mark.parametrize(
    ("printed", "accepted"),
    [("v3.259.0", True), ("v3.260.1-alpha", True), ("v3.258.9", False), ("v4.0.0", False), ("", False)],
)
def test_an_engine_is_accepted_by_its_version(printed: str, *, accepted: bool) -> None:
    assert build.is_accepted(build.parse_version(printed)) is accepted


@pytest.mark.parametrize(
    ("printed", "enough"),
    [("go version go1.26.8 linux/amd64", True), ("go version go1.25.10", False), ("go version go1.19", False)],
)
def test_a_go_is_used_that_is_new_enough(printed: str, *, enough: bool) -> None:
    version = go.parse_version(printed)

    assert version is not None
    assert (version >= go.NEEDED) is enough


def test_an_engine_in_the_labs_own_caches_does_not_count_as_the_machines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    other = tmp_path / "mailstead" / "engine-of-another-clone"
    other.mkdir(parents=True)
    for name in build.PROGRAMS:
        (other / name).write_text("#!/bin/sh\necho v3.259.0\n")
        (other / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{other}:/usr/bin:/bin")

    assert build.on_path() is None
    assert build.expected() == build.built_folder()


def test_an_engine_on_path_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("pulumi", "pulumi-language-python"):
        (tmp_path / name).write_text("#!/bin/sh\necho v3.261.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    assert build.expected() == tmp_path
