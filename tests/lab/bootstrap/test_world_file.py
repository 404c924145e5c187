"""world.json: what every other part of the lab reads."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from lab import world as worlds
from lab.errors import LabError
from lab.world import Ports, World


def planned(clone: Path) -> World:
    """A world as a fresh start plans it."""
    ports = Ports(apt_proxy=3142, registry=5000, git=9418, vault=8200)
    return worlds.plan(
        clone, "demo", docker_host="unix:///run/d.sock", subnet="10.77.9.0/24", ports=ports, engine="/engine"
    )


def test_every_address_lies_at_the_gateway(tmp_path: Path) -> None:
    world = planned(tmp_path)

    assert world.gateway == "10.77.9.1"
    assert (world.apt_proxy, world.registry) == ("http://10.77.9.1:3142", "10.77.9.1:5000")
    assert (world.git_url, world.dns) == ("git://10.77.9.1/mailcow-dockerized.git", "10.77.9.1")
    assert world.vault_addr == "http://10.77.9.1:8200"


def test_another_git_port_is_in_the_url(tmp_path: Path) -> None:
    ports = Ports(apt_proxy=3142, registry=5000, git=9419, vault=8200)
    world = worlds.plan(tmp_path, "demo", docker_host="", subnet="10.77.9.0/24", ports=ports, engine="")

    assert world.git_url == "git://10.77.9.1:9419/mailcow-dockerized.git"


def test_a_world_that_was_saved_is_loaded_again(tmp_path: Path) -> None:
    world = planned(tmp_path)
    world.save()

    assert World.load(world.folder) == world
    assert worlds.worlds_of(tmp_path) == ("demo",)


def test_where_there_is_no_world_the_command_that_makes_one_is_named(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"make demo"):
        World.load(tmp_path / ".lab" / "demo")


def test_a_world_of_another_version_is_refused_with_what_is_wrong(tmp_path: Path) -> None:
    world = planned(tmp_path)
    world.save()
    file = world.folder / worlds.FILE
    file.write_text(json.dumps({**json.loads(file.read_text()), "subnet": 7, "color": "red"}))

    with pytest.raises(LabError, match=r"color: .*subnet: |subnet: .*color: ") as caught:
        World.load(world.folder)
    assert "make down" in str(caught.value)


def test_the_environment_has_engine_and_python_of_the_clone_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", f"/usr/bin:/engine:{tmp_path}/.venv/bin")
    world = planned(tmp_path)

    assert world.environment()["PATH"].split(":") == [f"{tmp_path}/.venv/bin", "/engine", "/usr/bin"]


def test_the_environment_holds_no_secret(tmp_path: Path) -> None:
    world = planned(tmp_path)
    (world.folder / "vault").mkdir(parents=True)
    (world.folder / "vault" / "root-token").write_text("s.planted-root-token")
    (world.folder / "passphrase").write_text("planted-passphrase")

    assert "planted" not in " ".join(world.environment().values())


def test_sockets_have_paths_that_fit_wherever_the_clone_lies(tmp_path: Path) -> None:
    deep = tmp_path / ("d" * 100) / ("e" * 100)

    assert len(str(replace(planned(deep), name="a" * 20).ssh_agent)) < 107
