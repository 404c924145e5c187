"""All stacks of the project, with what each serves, for people and for a pipeline's matrix."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Table

from core.coverage import ServedStack, coverage_problems
from core.errors import InputError, Problem, RefusedError
from core.mail_list import parse_mail_list
from ops.project import Project


@dataclass(frozen=True, kw_only=True)
class Stacks:
    """The project's stacks, and what is wrong with who serves what."""

    stacks: tuple[ServedStack, ...]
    problems: tuple[str, ...]


def find_stacks(folder: Path) -> Stacks:
    """Read every stack file of a project and the lists they name.

    Args:
        folder: The project's folder.

    Raises:
        InputError: Files have to be corrected; all problems of all stacks at once.
        RefusedError: There is no stack file.
    """
    names = sorted(path.name.removeprefix("Pulumi.").removesuffix(".yaml") for path in folder.glob("Pulumi.*.yaml"))
    if not names:
        raise RefusedError(f"{folder} holds no stack file; copy Pulumi.dev.yaml to Pulumi.<your stack>.yaml")
    stacks: list[ServedStack] = []
    listed: dict[str, tuple[str, ...]] = {}
    problems: dict[Problem, None] = {}  # a list's problems come once, however many stacks read it
    for name in names:
        project = Project(folder=folder, stack=name)
        try:
            inputs = project.inputs()
        except InputError as error:
            problems.update(dict.fromkeys(error.problems))
            continue
        settings = inputs.settings
        stacks.append(
            ServedStack(
                name=name,
                production=settings.production,
                mail_list=settings.mail_list,
                domains=tuple(domain.name for domain in inputs.state.domains),
            )
        )
        if settings.production and settings.mail_list not in listed:
            text = (folder / settings.mail_list).read_text(encoding="utf-8")
            listed[settings.mail_list] = tuple(
                domain.name for domain in parse_mail_list(text, settings.mail_list).domains
            )
    if problems:
        raise InputError(tuple(problems))
    return Stacks(stacks=tuple(stacks), problems=coverage_problems(stacks, listed))


def as_json(stacks: Sequence[ServedStack]) -> str:
    """Write stacks for a pipeline: a list of objects with name, production, mail_list, domains."""
    return json.dumps([asdict(stack) for stack in stacks], indent=2)


def print_stacks(stacks: Sequence[ServedStack], console: Console) -> None:
    """Write stacks as a table."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for title in ("stack", "serves people", "list", "domains"):
        table.add_column(title)
    for stack in stacks:
        table.add_row(stack.name, "yes" if stack.production else "no", stack.mail_list, ", ".join(stack.domains))
    console.print(table)
