"""The commands of `mailstead`, as the parser has them."""

from collections.abc import Iterator, Mapping
from typing import Any


def commands_of(group: object, prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Give the commands of a group, those of the groups in it too, each with its whole name: ``dns zone``."""
    commands: Mapping[str, Any] = getattr(group, "commands", {})
    for name, one in sorted(commands.items()):
        yield f"{prefix}{name}", one
        yield from commands_of(one, f"{prefix}{name} ")
