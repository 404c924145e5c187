"""A dynamic resource whose provider does nothing: what is left is the engine's own work."""

from typing import Any

from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider


class NothingProvider(ResourceProvider):
    """Does nothing, at once."""

    serialize_as_secret_always = False

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Find everything the same."""
        return DiffResult(changes=False)

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Make nothing."""
        return CreateResult(str(props["address"]), dict(props))


class Nothing(Resource, module="floor", name="Nothing"):
    """Nothing, registered."""

    def __init__(self, name: str, properties: dict[str, Any]) -> None:
        super().__init__(NothingProvider(), name, properties)
