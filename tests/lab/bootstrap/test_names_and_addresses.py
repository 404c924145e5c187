"""What a lab is called and where it lies, so that two never meet."""

from ipaddress import IPv4Network
from pathlib import Path

import pytest

from lab import topology
from lab.errors import LabError


def test_two_clones_have_different_names_for_the_same_world(tmp_path: Path) -> None:
    one, other = topology.names(tmp_path / "one", "demo"), topology.names(tmp_path / "other", "demo")

    assert one.prefix != other.prefix
    assert one.bridge != other.bridge


def test_a_clone_reached_by_another_path_is_the_same_clone(tmp_path: Path) -> None:
    (tmp_path / "clone").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "clone")

    assert topology.clone_id(tmp_path / "link") == topology.clone_id(tmp_path / "clone")


@pytest.mark.parametrize("world", ["demo", "test", "a-long-name-of-20-ch"])
def test_an_interface_name_is_never_too_long_for_linux(world: str) -> None:
    assert len(topology.names(Path("/clone"), world).bridge) <= 15


def test_long_names_that_begin_alike_have_interfaces_of_their_own() -> None:
    one, other = (topology.names(Path("/clone"), world).bridge for world in ("acceptance-one", "acceptance-two"))

    assert one != other


@pytest.mark.parametrize("world", ["", "Demo", "1st", "../etc", "docker", "a_b", "a" * 21])
def test_a_name_that_could_be_something_else_is_refused(world: str) -> None:
    with pytest.raises(LabError, match="is not a name"):
        topology.names(Path("/clone"), world)


def test_a_world_has_the_same_network_every_time() -> None:
    named = topology.names(Path("/clone"), "demo")

    assert topology.choose_subnet(named, []) == topology.choose_subnet(named, [IPv4Network("192.0.2.0/24")])


def test_a_network_that_somebody_has_is_passed_over() -> None:
    named = topology.names(Path("/clone"), "demo")
    first = topology.choose_subnet(named, [])

    second = topology.choose_subnet(named, [IPv4Network(f"{topology.gateway(first)}/32")])

    assert not second.overlaps(first)


def test_when_every_network_is_taken_the_lab_says_how_to_free_one() -> None:
    with pytest.raises(LabError, match="make down"):
        topology.choose_subnet(topology.names(Path("/clone"), "demo"), [IPv4Network("10.0.0.0/8")])


def test_a_port_taken_on_all_addresses_is_passed_over() -> None:
    assert topology.choose_port(3142, frozenset({3142, 3143, 5000})) == 3144
    assert topology.choose_port(3142, frozenset()) == 3142
