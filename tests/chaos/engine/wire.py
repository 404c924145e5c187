"""The providers' wire format: what the engine hands a plugin, and what it keeps of the answer."""

from collections.abc import Mapping
from typing import Any

from google.protobuf.struct_pb2 import Struct
from pulumi.output import Unknown
from pulumi.runtime import rpc

Properties = dict[str, Any]
PROVIDER = "__provider"


def over_the_wire(properties: Mapping[str, Any]) -> Properties:
    """Send properties to the other side: numbers become floats, tuples lists, and what is None vanishes."""
    packed = Struct()
    packed.update({key: _plain(value) for key, value in properties.items() if value is not None})
    received = Struct()
    received.ParseFromString(packed.SerializeToString())
    return rpc.deserialize_properties(received, keep_unknowns=True)


def _plain(value: Any) -> Any:
    if isinstance(value, Unknown):
        return rpc.UNKNOWN
    if isinstance(value, Mapping):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value
