"""Labs side by side, killed from outside, mended, cleared and taken down; on this machine's real kernel."""

from collections.abc import Generator
from pathlib import Path

import pytest
import requests

from lab import caches, kernel, processes
from lab.docker_client import Docker
from lab.errors import LabError
from lab.images import publish, recipes
from lab.images.recipes import BASE
from lab.services import dns, registry
from lab.steps import quiet_step
from lab.world import World
from tests.lab.bootstrap import labs
from tests.lab.bootstrap.labs import Clone

pytestmark = [pytest.mark.lab, pytest.mark.enable_socket]

# the path of a Unix socket may have 107 characters: no clone's folder may be too long for its lab
_LONG_NAME = "a-folder-whose-name-alone-leaves-no-room-for-the-socket-of-any-service-below-it-however-short"


@pytest.fixture
def private_daemons(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each clone gets a daemon of its own, whatever this machine has."""
    monkeypatch.setenv("MAILSTEAD_LAB_DOCKER", "own")


@pytest.fixture
def clone(tmp_path: Path, private_daemons: None) -> Generator[Clone]:
    made = labs.make_clone(tmp_path / "a-clone" / _LONG_NAME)
    yield made
    made.down()


@pytest.fixture
def neighbour(tmp_path: Path, private_daemons: None) -> Generator[Clone]:
    made = labs.make_clone(tmp_path / "a-neighbour" / _LONG_NAME)
    yield made
    made.down()


def vault_health(world: World) -> int:
    """200 when it is unsealed and active."""
    return requests.get(f"{world.vault_addr}/v1/sys/health", timeout=5).status_code


def mounts_of(world: World) -> list[str]:
    """What is mounted for a world's hosts below /vault of its Vault."""
    headers = {"X-Vault-Token": world.vault_root_token()}
    return sorted(requests.get(f"{world.vault_addr}/v1/sys/mounts", headers=headers, timeout=5).json()["data"])


def interfaces() -> set[str]:
    return {found.name for found in kernel.interfaces()}


def loop_files() -> set[Path]:
    return {loop.file for loop in kernel.loop_devices()}


def test_two_clones_have_their_labs_up_side_by_side_and_the_firewall_is_as_it_was(
    clone: Clone, neighbour: Clone
) -> None:
    before = labs.firewall()

    one, other = clone.up(), neighbour.up()

    assert one.subnet != other.subnet
    assert vault_health(one) == vault_health(other) == 200
    assert labs.firewall() == before
    clone.down()
    assert vault_health(other) == 200
    neighbour.down()
    assert labs.firewall() == before


def test_taking_a_lab_down_leaves_nothing_of_it(clone: Clone) -> None:
    world = clone.up()
    host = labs.run_host(world)
    labs.attach_volume(world)

    clone.down()

    assert not (clone.folder / ".lab").exists()
    assert not processes.is_alive(host)
    assert clone.records == ()
    assert clone.shims() == []
    assert world.bridge not in interfaces()
    assert not any(file.is_relative_to(clone.folder) for file in loop_files())
    assert kernel.mounts_below(clone.folder) == ()
    assert not world.run_folder.exists()
    assert not registry.storage(world.clone_id, world.name).exists()


def test_a_lab_that_was_killed_is_up_again_with_its_secrets_after_the_next_up(clone: Clone) -> None:
    world = clone.up()
    host = labs.run_host(world)
    headers, mount = {"X-Vault-Token": world.vault_root_token()}, f"{world.vault_addr}/v1/sys/mounts/kept"
    requests.post(mount, json={"type": "kv"}, headers=headers, timeout=5).raise_for_status()
    clone.kill()
    assert processes.is_alive(host), "the container should outlive its daemon, or this test shows nothing"

    again = clone.up()

    assert again == world
    assert not processes.is_alive(host)
    assert vault_health(again) == 200
    assert "kept/" in mounts_of(again)
    assert len(clone.recorded_processes()) == 8
    Docker(again.docker_host).call("start", f"{world.network}-host")


def test_one_killed_service_is_started_again_and_the_others_go_on(clone: Clone) -> None:
    world = clone.up()
    before = set(clone.recorded_processes())

    clone.kill(only="vault")
    clone.up()

    assert vault_health(world) == 200
    assert len(before & set(clone.recorded_processes())) == 7


def test_the_next_start_from_another_clone_clears_what_a_dead_lab_left(clone: Clone, neighbour: Clone) -> None:
    world = clone.up()
    host = labs.run_host(world)
    labs.attach_volume(world)
    clone.kill()
    assert world.bridge in interfaces()

    neighbour.up()

    assert not processes.is_alive(host)
    assert world.bridge not in interfaces()
    assert not any(file.is_relative_to(clone.folder) for file in loop_files())
    assert kernel.mounts_below(clone.folder) == ()
    assert clone.records == ()
    assert world.folder.exists(), "the files of a dead lab are its user's"
    assert vault_health(clone.up()) == 200


def test_a_living_lab_is_not_touched_by_the_start_of_another(clone: Clone, neighbour: Clone) -> None:
    world = clone.up()
    host = labs.run_host(world)
    volume = labs.attach_volume(world)
    before = clone.recorded_processes()
    clone.kill(only="registry")  # half dead is alive

    neighbour.up()

    assert processes.is_alive(host)
    assert vault_health(world) == 200
    assert volume in {loop.device for loop in kernel.loop_devices()}
    assert len([process for process in before if processes.is_alive(process)]) == 7


def test_a_lab_whose_clone_was_moved_under_it_is_ended_by_the_next_start(clone: Clone, neighbour: Clone) -> None:
    world = clone.up()
    labs.attach_volume(world)
    running = clone.recorded_processes()
    elsewhere = clone.folder.with_name("elsewhere")
    clone.folder.rename(elsewhere)

    neighbour.up()
    mounts, loops = kernel.mounts_below(elsewhere), loop_files()
    elsewhere.rename(clone.folder)

    assert not any(processes.is_alive(process) for process in running)
    assert world.bridge not in interfaces()
    assert mounts == ()
    assert not any(file.is_relative_to(elsewhere) for file in loops)


def test_a_clone_that_was_moved_can_be_taken_down_where_it_is_now(clone: Clone) -> None:
    world = clone.up()
    running = clone.recorded_processes()
    moved = Clone(clone.folder.rename(clone.folder.with_name("elsewhere")))

    with pytest.raises(LabError, match="has been moved"):
        moved.up()
    moved.down()

    assert not (moved.folder / ".lab").exists()
    assert not any(processes.is_alive(process) for process in running)
    assert world.bridge not in interfaces()
    assert clone.records == moved.records == ()


def test_nothing_that_comes_from_a_lab_is_forwarded_even_where_the_machine_forwards(clone: Clone) -> None:
    world = clone.up()
    switch = Path("/proc/sys/net/ipv4/conf") / world.bridge / "forwarding"
    switch.write_text("1")  # what a machine that forwards gives every interface

    clone.up()

    assert switch.read_text().strip() == "0"


def test_the_resolver_knows_what_was_published_and_says_at_once_that_there_is_nothing_else(clone: Clone) -> None:
    world = clone.up()
    labs.run_host(world)
    docker, host = Docker(world.docker_host), f"{world.network}-host"
    docker.call("cp", str(dns.resolv_conf(world)), f"{host}:/etc/resolv.conf.lab")
    docker.call("exec", host, "sh", "-c", "cat /etc/resolv.conf.lab > /etc/resolv.conf")

    dns.publish(world, {"mail.example.com": "10.77.9.9"})

    found = docker.call("exec", host, "timeout", "3", "getent", "hosts", "mail.example.com")
    assert found.split() == ["10.77.9.9", "mail.example.com"]
    ask = "timeout 3 getent hosts nobody.example.net; echo $?"
    assert docker.call("exec", host, "sh", "-c", ask).strip() == "2", "not an answer that there is no such name"


def test_an_image_that_one_lab_published_is_restored_for_the_next_and_pulled_by_name(
    clone: Clone, neighbour: Clone, tmp_path: Path
) -> None:
    context = tmp_path / "probe"
    context.mkdir()
    (context / "Dockerfile").write_text(f"FROM {BASE}\nRUN echo {tmp_path} > /built\n")
    recipe = recipes.in_order({"probe": context}, {"probe": "mailcow/probe:1"})[0]
    one, other = clone.up(), neighbour.up()
    step = quiet_step(tmp_path / "log")
    docker = Docker(one.docker_host)
    docker.call("build", "--network", "none", "--tag", recipe.keyed, str(context))

    publish.push(step, docker, one, recipe)
    assert publish.restore(other, recipe)

    catalogue = requests.get(f"http://{other.registry}/v2/_catalog", timeout=5).json()
    assert catalogue == {"repositories": ["mailcow/probe"]}
    with publish.through_loopback(other) as address:
        Docker(other.docker_host).call("pull", f"{address}/mailcow/probe:1")
    caches.remove(registry.saved(recipe.name, recipe.key))


def test_a_lab_mends_its_network_when_somebody_took_the_bridge_away(clone: Clone) -> None:
    world = clone.up()
    kernel.remove_bridge(world.bridge)

    clone.up()

    assert world.bridge in interfaces()
