"""What a stack's two files ask for together: config and list of people, with every problem of both at once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar

from core.desired import DesiredState
from core.desired_state import desired_state
from core.errors import InputError, Problem
from core.free_tier import check_free_tier
from core.mail_list import parse_mail_list
from core.people import MailList
from core.settings import Settings, parse_settings

_DEFAULT_LIST = "mail_list.yml"

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True)
class Inputs:
    """A stack's wishes, complete and without contradiction.

    Attributes:
        settings: The stack's config.
        state: What config and list together ask for.
    """

    settings: Settings
    state: DesiredState


def check_inputs(
    values: Mapping[str, str],
    *,
    stack: str,
    stack_file: str,
    text: str,
    read_file: Callable[[str], str],
) -> Inputs:
    """Turn config and list into what they ask for.

    Args:
        values: Config as the engine gives it, without the project's prefix.
        stack: The stack's name.
        stack_file: Name of the file that ``values`` come from, for messages.
        text: Text of that file, for the lines in messages.
        read_file: Reads a file of the project by name; an ``OSError`` or ``UnicodeError`` becomes a problem.

    Raises:
        InputError: With every problem of both files at once.
    """
    problems: list[Problem] = []
    list_name = values.get("mail_list", _DEFAULT_LIST)
    settings = _collect(problems, lambda: parse_settings(values, stack_file=stack_file, text=text))
    mail_list = _collect(problems, lambda: _read_list(list_name, read_file))
    if settings is not None:
        _collect(problems, lambda: check_free_tier(settings, stack_file=stack_file))
    state = (
        None
        if settings is None or mail_list is None
        else _collect(problems, lambda: desired_state(settings, mail_list, stack=stack, mail_list_file=list_name))
    )
    if problems or settings is None or state is None:
        raise InputError(tuple(problems))
    return Inputs(settings=settings, state=state)


def _read_list(name: str, read_file: Callable[[str], str]) -> MailList:
    try:
        text = read_file(name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise InputError(
            (Problem(name, None, f"cannot be read: {reason}; write it, or name another in mail_list"),)
        ) from error
    except UnicodeError as error:
        raise InputError((Problem(name, None, "is not UTF-8 text; save it as UTF-8"),)) from error
    return parse_mail_list(text, name)


def _collect(problems: list[Problem], step: Callable[[], T]) -> T | None:
    """Do one step; its problems join the others, so that an operator sees all of them in one run."""
    try:
        return step()
    except InputError as error:
        problems.extend(error.problems)
        return None
