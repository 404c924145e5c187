"""What the engine hands a provider: over its wire, where every number is a float and None vanishes."""

from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.runtime import rpc


def over_the_wire(properties: dict[str, Any]) -> dict[str, Any]:
    """Send properties as the engine does, and unknowns as its marker."""
    wire = Struct()
    wire.update({key: value for key, value in properties.items() if value is not None})
    return rpc.deserialize_properties(wire, keep_unknowns=True)
