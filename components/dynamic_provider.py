"""The provider resource that all dynamic resources of one mail host are made through."""

from collections.abc import Mapping

import pulumi

_DYNAMIC_PACKAGE = "pulumi-python"


def dynamic_provider(
    name: str, inputs: Mapping[str, pulumi.Input[str]], opts: pulumi.ResourceOptions
) -> pulumi.ProviderResource:
    """Register it.

    Args:
        name: Name of the resource.
        inputs: What it tells its resources, as ``users.host_inputs`` reads it: names, addresses and public keys only,
            because they are recorded. One that is empty is left out, so that a state from before its key was known
            stays as it is.
        opts: Options of the resource.
    """
    said = {key: value for key, value in inputs.items() if not isinstance(value, str) or value}
    return pulumi.ProviderResource(_DYNAMIC_PACKAGE, name, said, opts)
