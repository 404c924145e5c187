"""The mail server's images in the world's own daemon, where tests run them without a host around them."""

from lab.docker_client import Docker
from lab.images import recipes
from lab.images.publish import through_loopback
from lab.world import World


def image_of(docker: Docker, world: World, name: str) -> str:
    """Give the image built from `lab/mailcow/images/<name>`; one that only the world's registry has is pulled."""
    recipe = next(recipe for recipe in recipes.mail_server(world.clone) if recipe.name == name)
    if not docker.has_image(recipe.keyed):
        with through_loopback(world) as registry:
            pulled = f"{registry}/{recipe.tag}"
            docker.call("pull", "--quiet", pulled, timeout_s=600)
            docker.call("image", "tag", pulled, recipe.keyed)
            docker.call("image", "rm", pulled)
    return recipe.keyed
