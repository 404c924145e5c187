"""What a command reads before it asks the engine: the stack file and the list of people."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from core.errors import InputError, Problem, RefusedError
from core.inputs import Inputs, check_inputs
from core.names import PROJECT, stack_file
from core.settings import Settings, parse_settings

_PREFIX = f"{PROJECT}:"


@dataclass(frozen=True, kw_only=True)
class Project:
    """The folder that holds Pulumi.yaml, and the stack a command is about."""

    folder: Path
    stack: str

    @property
    def stack_file(self) -> Path:
        return self.folder / stack_file(self.stack)

    def inputs(self, *, with_key: bool = True) -> Inputs:
        """Read and check the stack file and the list.

        Args:
            with_key: Whether the backups' public key is read, too; it may be about to be made.

        Raises:
            InputError: Something in either is wrong; all problems of both at once.
        """
        text = self._text()
        return check_inputs(
            config_values(text),
            stack=self.stack,
            stack_file=self.stack_file.name,
            text=text,
            read_file=lambda name: (self.folder / name).read_text(encoding="utf-8"),
            with_key=with_key,
        )

    def settings(self) -> Settings:
        """Read and check the stack file alone.

        Raises:
            InputError: Something in it is wrong; all problems at once.
        """
        text = self._text()
        return parse_settings(config_values(text), stack_file=self.stack_file.name, text=text)

    def _text(self) -> str:
        return _read(self.stack_file, f"copy Pulumi.dev.yaml to it, then: pulumi stack init {self.stack} --no-select")


def config_values(text: str) -> dict[str, str]:
    """Take the project's values from a stack file, as the engine gives them: text, or JSON of a structure."""
    try:
        document: Any = yaml.safe_load(text)
    except yaml.YAMLError:
        return {}  # parse_settings reads the same text and says what is wrong with it, and where
    config: Any = cast("Mapping[str, Any]", document).get("config") if isinstance(document, dict) else None
    if not isinstance(config, dict):
        return {}
    values = cast("dict[str, Any]", config)
    return {
        key.removeprefix(_PREFIX): value if isinstance(value, str) else json.dumps(value, default=str)
        for key, value in values.items()
        if str(key).startswith(_PREFIX)
    }


def _read(path: Path, advice: str) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as problem:
        reason = "does not exist" if isinstance(problem, FileNotFoundError) else "cannot be read as UTF-8 text"
        raise InputError([Problem(path.name, None, f"{path.name} {reason}; {advice}")]) from None


def find_project(folder: Path, stack: str | None) -> Project:
    """Say which project and stack a command is about.

    Args:
        folder: Where the command line was started.
        stack: What ``--stack`` said; else ``PULUMI_STACK`` and then the only stack file there is decide.

    Raises:
        RefusedError: There is no Pulumi.yaml, or it is not clear which stack is meant.
    """
    if not (folder / "Pulumi.yaml").is_file():
        raise RefusedError(f"{folder} holds no Pulumi.yaml; run this from the project's folder")
    chosen = stack or os.environ.get("PULUMI_STACK")
    if chosen:
        return Project(folder=folder, stack=chosen)
    found = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))
    if len(found) == 1:
        return Project(folder=folder, stack=found[0])
    raise RefusedError(f"no stack is named and there are {len(found)} ({', '.join(found)}); add --stack NAME")
