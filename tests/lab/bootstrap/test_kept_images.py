"""Which images outlive a lab: the newest of each name, and what another lab of the machine uses."""

from pathlib import Path

import pytest

from lab import register, topology
from lab.docker_client import Docker
from lab.images import archive
from lab.register import Record
from lab.steps import Step, quiet_step


@pytest.fixture
def images(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of kept images, with two that earlier labs kept."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    folder = tmp_path / "cache/mailstead/images"
    folder.mkdir(parents=True)
    for name in ("instance-000000000001.tar", "instance-000000000002.tar", "base-000000000009.tar"):
        (folder / name).touch()
    return folder


@pytest.fixture
def step(tmp_path: Path) -> Step:
    """A step that shows nothing."""
    return quiet_step(tmp_path / "log")


class FakeDocker(Docker):
    """A daemon that can only write an image into a file."""

    def call(self, *arguments: str, timeout_s: float = 0) -> str:
        """Do ``image save --output FILE``."""
        assert timeout_s > 60
        Path(arguments[arguments.index("--output") + 1]).write_text("an image")
        return ""


def kept(folder: Path) -> list[str]:
    """The names of the images that are kept."""
    return sorted(file.name for file in folder.iterdir())


def test_a_new_image_takes_the_place_of_those_of_its_name_that_nobody_uses(
    images: Path, step: Step, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(register, "read_all", lambda: ())

    archive.save(step, FakeDocker(""), "instance", "000000000003", ["mailstead-lab/instance:000000000003"])

    assert kept(images) == ["base-000000000009.tar", "instance-000000000003.tar"]


def test_an_image_that_another_lab_uses_is_kept(
    images: Path, step: Step, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = Record(clone=tmp_path / "other", clone_id="0" * 8, name="demo", boot_id="")
    dead = Record(clone=tmp_path / "removed", clone_id="1" * 8, name="demo", boot_id="")
    daemon = Record(clone=tmp_path / "other", clone_id="0" * 8, name=register.DAEMON, boot_id="")
    folder = topology.world_folder(other.clone, other.name)
    folder.mkdir(parents=True)
    (folder / "world.json").write_text('{"instance_image": "mailstead-lab/instance:000000000001"}')
    monkeypatch.setattr(register, "read_all", lambda: (other, dead, daemon))

    archive.save(step, FakeDocker(""), "instance", "000000000003", ["mailstead-lab/instance:000000000003"])

    assert kept(images) == ["base-000000000009.tar", "instance-000000000001.tar", "instance-000000000003.tar"]
