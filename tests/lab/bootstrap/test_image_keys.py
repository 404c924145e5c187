"""When an image is built again: when something of it changed, and only then."""

from pathlib import Path

import pytest

from lab.errors import LabError
from lab.images import recipes
from lab.images.recipes import Recipe


def image(folder: Path, name: str, dockerfile: str = "FROM mailstead-lab/debian:trixie\n") -> Path:
    """A folder with a Dockerfile."""
    (folder / name).mkdir(parents=True)
    (folder / name / "Dockerfile").write_text(dockerfile)
    return folder / name


def keys(folder: Path) -> dict[str, str]:
    """The keys of all images in a folder."""
    return {recipe.name: recipe.key for recipe in ordered(folder)}


def ordered(folder: Path) -> tuple[Recipe, ...]:
    """The images of a folder, parents first."""
    return recipes.in_order({place.name: place for place in folder.iterdir()}, {"phpfpm": "mailcow/php-fpm:1"})


def test_a_key_is_the_same_when_nothing_changed(tmp_path: Path) -> None:
    place = image(tmp_path, "nginx")
    before = keys(tmp_path)
    (place / "__pycache__").mkdir()
    (place / "__pycache__" / "site.cpython-311.pyc").write_bytes(b"x")

    assert keys(tmp_path) == before


@pytest.mark.parametrize("change", ["content", "name", "executable", "new file"])
def test_any_change_of_a_file_changes_the_key(tmp_path: Path, change: str) -> None:
    script = image(tmp_path, "nginx") / "start.sh"
    script.write_text("exec nginx\n")
    before = keys(tmp_path)

    match change:
        case "content":
            script.write_text("exec nginx -g 'daemon off;'\n")
        case "name":
            script.rename(script.with_name("run.sh"))
        case "executable":
            script.chmod(0o755)
        case _:
            script.with_name("site.conf").touch()

    assert keys(tmp_path) != before


def test_a_changed_parent_changes_its_children_and_nobody_else(tmp_path: Path) -> None:
    parent = image(tmp_path, "common")
    image(tmp_path, "dovecot", "FROM mailstead-lab/common:latest\n")
    image(tmp_path, "redis")
    before = keys(tmp_path)

    (parent / "Dockerfile").write_text("FROM mailstead-lab/debian:trixie\nRUN true\n")

    changed = {name for name, key in keys(tmp_path).items() if key != before[name]}
    assert changed == {"common", "dovecot"}


def test_parents_come_before_those_that_begin_with_them(tmp_path: Path) -> None:
    image(tmp_path, "a", "FROM mailstead-lab/b\n")
    image(tmp_path, "b", "FROM mailstead-lab/c:latest AS first\nFROM mailstead-lab/debian:trixie\n")
    image(tmp_path, "c")

    assert [recipe.name for recipe in ordered(tmp_path)] == ["c", "b", "a"]


def test_images_that_begin_with_each_other_are_refused(tmp_path: Path) -> None:
    image(tmp_path, "a", "FROM mailstead-lab/b\n")
    image(tmp_path, "b", "FROM mailstead-lab/a\n")

    with pytest.raises(LabError, match=r"a, b begin with each other"):
        ordered(tmp_path)


def test_an_image_has_the_name_that_the_compose_file_says_whatever_its_dashes(tmp_path: Path) -> None:
    image(tmp_path, "php-fpm")
    image(tmp_path, "only-a-parent")

    tags = {recipe.name: recipe.tag for recipe in ordered(tmp_path)}
    assert tags == {"php-fpm": "mailcow/php-fpm:1", "only-a-parent": "mailstead-lab/only-a-parent:latest"}


def test_the_compose_file_says_what_is_published(tmp_path: Path) -> None:
    compose = tmp_path / "docker-compose.yml"
    assert recipes.published_tags(compose) == {}

    compose.write_text("services:\n  web: {image: 'mailcow/php-fpm:1.2'}\n  db: {image: 'mailcow/mysql:3'}\n")

    assert recipes.published_tags(compose) == {"phpfpm": "mailcow/php-fpm:1.2", "mysql": "mailcow/mysql:3"}
