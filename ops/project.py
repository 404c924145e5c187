"""What a command reads before it asks the engine: the stack file and the list of people."""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import yaml

from core.desired import DesiredState, desired_state
from core.errors import InputError, Problem, RefusedError
from core.mail_list import parse_mail_list
from core.settings import Settings, parse_settings

PROJECT = "mailstead"
_PREFIX = f"{PROJECT}:"


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A stack's input files, checked.

    Attributes:
        settings: The stack's configuration.
        state: What the configuration and the list of people ask for.
    """

    settings: Settings
    state: DesiredState


@dataclass(frozen=True, kw_only=True)
class Project:
    """The folder that holds Pulumi.yaml, and the stack a command is about."""

    folder: Path
    stack: str

    @property
    def stack_file(self) -> Path:
        return self.folder / f"Pulumi.{self.stack}.yaml"

    def inputs(self) -> Inputs:
        """Read and check the stack file and the list.

        Raises:
            InputError: Something in either is wrong; all problems of a file at once.
        """
        text = _read(self.stack_file, f"run: pulumi stack init {self.stack}, and copy Pulumi.dev.yaml to it")
        settings = parse_settings(config_values(text), stack_file=self.stack_file.name, text=text)
        list_text = _read(self.folder / settings.mail_list, "write it, or set mail_list to the file you have")
        people = parse_mail_list(list_text, settings.mail_list)
        state = desired_state(settings, people, stack=self.stack, mail_list_file=settings.mail_list)
        return Inputs(settings=settings, state=state)


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
