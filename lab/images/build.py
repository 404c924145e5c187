"""Having the images of a lab: in the daemon those it runs, in the world's registry those its hosts pull."""

from collections import deque
from collections.abc import Sequence
from typing import Final

from lab.commands import CommandError
from lab.docker_client import Docker
from lab.errors import LabError
from lab.images import archive, base, publish, recipes
from lab.images.recipes import Recipe
from lab.steps import Step, quiet_step
from lab.topology import LABEL_CLONE
from lab.world import World

_LINES_QUOTED: Final = 4
_BUILDER_ADVERTISES: Final = ("legacy builder", "BuildKit is currently", "environment-variable.")


def ensure(world: World, step: Step | None = None) -> World:
    """Have all images that the repository describes; nothing is built whose content is known already.

    Args:
        world: whose daemon and registry get them; its network and services must be up.
        step: what shows the progress; nothing is shown without.

    Returns:
        The world with the instance image that now is the right one, saved.

    Raises:
        LabError: an image cannot be built.
    """
    step = step or quiet_step(world.folder / "log" / "images.log")
    docker = Docker(world.docker_host)
    instance = recipes.instance(world.clone)
    if instance and not docker.has_image(instance.keyed):
        archive.load(step, docker, instance.name, instance.key)  # brings the base with it
    base.ensure(step, docker, world)
    if instance and not docker.has_image(instance.keyed):
        _build(step, docker, world, instance)
        archive.save(step, docker, instance.name, instance.key, [recipes.base_keyed(), instance.keyed])
    _mail_server(step, docker, world, recipes.mail_server(world.clone))
    changed = world.with_image(instance.tag if instance else "")
    changed.save()
    return changed


def have(world: World, recipe: Recipe, step: Step | None = None) -> str:
    """Have one more image in the daemon, beside those that every lab has, and give its name.

    Raises:
        LabError: it cannot be built.
    """
    step = step or quiet_step(world.folder / "log" / f"image-{recipe.name}.log")
    docker = Docker(world.docker_host)
    if not docker.has_image(recipe.keyed) and not archive.load(step, docker, recipe.name, recipe.key):
        _build(step, docker, world, recipe)
        archive.save(step, docker, recipe.name, recipe.key, [recipe.keyed])
    return recipe.keyed


def _mail_server(step: Step, docker: Docker, world: World, all_of_them: Sequence[Recipe]) -> None:
    by_name = {recipe.name: recipe for recipe in all_of_them}
    for recipe in all_of_them:
        if _is_only_a_parent(recipe) or publish.is_published(world, recipe) or publish.restore(world, recipe):
            continue
        _have(step, docker, world, recipe, by_name)
        step.say(f"{recipe.name}: publishing")
        publish.push(step, docker, world, recipe)


def _have(step: Step, docker: Docker, world: World, recipe: Recipe, by_name: dict[str, Recipe]) -> None:
    for parent in recipe.parents:
        _have(step, docker, world, by_name[parent], by_name)
    if not docker.has_image(recipe.keyed):
        _build(step, docker, world, recipe)
    if _is_only_a_parent(recipe):
        docker.call("image", "tag", recipe.keyed, recipe.tag)


def _is_only_a_parent(recipe: Recipe) -> bool:
    return recipe.tag.startswith("mailstead-lab/")


def _build(step: Step, docker: Docker, world: World, recipe: Recipe) -> None:
    step.say(f"{recipe.name}: building")
    last: deque[str] = deque(maxlen=_LINES_QUOTED)

    def follow(line: str) -> None:
        if line.strip() and not any(word in line for word in _BUILDER_ADVERTISES):
            last.append(line.strip())
            step.say(f"{recipe.name}: {line.strip()}")

    try:
        step.run(
            "docker", "build",
            "--network", world.network,
            "--build-arg", f"http_proxy={world.apt_proxy}",
            "--label", f"{LABEL_CLONE}.image={recipe.name}",
            "--force-rm",
            "--tag", recipe.keyed,
            recipe.folder,
            environment=docker.environment(),
            on_line=follow,
        )  # fmt: skip
    except CommandError:
        raise LabError(f"the image {recipe.name} ({recipe.folder}) cannot be built: {' | '.join(last)}") from None
