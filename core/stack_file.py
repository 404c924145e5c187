"""Text of Pulumi.<stack>.yaml → where each key of ours stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import yaml

from core.errors import InputError
from core.names import PROJECT
from core.yaml_text import NodeReader, compose, line_of

_PREFIX: Final = f"{PROJECT}:"


@dataclass(frozen=True, kw_only=True)
class StackFileLines:
    """Where things stand in a stack file."""

    keys: Mapping[str, int]
    """Line of each key of ours, named without the project's prefix."""
    config: int | None
    """Line of ``config:``, under which a missing key belongs."""


def stack_file_lines(text: str, file: str) -> StackFileLines:
    """Find the line of each key.

    Raises:
        InputError: The text is not YAML, or a key is written twice.
    """
    root = compose(text, file)
    reader = NodeReader(file)
    keys: dict[str, int] = {}
    config_line: int | None = None
    if isinstance(root, yaml.MappingNode):
        for top, section in reader.entries(root):
            if top.value != "config":
                continue
            config_line = line_of(top)
            if isinstance(section, yaml.MappingNode):
                # The engine takes a key without a prefix for the project's own.
                keys = {
                    key.value.removeprefix(_PREFIX): line_of(key)
                    for key, _ in reader.entries(section)
                    if key.value.startswith(_PREFIX) or ":" not in key.value
                }
    if reader.problems:
        raise InputError(reader.problems)
    return StackFileLines(keys=keys, config=config_line)
